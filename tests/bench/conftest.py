from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bench import http, products, servers
from bench.postgres import Cluster, cluster as new_cluster
from bench.servers import Server
from bench.tokens import signer

STOCK = 10
PATIENCE = 30.0


@dataclass(frozen=True)
class Shop:
    """One of the two applications, as a customer sees it."""

    server: Server

    def ask(
        self, method: str, path: str, body: Any = None, *, user: int | None = 1, key: str | None = None
    ) -> tuple[int, Any]:
        headers = {} if user is None else {"Authorization": f"Bearer {signer().token(user)}"}
        headers |= {} if key is None else {"Idempotency-Key": key}
        with http.Connection(self.server.port) as connection:
            answer = connection.ask(
                http.request(method, path, headers, b"" if body is None else json.dumps(body).encode())
            )
        return answer.status, json.loads(answer.body)

    def order(self, *lines: tuple[int, int], user: int | None = 1, key: str | None = None) -> tuple[int, Any]:
        items = [{"product_id": product, "quantity": quantity} for product, quantity in lines]
        return self.ask("POST", "/api/v1/orders", {"items": items}, user=user, key=key)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with new_cluster(servers.DATABASES, durable=False) as running:
        servers.prepare(running)
        products.fill_shop(running, products=30, stock=STOCK)
        products.fill_baseline(running, products=30, stock=STOCK)
        yield running


@pytest.fixture(scope="module")
def shopflow(cluster: Cluster) -> Iterator[Shop]:
    environment = servers.shopflow_environment(cluster)
    with servers.serving(servers.SHOPFLOW, environment, cluster, workers=1, threads=4) as server:
        yield Shop(server)


@pytest.fixture(scope="module")
def baseline(cluster: Cluster) -> Iterator[Shop]:
    environment = servers.baseline_environment(cluster)
    with servers.serving(servers.BASELINE, environment, cluster, workers=1, threads=4) as server:
        yield Shop(server)


def until_none(cluster: Cluster, database: str, count: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while left := cluster.number(database, count):
        assert time.monotonic() < deadline, f"{left} left: {count}"
        time.sleep(0.01)
