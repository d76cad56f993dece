"""Visitors who come at a steady rate, whether or not those before them were served, and what each was told."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPException
from types import TracebackType
from typing import Any, Self

from tests.api.client import Answer, Client
from tests.durability.shopper import ORDERS, Shopper, Unanswered
from tests.e2e.shop import until

REFUSALS = {(400, "out_of_stock"), (409, "order_not_cancellable")}
"""Of the business: the shop works, and says no."""
OUTAGES = {503, 504}
THREADS = 200
LEAVES_WITHIN = 60.0
"""Seconds: twice what a visitor waits for a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    what: str
    began: float
    seconds: float
    answer: Answer | None
    """None: the connection broke."""

    @property
    def ended(self) -> float:
        return self.began + self.seconds

    @property
    def served(self) -> bool:
        return self.answer is not None and (self.answer.status < 400 or self.is_problem(REFUSALS))

    @property
    def honest(self) -> bool:
        """It was served, or told in the shop's own words that something is down."""
        return self.served or (self.answer is not None and self.answer.status in OUTAGES and self.is_problem())

    def is_problem(self, among: Iterable[tuple[int, str]] | None = None) -> bool:
        answer = self.answer
        if answer is None or answer.headers.get("content-type") != "application/problem+json":
            return False
        told: Any = answer.body
        if told["status"] != answer.status or not told["request_id"]:
            return False
        return among is None or (answer.status, told["code"]) in among

    def __str__(self) -> str:
        told = "no answer" if self.answer is None else f"{self.answer.status} {self.answer.content[:200]!r}"
        return f"{self.what}: {told} after {self.seconds:.2f} s"


now_doing: ContextVar[str] = ContextVar("now_doing")


class Witness(Client):
    """Notes each answer before anybody makes something of it."""

    def __init__(self, client: Client, visits: list[Visit]) -> None:
        super().__init__(client.base_url, client.token)
        self._visits = visits

    def send(self, method: str, path: str, *body: Any, **headers: str) -> Answer:
        began, answer = time.monotonic(), None
        try:
            answer = super().send(method, path, *body, **headers)
        finally:
            seconds = time.monotonic() - began
            self._visits.append(Visit(what=now_doing.get("else"), began=began, seconds=seconds, answer=answer))
        return answer


def place(shopper: Shopper) -> None:
    shopper.place_one()


def cancel(shopper: Shopper) -> None:
    shopper.cancel_one()


def list_orders(shopper: Shopper) -> None:
    shopper.api.get(f"{ORDERS}?limit=5")


def expand(shopper: Shopper) -> None:
    for placed in list(shopper.promised.values())[:1]:
        shopper.api.get(f"{ORDERS}/{placed['id']}?expand=user,products")


def products(shopper: Shopper) -> None:
    shopper.api.get("/api/v1/products?limit=5")


def profile(shopper: Shopper) -> None:
    shopper.api.get("/api/v1/users/me")


def login(shopper: Shopper) -> None:
    shopper.log_in()


Doing = Callable[[Shopper], None]
ROUND: tuple[Doing, ...] = (
    *(place, list_orders, place, products, expand, place, profile, list_orders, cancel, expand),
    *(place, products, list_orders, place, profile, expand, place, list_orders, products),
)
EVERYTHING: tuple[Doing, ...] = (*ROUND, *ROUND, *ROUND, *ROUND, login)
"""A login costs as much as fifty others: more of them, and a busy machine does nothing else."""


class Crowd:
    """Comes for as long as the `with` lasts, `rate` visits a second, doing `plan` in turn."""

    def __init__(self, shoppers: Sequence[Shopper], *, rate: float, plan: Sequence[Doing] = EVERYTHING) -> None:
        self.visits: list[Visit] = []
        self._shoppers, self._rate, self._plan = shoppers, rate, plan
        for shopper in shoppers:
            shopper.api = Witness(shopper.api, self.visits)
        self._gone = threading.Event()
        self._under_way: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(THREADS)
        self._arriving = threading.Thread(target=self._arrive)
        self._arriving.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gone.set()
        self._arriving.join()
        self._pool.shutdown(wait=False, cancel_futures=error is not None)
        wait(self._under_way, LEAVES_WITHIN)
        if error is None:
            assert self._still_here() == [], "visits that never ended"
            for visit in self._under_way:
                visit.result()

    @property
    def came(self) -> int:
        return len(self._under_way)

    def since(self, moment: float, *kinds: Doing) -> list[Visit]:
        """Those that began then or later and are over, of these kinds."""
        names = {kind.__name__ for kind in kinds or EVERYTHING}
        return [visit for visit in list(self.visits) if visit.began >= moment and visit.what in names]

    def wait_for(self, what: str, kinds: Sequence[Doing], seconds: float, matches: Callable[[Visit], bool]) -> float:
        """Seconds until each of the kinds had a visit that began from now on and matches."""
        began = time.monotonic()
        for kind in kinds:
            until(
                lambda kind=kind: any(map(matches, self.since(began, kind))),  # type: ignore[misc]  # bound at once
                f"{kind.__name__}: {what}",
                seconds,
            )
        return time.monotonic() - began

    def _still_here(self) -> list[str]:
        """What they came for."""
        coming = zip(self._under_way, itertools.cycle(self._plan), strict=False)
        return [doing.__name__ for visit, doing in coming if not visit.done()]

    def _arrive(self) -> None:
        began = time.monotonic()
        for number in itertools.count():
            if self._gone.wait(max(0, began + number / self._rate - time.monotonic())):
                return
            shopper = self._shoppers[number % len(self._shoppers)]
            doing = self._plan[number % len(self._plan)]
            self._under_way.append(self._pool.submit(_visit, doing, shopper))


def _visit(doing: Doing, shopper: Shopper) -> None:
    token = now_doing.set(doing.__name__)
    try:
        doing(shopper)
    except (Unanswered, OSError, HTTPException):
        return  # as the witness has noted
    finally:
        now_doing.reset(token)
