"""A shop to talk to: the one at SHOPFLOW_BASE_URL, else one of our own in each mode, started for this run."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from shopflow.postgres import database_url
from tests import modes
from tests.api.client import Answer, Client
from tests.e2e import prepared
from tests.e2e.shop import Shop

STAFF = {"email": "staff@shopflow.example", "password": "a dozen green lamps"}
UNTHROTTLED: dict[str, Any] = {f"SHOPFLOW_{what}_RATE": "100000/min" for what in ("LOGIN", "LOGIN_ADDRESS", "REGISTER")}
PASSWORD = "correct horse 7"


@dataclass(frozen=True, slots=True)
class Running:
    base_url: str
    staff: dict[str, str]
    state: Path | None = None
    """Of one of our own."""

    @property
    def mails(self) -> Path:
        """The folder of what was sent."""
        assert self.state
        return self.state / "mails"

    def rows(self, context: str, statement: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        assert self.state
        with psycopg.connect(database_url(self.state / "postgres", f"shopflow_{context}")) as connection:
            return connection.execute(statement, values).fetchall()


@pytest.fixture(scope="session", params=["given"] if "SHOPFLOW_BASE_URL" in os.environ else modes.BOTH)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, prepared_state: Callable[[], Path]
) -> Iterator[Running]:
    """The first start of a split is here; that of one process is tests/e2e's."""
    if given := os.environ.get("SHOPFLOW_BASE_URL"):
        staff = {name: os.environ[f"SHOPFLOW_ADMIN_{name.upper()}"] for name in ("email", "password")}
        yield Running(given, staff)
        return
    environment: dict[str, Any] = {f"SHOPFLOW_ADMIN_{name.upper()}": value for name, value in STAFF.items()}
    state = tmp_path_factory.mktemp("shop") / "state"
    if request.param == modes.ONE_PROCESS:
        prepared.copy(prepared_state(), state)
    environment |= {"SHOPFLOW_EMAIL_URL": f"file://{state}/mails", "SHOPFLOW_WEBHOOKS_PRIVATE": "1"}
    shop = Shop(state, command=request.param, **environment, **UNTHROTTLED)
    try:
        shop.ready()
        yield Running(f"http://127.0.0.1:{shop.port}", STAFF, state)
    finally:
        if shop.process.poll() is None:
            shop.stop()
    shop.leaves_nothing()


@pytest.fixture(scope="session")
def anyone(running: Running) -> Client:
    """Without a token."""
    return Client(running.base_url)


@pytest.fixture(scope="session")
def staff(running: Running, anyone: Client) -> Client:
    return anyone.bearing(log_in(anyone, **running.staff)["access_token"])


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    username: str
    email: str
    api: Client
    refresh_token: str


NewCustomer = Callable[[], Customer]


@pytest.fixture(scope="session")
def new_customer(anyone: Client) -> NewCustomer:
    """Registers and logs in; nobody else has this account."""

    def register() -> Customer:
        username = f"user-{uuid.uuid4().hex[:12]}"
        body = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
        registered = anyone.post("/api/v1/users/register", body)
        assert registered.status == 201, registered.content
        pair = log_in(anyone, email=body["email"], password=PASSWORD)
        return Customer(
            registered.body["id"], username, body["email"], anyone.bearing(pair["access_token"]), pair["refresh_token"]
        )

    return register


@pytest.fixture
def customer(new_customer: NewCustomer) -> Customer:
    return new_customer()


@pytest.fixture
def new_product(staff: Client) -> Callable[..., Any]:
    """A product at 25.50 of which there are ten."""

    def create(**fields: Any) -> Any:
        created = staff.post("/api/v1/products", {"name": "Test lamp", "price": 25.5, "stock": 10, **fields})
        assert created.status == 201, created.content
        return created.body

    return create


@pytest.fixture
def product(new_product: Callable[..., Any]) -> Any:
    return new_product()


def log_in(client: Client, *, email: str, password: str) -> Any:
    answer = client.post("/api/v1/users/login", {"email": email, "password": password})
    assert answer.status == 200, answer.content
    return answer.body


def assert_problem(answer: Answer, status: int, code: str | None = None, field: str | None = None) -> None:
    """An RFC 9457 problem that says what it must; `field` is the one that is named as wrong."""
    assert answer.status == status, answer.content
    assert answer.headers["content-type"].split(";")[0] == "application/problem+json"
    problem = answer.body
    assert {"type", "title", "status", "code", "request_id"} <= set(problem)
    assert problem["status"] == status
    assert problem["request_id"]
    if code is not None:
        assert problem["code"] == code
    if field is not None:
        assert any(name == field or name.startswith(f"{field}.") for name in problem["errors"]), problem
