"""pgbench running ShopFlow's own two statements, without ShopFlow: the most that this server can do of them.

Both contexts' tables are in one database here, because pgbench speaks to one. The texts are ShopFlow's; only the
parameters are spelt as pgbench's variables, with the types that psycopg would have sent.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import Final

from bench.options import CONNECTIONS
from bench.postgres import Cluster
from bench.servers import manage, shopflow_environment
from inventory.stock_sql import RESERVE
from orders.sql import PLACE
from shopflow.postgres.account import binaries

DATABASE: Final = "pgbench"
SCRIPT_VALUES: Final = {
    "product_ids": "ARRAY[:product]",
    "quantities": "ARRAY[1]",
    "reservation_id": "md5(:n::text)",
    "ttl_seconds": "900",
    "user_id": ":buyer::bigint",
    "status": "'confirmed'",
    "currency": ":currency::text",
    "total": ":unit_price::bigint",
    "payment_method": "''",
    "key": "('pgbench-' || :n)",
    "fingerprint": f"'{'0' * 64}'",
    "held_until": ":expires_at",
    "lines": """'[{"product_id": 1, "name": "Linnet Bread Knife, 24 cm", "quantity": 1, "unit_price": 1999}]'""",
    "event": "'order.confirmed'",
    "data": """'{"user_id": 1, "reservation_id": "6f1c2f0e-52b1-4d0e-9d3c-5b7f3e1a9c40", "total": 1999,"""
    """ "currency": "EUR"}'""",
    "headers": """'{"request_id": "0123456789abcdef0123456789abcdef"}'""",
}
REPORTED: Final = "SELECT 'held', reservation.expires_at, locked.id, locked.quantity, locked.name, locked.price,"
NAMED: Final = (
    "SELECT 'held' AS state, reservation.expires_at, locked.id AS product_id, locked.quantity, locked.name,"
    " locked.price AS unit_price,"
)


@dataclass(frozen=True, slots=True)
class Result:
    orders: int
    per_second: float
    mean_ms: float


def prepare(cluster: Cluster) -> None:
    """The inventory as it is, with its products, and the tables of the orders beside it."""
    cluster.create(DATABASE, template="shopflow_inventory")
    # Django noted the orders' migrations as done in the inventory's database, where they had nothing to do.
    cluster.query(DATABASE, "DELETE FROM django_migrations WHERE app = 'orders'")
    environment = shopflow_environment(cluster, ORDERS_DATABASE_URL=cluster.url(DATABASE))
    manage(environment, "migrate", "orders", "--database", "orders", "--verbosity", "0")
    cluster.query(DATABASE, "VACUUM ANALYZE")


def script(products: int) -> str:
    if REPORTED not in RESERVE:
        raise RuntimeError("RESERVE returns other columns now: name them for pgbench in bench/pgbench.py")
    variables = [f"\\set product random(1, {products})", "\\set buyer random(1, 1000)", f"\\set n random(1, {2**62})"]
    statements = [_spelt(RESERVE.replace(REPORTED, NAMED)) + "\n\\gset", _spelt(PLACE) + "\n;"]
    return "\n".join([*variables, *statements]) + "\n"


def run(cluster: Cluster, *, seconds: float, products: int) -> Result:
    path = cluster.state / "pgbench.sql"
    path.write_text(script(products))
    output = subprocess.run(
        [
            *(binaries() / "pgbench", "--no-vacuum", "--protocol=prepared", f"--file={path}", "--jobs=2"),
            *(f"--client={CONNECTIONS}", f"--time={seconds:.0f}", cluster.url(DATABASE)),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return Result(
        orders=int(_figure(r"transactions actually processed: (\d+)", output)),
        per_second=_figure(r"tps = ([\d.]+)", output),
        mean_ms=_figure(r"latency average = ([\d.]+)", output),
    )


def _spelt(statement: str) -> str:
    return re.sub(r"%\((\w+)\)s", lambda found: SCRIPT_VALUES[found[1]], statement).strip()


def _figure(pattern: str, output: str) -> float:
    found = re.search(pattern, output)
    if found is None:
        raise RuntimeError(f"pgbench reported no {pattern!r}:\n{output}")
    return float(found[1])
