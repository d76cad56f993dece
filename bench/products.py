"""Believable products by the million, written by the database itself."""

from __future__ import annotations

from typing import Final

from psycopg import sql

from bench.postgres import Cluster

CATEGORIES: Final = ("kitchen", "garden", "office", "lighting", "textiles", "storage", "outdoor", "children")
MATERIALS: Final = (
    "oak", "steel", "linen", "ceramic", "bamboo", "leather", "glass", "wool", "walnut", "copper",
)  # fmt: skip
COLOURS: Final = (
    "amber", "black", "blue", "charcoal", "cream", "emerald", "golden", "grey", "ivory", "olive", "red", "sand",
)  # fmt: skip
THINGS: Final = (
    "armchair", "basket", "bench", "blanket", "bottle", "bowl", "cabinet", "candle", "carafe", "clock", "cushion",
    "desk", "drawer", "hammock", "jug", "kettle", "ladder", "lamp", "lantern", "mirror", "mug", "notebook", "pan",
    "pillow", "planter", "plate", "rack", "rug", "shelf", "stool", "table", "teapot", "throw", "tray", "vase",
)  # fmt: skip
PRAISE: Final = (
    "Made to last and easy to repair", "Finished by hand in a small workshop", "Light enough to carry with one hand",
    "Packed flat and ready in ten minutes", "Designed for narrow rooms and long evenings", "Washable at forty degrees",
    "Keeps its shape through years of daily use", "Goes well with everything else in the series",
    "Stands firm on uneven floors", "Comes with spare parts and clear instructions",
)  # fmt: skip
OF_ONE_SERIES: Final = 60

ROWS: Final = """
SELECT n AS id, 'SKU-' || n AS sku, colour || ' ' || material || ' ' || thing || ' ' || series AS name,
       praise || '. ' || initcap(material) || ' ' || thing || ' of the series ' || series || ', in ' || colour
           || '. ' || other || '.' AS description,
       category, (200 + power(draw(n, 6, 10000) / 10000.0, 3) * 50000)::bigint AS price
FROM (
    SELECT n, initcap({colours}[1 + draw(n, 1, {colours_count})]) AS colour,
           {materials}[1 + draw(n, 2, {materials_count})] AS material,
           {things}[1 + draw(n, 3, {things_count})] AS thing,
           {praise}[1 + draw(n, 4, {praise_count})] AS praise,
           {praise}[1 + draw(n, 5, {praise_count})] AS other,
           {categories}[1 + draw(n, 7, {categories_count})] AS category,
           'KX' || lpad((n % greatest(1, {total} / {series}))::text, 6, '0') AS series
    FROM generate_series({first}::bigint, {last}::bigint) AS n
) AS drawn
"""
DRAW: Final = """
CREATE OR REPLACE FUNCTION draw(n bigint, salt bigint, choices int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(n, salt) & 9223372036854775807) % choices $$
"""


def rows(*, total: int, first: int = 1, last: int | None = None) -> sql.Composable:
    """A query that gives (id, sku, name, description, category, price); the same product for the same n."""
    words = {
        "colours": COLOURS, "materials": MATERIALS, "things": THINGS, "praise": PRAISE, "categories": CATEGORIES,
    }  # fmt: skip
    return sql.SQL(ROWS).format(
        **{name: sql.SQL("({}::text[])").format(sql.Literal(list(values))) for name, values in words.items()},
        **{f"{name}_count": sql.Literal(len(values)) for name, values in words.items()},
        total=sql.Literal(total),
        series=sql.Literal(OF_ONE_SERIES),
        first=sql.Literal(first),
        last=sql.Literal(last or total),
    )


SHOPFLOW_PRODUCTS: Final = """
INSERT INTO inventory_product (id, sku, name, description, category, price, currency, stock, active)
SELECT id, sku, name, description, category, price, 'EUR', {stock}, true FROM ({rows}) AS product
"""
NEXT_ID: Final = "SELECT setval(pg_get_serial_sequence('inventory_product', 'id'), max(id)) FROM inventory_product"
SHOPFLOW_LEDGER: Final = """
WITH opening AS (
    INSERT INTO inventory_stockmovement (product_id, delta, kind, reference, reason)
    SELECT id, stock, 'opening', '', '' FROM inventory_product WHERE id > {after}
    RETURNING product_id
)
INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers, delivered_at)
SELECT type, 1, 'product:' || product_id, jsonb_build_object('product_id', product_id), '{{}}', now()
FROM opening, unnest(ARRAY['product.created', 'stock.adjusted']) AS type
"""
BASELINE_PRODUCTS: Final = """
WITH opening AS (
    INSERT INTO baseline_product
        (sku, name, description, category, price, currency, stock, active, created_at, updated_at)
    SELECT sku, name, description, category, price, 'EUR', {stock}, true, now(), now() FROM ({rows}) AS product
    RETURNING id, stock
)
INSERT INTO baseline_stockmovement (product_id, delta, kind, reference, created_at)
SELECT id, stock, 'opening', '', now() FROM opening
"""


# Only what was filled is analysed: for a table known to be empty, PostgreSQL would keep the plan that suits that.


def fill_shop(
    cluster: Cluster, *, products: int, stock: int, first: int = 1, database: str = "shopflow_inventory"
) -> None:
    """On sale in ShopFlow, with the ledger and the events that belong to them: `verify_shop` will look."""
    cluster.query(database, DRAW)
    insert_products(cluster, database, rows(total=products, first=first, last=first + products - 1), stock)
    cluster.query(database, sql.SQL(SHOPFLOW_LEDGER).format(after=sql.Literal(first - 1)))
    cluster.query(database, NEXT_ID)
    cluster.query(database, "VACUUM ANALYZE inventory_product, inventory_stockmovement, messaging_outboxevent")


def fill_baseline(cluster: Cluster, *, products: int, stock: int) -> None:
    cluster.query("baseline", DRAW)
    cluster.query("baseline", sql.SQL(BASELINE_PRODUCTS).format(rows=rows(total=products), stock=sql.Literal(stock)))
    cluster.query("baseline", "VACUUM ANALYZE baseline_product, baseline_stockmovement")


def insert_products(cluster: Cluster, database: str, source: sql.Composable, stock: int) -> None:
    """Into a database with the tables of the inventory and the function DRAW."""
    cluster.query(database, sql.SQL(SHOPFLOW_PRODUCTS).format(rows=source, stock=sql.Literal(stock)))
