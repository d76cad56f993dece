"""The pages of the back office in a shop of a million orders, as a member of staff who may see everything gets them."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from bench import back_office_seed as seed, http, imports, servers
from bench.back_office_seed import PREFIX, Size
from bench.options import Options
from bench.postgres import Cluster
from bench.products import CATEGORIES, MATERIALS, THINGS
from bench.servers import CONTEXTS

LIMIT_MS: Final = 300
VARIANTS: Final = 10
"""Different requests of each kind, so that no page is measured by one lucky example."""
OWNER: Final = {"username": "owner", "email": "owner@shop.example", "password": "correct horse 7"}
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}

Path = Callable[[Size, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPage:
    """Latencies in milliseconds."""

    kind: str
    path: str
    p50: float
    p95: float

    @property
    def met(self) -> bool:
        return self.p95 <= LIMIT_MS


def _list(name: str, **query: str) -> Path:
    path = f"/admin/{name}/{'?' if query else ''}{urlencode(query)}"
    return lambda _size, _number: path


def _search(name: str, words: Callable[[Size, int], str]) -> Path:
    return lambda size, number: f"/admin/{name}/?{urlencode({'q': words(size, number)})}"


def _product(number: int) -> int:
    """Of those in most orders."""
    return number + 1


def _order(size: Size, number: int) -> int:
    return size.orders - 1 - number * size.orders // VARIANTS


def _misspelt(number: int) -> str:
    """Without the third letter."""
    thing = THINGS[number * 3]
    return f"{MATERIALS[number]} {thing[:2]}{thing[3:]}"


PAGES: Final[dict[str, Path]] = {
    "dashboard": lambda _size, number: f"/admin/?days={(30, 90)[number % 2]}",
    "products": _list("inventory/product"),
    "products, far on": lambda size, _: f"/admin/inventory/product/?p={min(20, size.products // 100)}",
    "products, by words": _search("inventory/product", lambda _, number: f"{MATERIALS[number]} {THINGS[number]}"),
    "products, by SKU": _search("inventory/product", lambda size, number: f"SKU-{size.products - number}"),
    "products, misspelt": _search("inventory/product", lambda _, number: _misspelt(number)),
    "products, low": _list("inventory/product", level="low"),
    "products, sold out": _list("inventory/product", level="out"),
    "products, of a category": lambda _, number: f"/admin/inventory/product/?category={CATEGORIES[number % 8]}",
    "products, drafts": _list("inventory/product", status="draft"),
    "products, archived": _list("inventory/product", status="archived"),
    "a product": lambda _, number: f"/admin/inventory/product/{_product(number)}/change/",
    "ledger of a product": lambda _, number: f"/admin/inventory/stockmovement/of/{_product(number)}/",
    "adjust stock": lambda _, number: f"/admin/inventory/stockmovement/of/{_product(number)}/adjust/",
    "receive a delivery": lambda _, number: f"/admin/inventory/stockmovement/of/{_product(number)}/receive/",
    "low stock": _list("inventory/stockmovement/low"),
    "stock movements": _list("inventory/stockmovement"),
    "stock movements, of a SKU": _search("inventory/stockmovement", lambda _, number: f"SKU-{_product(number)}"),
    "reservations": _list("inventory/reservation"),
    "imports": _list("inventory/import"),
    "orders": _list("orders/order"),
    "orders, of a status": lambda _, n: (
        f"/admin/orders/order/?status__exact={('shipped', 'cancelled', 'refunded')[n % 3]}"
    ),
    "orders, by number": _search("orders/order", lambda size, number: str(_order(size, number))),
    "orders, by e-mail": _search("orders/order", lambda size, n: f"customer{1 + n * size.accounts // 11}@example.com"),
    "an order": lambda size, number: f"/admin/orders/order/{_order(size, number)}/change/",
    "payments": _list("payments/paymentintent"),
    "payments, by order": _search("payments/paymentintent", lambda size, number: str(_order(size, number))),
    "e-mails": _list("users/notification"),
    "backlog": _list("backlog"),
    "dead letters": _list("dead-letters"),
    "invariants": _list("invariants"),
    "audit log": _list("admin/logentry"),
    "accounts": _list("users/user"),
    "accounts, by e-mail": _search("users/user", lambda size, n: f"customer{1 + n * size.accounts // 11}@example.com"),
    "groups": _list("auth/group"),
}


def databases() -> tuple[str, ...]:
    return tuple(f"{PREFIX}_{context}" for context in CONTEXTS)


def measure(
    cluster: Cluster, options: Options, say: Callable[[str], None]
) -> tuple[list[StaffPage], list[imports.File]]:
    size = Size(products=options.goods, orders=options.orders)
    environment = prepare(cluster, size, say)
    seed.make_trouble(cluster)
    pages = time_pages(cluster, environment, size, requests=options.staff_requests)
    return pages, imports.measure(environment, products=size.products)


def prepare(cluster: Cluster, size: Size, say: Callable[[str], None]) -> servers.Environment:
    """A shop whose invariants hold; its environment."""
    environment = servers.shopflow_environment(
        cluster, prefix=PREFIX, SHOPFLOW_RELAY_THREAD="0", SHOPFLOW_STAFF_TOTP="0"
    )
    began = time.monotonic()
    servers.manage(environment, "migrate", "--verbosity", "0")
    password = {"DJANGO_SUPERUSER_PASSWORD": OWNER["password"]}
    names = ("--username", OWNER["username"], "--email", OWNER["email"])
    servers.manage({**environment, **password}, "createsuperuser", "--noinput", *names)
    cluster.query(f"{PREFIX}_users", "UPDATE messaging_outboxevent SET delivered_at = now()")
    seed.fill(cluster, size)
    seeded = time.monotonic()
    servers.manage(environment, "rebuild_sales")
    for context in CONTEXTS:
        cluster.query(f"{PREFIX}_{context}", "VACUUM ANALYZE")
    say(
        f"{size.products:,} products and {size.orders:,} orders in {seeded - began:.0f} s, "
        f"their sales counted in {time.monotonic() - seeded:.0f} s"
    )
    return environment


def time_pages(cluster: Cluster, environment: servers.Environment, size: Size, *, requests: int) -> list[StaffPage]:
    with _logged_in(cluster, environment) as (connection, cookie):
        return [_page(connection, cookie, kind, size, requests) for kind in PAGES]


@contextmanager
def _logged_in(cluster: Cluster, environment: servers.Environment) -> Iterator[tuple[http.Connection, str]]:
    """A server of its own, one connection, and the cookies of a member of staff who has come in by the door."""
    with (
        servers.serving(servers.SHOPFLOW, environment, cluster, workers=1, threads=1) as server,
        http.Connection(server.port) as connection,
    ):
        form = connection.ask(http.request("GET", "/admin/login/"))
        cookies = _cookies(form)
        found = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', form.body)
        if found is None:
            raise RuntimeError("the login has no form")
        values = {"csrfmiddlewaretoken": found[1].decode(), "username": OWNER["email"], "password": OWNER["password"]}
        headers = {**FORM, "Cookie": cookies, "Referer": f"https://{servers.HOST}/admin/login/"}
        answer = connection.ask(http.request("POST", "/admin/login/?next=/admin/", headers, urlencode(values).encode()))
        if answer.status != 302:
            raise RuntimeError(f"the login was answered with {answer.status}")
        yield connection, f"{cookies}; {_cookies(answer)}"


def _cookies(answer: http.Answer) -> str:
    return "; ".join(cookie.decode() for cookie in re.findall(rb"(?i)\r\nset-cookie: *([^;\r]+)", answer.head))


def _page(connection: http.Connection, cookie: str, kind: str, size: Size, count: int) -> StaffPage:
    paths = [PAGES[kind](size, number) for number in range(VARIANTS)]
    for path in paths:  # the first of each is not counted
        _time(connection, cookie, path)
    times = sorted(_time(connection, cookie, paths[number % VARIANTS]) for number in range(count))
    return StaffPage(kind=kind, path=paths[0], p50=statistics.median(times), p95=times[int(len(times) * 0.95)])


def _time(connection: http.Connection, cookie: str, path: str) -> float:
    message = http.request("GET", path, {"Cookie": cookie})
    began = time.perf_counter()
    answer = connection.ask(message)
    milliseconds = (time.perf_counter() - began) * 1000
    if answer.status != 200 or b'id="main"' not in answer.body:
        raise RuntimeError(f"{path} is no page of the back office ({answer.status})")
    return milliseconds
