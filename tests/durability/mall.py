"""One shop after the other on the same state, port and data."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, LiteralString

import psutil
import psycopg

from shopflow.postgres import database_url
from tests.api.client import Client
from tests.api.conftest import STAFF, UNTHROTTLED, log_in
from tests.e2e.prepared import copy
from tests.e2e.shop import ROOT, Shop, free_port, until

CONTEXTS = ("users", "inventory", "orders", "payments")
DRAINED_WITHIN = 90.0
"""An event that a dead relay had taken comes back after its lease: 15 seconds, through a broker 30."""

UNDELIVERED: Final = "SELECT count(*) FROM messaging_outboxevent WHERE delivered_at IS NULL"
UNSENT: Final = "SELECT count(*) FROM users_notification WHERE status NOT IN ('sent', 'given_up')"


class Mall:
    def __init__(self, mode: str, state: Path, *, prepared: Path | None = None, **environment: Any) -> None:
        """Its first start is of a state that was `prepared`, or of nothing at all."""
        if prepared:
            copy(prepared, state)
        self._mode, self.state, self.port = mode, state, free_port()
        staff = {f"SHOPFLOW_ADMIN_{name.upper()}": value for name, value in STAFF.items()}
        self._environment: dict[str, Any] = {**staff, **UNTHROTTLED, **environment}
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        self.shop = Shop(self.state, port=self.port, command=self._mode, **self._environment).ready()

    def close(self) -> None:
        if self.shop.process.poll() is None:
            self.shop.stop()
        self.shop.leaves_nothing()

    def kill(self, *, postgres_too: bool) -> None:
        if postgres_too:
            for process in self.shop.processes():
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            self.shop.ended()
        else:
            self.shop.kill_group()

    def stocked(self, *quantities: int) -> list[int]:
        """New products, of which there are so many."""
        staff = Client(self.url).bearing(log_in(Client(self.url), **STAFF)["access_token"])
        made = [
            staff.post("/api/v1/products", {"name": "Lamp", "price": 9.99, "stock": quantity})
            for quantity in quantities
        ]
        return [answer.body["id"] for answer in made]

    def stock(self, products: Sequence[int]) -> dict[int, int]:
        return {product: Client(self.url).get(f"/api/v1/products/{product}").body["stock"] for product in products}

    def drain(self) -> None:
        until(lambda: self._undelivered() == 0, "every event should be delivered", DRAINED_WITHIN)

    def wait_for_mails(self) -> None:
        """Not within `drain`: an e-mail that a dead sender had taken comes back after two minutes."""
        until(lambda: self._count("users", UNSENT) == 0, "every e-mail should be sent", DRAINED_WITHIN)

    def verify(self) -> None:
        settings = {"SHOPFLOW_STATE": str(self.state), "DJANGO_SETTINGS_MODULE": "shopflow.settings.local"}
        command = [sys.executable, "manage.py", "verify_shop"]
        environment = {**os.environ, **settings}
        verified = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert (verified.returncode, verified.stdout.count("BROKEN")) == (0, 0), verified.stdout + verified.stderr

    def connect(self, context: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(database_url(self.state / "postgres", f"shopflow_{context}"))

    def _undelivered(self) -> int:
        return sum(map(self._undelivered_of, CONTEXTS))

    def _undelivered_of(self, context: str) -> int:
        return self._count(context, UNDELIVERED)

    def _count(self, context: str, statement: LiteralString) -> int:
        with self.connect(context) as connection:
            row = connection.execute(statement).fetchone()
        assert row is not None
        return int(row[0])
