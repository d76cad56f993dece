"""Ten thousand buyers, each with a token of their own, for a thousand units of one product."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bench import http, products
from bench.options import Options
from bench.postgres import Cluster
from bench.servers import HOST, Server
from bench.tokens import signer

AT_ONCE = 200
FIRST_BUYER = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    buyers: int
    units: int
    sold: int
    out_of_stock: int
    other: dict[str, int]
    left: int
    orders: int
    seconds: float

    @property
    def exact(self) -> bool:
        sold_out = self.sold == self.orders == self.units and self.left == 0
        return sold_out and self.out_of_stock == self.buyers - self.units and not self.other


def measure(cluster: Cluster, server: Server, options: Options) -> Sale:
    newest = "SELECT max(id) FROM inventory_product"
    first = cluster.number("shopflow_inventory", newest) + 1
    products.fill_shop(cluster, products=1, stock=options.units, first=first)
    product = cluster.number("shopflow_inventory", newest)
    requests = [_request(FIRST_BUYER + number, product) for number in range(options.buyers)]
    began = time.monotonic()
    answers = asyncio.run(_all(server.port, requests))
    seconds = time.monotonic() - began
    stock = "SELECT stock FROM inventory_product ORDER BY id DESC LIMIT 1"
    orders = "SELECT count(*) FROM orders_order WHERE user_id >= 1000000"
    return Sale(
        buyers=options.buyers,
        units=options.units,
        sold=answers.pop("201", 0),
        out_of_stock=answers.pop("400 out_of_stock", 0),
        other=dict(answers),
        left=cluster.number("shopflow_inventory", stock),
        orders=cluster.number("shopflow_orders", orders),
        seconds=seconds,
    )


def _request(user_id: int, product: int) -> bytes:
    headers = {"Authorization": f"Bearer {signer().token(user_id)}", "Idempotency-Key": f"flash-{user_id}"}
    body = json.dumps({"product_id": product, "quantity": 1}).encode()
    return http.request("POST", "/api/v1/orders", headers, body)


async def _all(port: int, requests: list[bytes]) -> Counter[str]:
    queue = iter(requests)
    answers: Counter[str] = Counter()
    await asyncio.gather(*(_buyer(port, queue, answers) for _ in range(AT_ONCE)))
    return answers


async def _buyer(port: int, queue: Iterator[bytes], answers: Counter[str]) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    for message in queue:
        answer = await http.ask(reader, writer, message)
        code = "" if answer.status == 201 else " " + str(json.loads(answer.body).get("code"))
        answers[f"{answer.status}{code}"] += 1
    writer.close()
