"""A shop that may die at any step, with all that is needed to look at it from outside."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from tests.api.client import Answer, Client
from tests.api.conftest import PASSWORD, STAFF, log_in
from tests.crash.books import Books
from tests.crash.dying import Death
from tests.durability.mall import Mall

ACTION_SECONDS: Final = 60
"""How long a customer has for what the provider asks of them: longer than a crash and the way back."""
SHORT: Final = {
    "SHOPFLOW_RECOVERY_SECONDS": "1",
    "SHOPFLOW_PROVIDER_SECONDS": "1",
    "SHOPFLOW_PAYMENT_ACTION_SECONDS": str(ACTION_SECONDS),
}
SETTLES_WITHIN = float(os.environ.get("SHOPFLOW_CRASH_PATIENCE", "90"))
"""Seconds. An event that a dead worker had taken comes back after half a minute."""
LOGIN_LASTS = 600.0
WELL: Final = [f"/health/{service}" for service in ("user", "order", "inventory")]


class World:
    def __init__(self, mode: str, state: Path, *, prepared: Path | None = None, **environment: str) -> None:
        crash_file = state.parent / "crash"
        self.mode = mode
        self.mall = Mall(
            mode, state, prepared=prepared, **{"SHOPFLOW_CRASH_FILE": str(crash_file), **SHORT, **environment}
        )
        self.death = Death(self.mall, crash_file)
        self.books = Books(self.mall, self.stands)
        self._account = self._register()
        self._logged_in: dict[str, tuple[float, Client]] = {}

    def close(self) -> None:
        self.books.close()
        self.mall.close()

    @property
    def customer(self) -> Client:
        return self._client("customer", self._account)

    @property
    def staff(self) -> Client:
        return self._client("staff", STAFF)

    def until(self, condition: Callable[[], object], what: Callable[[], object]) -> None:
        """However often it has to be opened again for that. `what` says what is still missing."""
        deadline = time.monotonic() + SETTLES_WITHIN
        while True:
            self.stands()
            if condition():
                return
            assert time.monotonic() < deadline, f"not within {SETTLES_WITHIN:.0f} s: {what()}"
            time.sleep(0.01)

    def is_well(self) -> None:
        """Returns once every process runs and every service answers."""
        self.until(lambda: self.death.is_over, lambda: "every process")
        for path in WELL:
            self.insists(lambda path=path: self.asks(Client(self.mall.url), "GET", path), on=_answers)  # type: ignore[misc]

    def stands(self) -> None:
        """A web server whose worker dies twice in a row takes the whole shop with it: it is opened again, as it is."""
        if self.mall.shop.process.poll() is not None:
            self.mall.shop.leaves_nothing()
            self.mall.open()

    def asks(self, client: Client, method: str, path: str, *body: Any, **headers: str) -> Answer | None:
        """None where there was no answer, or none of the shop's."""
        try:
            answer = client.send(method, path, *body, **headers)
        except (OSError, HTTPException):
            return None
        return None if answer.status >= 500 else answer

    def insists(self, ask: Callable[[], Answer | None], *, on: Callable[[Answer], bool]) -> Answer:
        """Asks until the answer is one that stands."""
        answers: list[Answer] = []

        def answered() -> bool:
            answer = ask()
            if answer is not None and on(answer):
                answers.append(answer)
            return bool(answers)

        self.until(answered, lambda: "an answer that stands")
        return answers[0]

    def _register(self) -> dict[str, str]:
        account = {"email": "customer@example.com", "password": PASSWORD}
        registered = Client(self.mall.url).post("/api/v1/users/register", {"username": "customer", **account})
        assert registered.status == 201, registered
        return account

    def _client(self, who: str, account: dict[str, str]) -> Client:
        since, client = self._logged_in.get(who, (0.0, Client(self.mall.url)))
        if client.token is None or time.monotonic() - since > LOGIN_LASTS:
            client = Client(self.mall.url).bearing(log_in(Client(self.mall.url), **account)["access_token"])
            self._logged_in[who] = time.monotonic(), client
        return client


def _answers(answer: Answer) -> bool:
    return answer.status == 200
