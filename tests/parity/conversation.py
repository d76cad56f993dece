"""A conversation with the shop, made up as it goes along by chance: the same chance asks the same of the same shop."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.api.client import Answer, Client
from tests.api.conftest import PASSWORD

USERS, PRODUCTS, ORDERS = "/api/v1/users", "/api/v1/products", "/api/v1/orders"
WRONG: tuple[Any, ...] = (None, "", "x", -1, 0, 1.5, 10**30, [], {}, True, "nul\x00")
QUERIES = (
    *("", "?limit=2", "?q=lamp", "?q=lmap", "?sort=price&limit=3", "?in_stock=false", "?min_price=5&max_price=20"),
    *("?limit=0", "?sort=colour", "?after=garbage", "?colour=red", "?category=kitchen&sort=-price"),
)
ELSEWHERE = (
    *(
        ("GET", "/nowhere"),
        ("GET", "/api/v1/users"),
        ("DELETE", ORDERS),
        ("GET", f"{USERS}/login"),
        ("POST", "/health"),
    ),
    *(("GET", "/health"), ("GET", "/health/order"), ("GET", "/health/inventory"), ("GET", "/health/user")),
    *(("GET", "/.well-known/jwks.json/"), ("OPTIONS", PRODUCTS), ("HEAD", PRODUCTS), ("BREW", f"{ORDERS}/1")),
)
Step = tuple[str, str, Answer]


class Conversation:
    def __init__(self, client: Client, staff: str, seed: int) -> None:
        self._client, self._chance = client, random.Random(seed)
        self._tokens: list[str | None] = [None, "bad", staff]
        self._staff = staff
        self._people: list[dict[str, str]] = []
        self._refresh: list[str] = ["x"]
        self._products: list[int] = [1, 2, 3, 999_999]
        self._orders: list[int] = [999_999]
        self._placed: list[tuple[str, Any]] = []
        self._said = 0

    def of(self, length: int) -> Iterator[Step]:
        """Everybody knows a customer, and a product that runs out."""
        for act in (self._register, self._login, self._create):
            yield from act()
        for _ in range(length):
            yield from self._chance.choices(ACTS, WEIGHTS)[0](self)

    def _ask(self, method: str, path: str, *body: Any, token: str | None = None, **headers: str) -> Step:
        self._said += 1
        client = Client(self._client.base_url, token)
        answer = client.send(method, path, *body, X_Request_ID=f"said-{self._said}", **headers)
        return method, path, answer

    def _pick(self, known: list[Any]) -> Any:
        return self._chance.choice(known)

    def _somebody(self) -> str | None:
        """Mostly a customer."""
        return self._pick(self._tokens) if self._chance.random() < 0.15 else self._tokens[-1]

    def _spoilt(self, body: dict[str, Any]) -> dict[str, Any]:
        """Now and then with a field that is wrong, missing or unknown."""
        if self._chance.random() < 0.2:
            body = {**body, self._pick([*body, "other"]): self._pick(list(WRONG))}
        if self._chance.random() < 0.05:
            body.pop(self._pick(list(body)))
        return body

    def _register(self) -> Iterator[Step]:
        name = f"person-{self._chance.randrange(10)}"
        person = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        step = self._ask("POST", f"{USERS}/register", self._spoilt(person) if self._people else person)
        if step[2].status == 201:
            self._people.append(person)
        yield step

    def _login(self) -> Iterator[Step]:
        credentials = {name: value for name, value in self._pick(self._people).items() if name != "username"}
        yield from self._keep_pair(self._ask("POST", f"{USERS}/login", self._spoilt(credentials)))

    def _renew(self) -> Iterator[Step]:
        path = self._pick(["refresh", "refresh", "logout"])
        yield from self._keep_pair(self._ask("POST", f"{USERS}/{path}", {"refresh_token": self._pick(self._refresh)}))

    def _keep_pair(self, step: Step) -> Iterator[Step]:
        if step[2].status == 200 and b"access_token" in step[2].content:
            self._tokens.append(step[2].body["access_token"])
            self._refresh.append(step[2].body["refresh_token"])
        yield step

    def _profile(self) -> Iterator[Step]:
        yield self._ask("GET", f"{USERS}/me", token=self._somebody())
        name = f"renamed-{self._chance.randrange(5)}"
        yield self._ask("PATCH", f"{USERS}/me", self._spoilt({"username": name}), token=self._somebody())

    def _look(self) -> Iterator[Step]:
        yield self._ask("GET", PRODUCTS + self._pick(list(QUERIES)))
        yield self._ask("GET", f"{PRODUCTS}/{self._pick(self._products)}")

    def _create(self) -> Iterator[Step]:
        body = {"name": "Lamp", "price": self._pick([1, 9.99, 0.1]), "stock": self._chance.randrange(9)}
        step = self._ask("POST", PRODUCTS, self._spoilt(body), token=self._pick([self._staff] * 4 + self._tokens))
        if step[2].status == 201:
            self._products.append(step[2].body["id"])
        yield step

    def _change(self) -> Iterator[Step]:
        path, token = f"{PRODUCTS}/{self._pick(self._products)}", self._pick([self._staff] * 4 + self._tokens)
        body = {"quantity_change": self._chance.randrange(-6, 9), "reason": "counted"}
        yield self._ask("PUT", f"{path}/stock", self._spoilt(body), token=token)
        yield self._ask("PATCH", path, self._spoilt({"price": self._chance.randrange(50)}), token=token)
        if self._chance.random() < 0.2:
            yield self._ask("DELETE", path, token=token)

    def _place(self) -> Iterator[Step]:
        products = self._chance.sample(self._products, min(len(self._products), self._chance.randrange(1, 4)))
        body: dict[str, Any] = {
            "items": [{"product_id": id, "quantity": self._chance.randrange(1, 4)} for id in products]
        }
        key = self._pick(["", "", f"key-{self._chance.randrange(40)}", "not a key"])
        if self._placed and self._chance.random() < 0.2:
            key, body = self._pick(self._placed)
        headers = {"Idempotency_Key": key} if key else {}
        step = self._ask("POST", ORDERS, self._spoilt(body), token=self._somebody(), **headers)
        self._placed.append((key, body))
        if step[2].status == 201:
            self._orders.append(step[2].body["id"])
        yield step

    def _follow(self) -> Iterator[Step]:
        token, path = self._somebody(), f"{ORDERS}/{self._pick(self._orders)}"
        yield self._ask("GET", ORDERS + self._pick(["", "?limit=1", "?status=cancelled", "?status=x"]), token=token)
        yield self._ask(
            "GET", path + self._pick(["", "?expand=user", "?expand=products,user", "?expand=x"]), token=token
        )
        yield self._ask("GET", f"{path}/events", token=token)

    def _cancel(self) -> Iterator[Step]:
        yield self._ask("POST", f"{ORDERS}/{self._pick(self._orders)}/cancel", token=self._somebody())

    def _stray(self) -> Iterator[Step]:
        method, path = self._pick(list(ELSEWHERE))
        yield self._ask(method, path, token=self._somebody())
        garbage = self._pick([b"{", b"[]", b"\xff", b'{"a": 1} x'])
        yield self._ask("POST", self._pick([ORDERS, f"{USERS}/login", PRODUCTS]), garbage, token=self._somebody())


ACTS: tuple[Callable[[Conversation], Iterator[Step]], ...] = (
    *(Conversation._place, Conversation._follow, Conversation._look, Conversation._change, Conversation._cancel),
    *(Conversation._create, Conversation._profile, Conversation._renew, Conversation._stray),
    *(Conversation._login, Conversation._register),
)
WEIGHTS = (8, 5, 3, 3, 3, 2, 2, 2, 2, 1, 1)
