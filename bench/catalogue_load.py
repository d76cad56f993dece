"""A catalogue of any size, loaded without its indexes, which are built afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from psycopg import sql

from bench.postgres import Cluster
from bench.products import DRAW, NEXT_ID, insert_products, rows

AT_ONCE: Final = 2
INDEXES: Final = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'inventory_product'
  AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = 'inventory_product'::regclass)
"""
BUILD: Final = "SET maintenance_work_mem = '512MB'; {definition}"
EMPTY: Final = "catalogue_empty"


def load(cluster: Cluster, database: str, size: int) -> None:
    """A copy of the empty inventory, filled. Ids go from 1 to `size`."""
    cluster.create(database, template=EMPTY)
    cluster.query(database, DRAW)
    indexes = cluster.query(database, INDEXES)
    for name, _definition in indexes:
        cluster.query(database, sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(_fill, cluster, database, size, part) for part in range(AT_ONCE)]:
            done.result()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda index: _build(cluster, database, index[1]), indexes))
    cluster.query(database, NEXT_ID)
    cluster.query(database, "VACUUM ANALYZE")


def _fill(cluster: Cluster, database: str, size: int, part: int) -> None:
    first, last = size * part // AT_ONCE + 1, size * (part + 1) // AT_ONCE
    insert_products(cluster, database, rows(total=size, first=first, last=last), stock=100)


def _build(cluster: Cluster, database: str, definition: Any) -> None:
    cluster.query(database, sql.SQL(BUILD).format(definition=sql.SQL(definition)))
