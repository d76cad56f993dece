"""A shop of any size for its staff to work in, written by its databases themselves and sound by the shop's own rules.

Everything is drawn from an order's number, in the same way in each database: none of them asks another.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, LiteralString

import psycopg
from psycopg import sql

from bench import products
from bench.postgres import Cluster

PREFIX: Final = "staff"
DAYS: Final = 400
"""Over which the orders are spread, evenly; the newest is an hour old."""
KEPT: Final = "30 days"
"""What is older has no event left: they are purged."""
SETTINGS: Final = """
SET synchronous_commit = off; SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'; SET jit = off;
SET statement_timeout = 0
"""
UNCHECKED: Final = "SET session_replication_role = replica"
"""No look-up for each foreign key: `verify_shop` looks at all of them together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    products: int
    orders: int

    @property
    def accounts(self) -> int:
        return max(100, self.orders // 10)


SOLD: Final = """
CREATE TEMP TABLE product AS SELECT id, name, category, description, sku, price FROM ({rows}) AS product;
ALTER TABLE product ADD PRIMARY KEY (id);
CREATE TEMP TABLE placed AS
SELECT id, user_id, at, method, reservation_id,
       CASE WHEN drawn < 4 THEN 'cancelled' WHEN drawn = 4 THEN 'refunded'
            WHEN at > now() - interval '1 day' THEN 'confirmed' WHEN at > now() - interval '5 days' THEN 'shipped'
            ELSE 'delivered' END AS status
FROM (
    SELECT n AS id, 2 + draw(n, 11, {accounts}) AS user_id, draw(n, 12, 100) AS drawn,
           now() - interval '1 hour' - ({orders} - n) * interval '{days} days' / {orders} AS at,
           CASE WHEN draw(n, 13, 4) = 0 AND draw(n, 12, 100) > 4 THEN 'pm_card' ELSE '' END AS method,
           md5('order ' || n)::uuid AS reservation_id
    FROM generate_series(1::bigint, {orders}::bigint) AS n
) AS drawn;
CREATE TEMP TABLE line AS
SELECT drawn.order_id, drawn.product_id, 1 + draw(drawn.order_id, 14, 3)::bigint AS quantity,
       product.name, product.price
FROM (
    SELECT order_id, CASE k WHEN 0 THEN first ELSE first % {products} + 1 END AS product_id
    FROM (
        SELECT n AS order_id, 1 + floor(power(draw(n, 15, 1000000) / 1000000.0, 3) * {products})::bigint AS first
        FROM generate_series(1::bigint, {orders}::bigint) AS n
    ) AS drawn, generate_series(0, (order_id % 4 = 0)::int) AS k
) AS drawn JOIN product ON product.id = drawn.product_id
ORDER BY drawn.order_id, drawn.product_id;
ANALYZE product; ANALYZE placed; ANALYZE line
"""
"""A few products are in very many orders, as in any shop: the first is in one of sixty."""

USERS: Final = """
INSERT INTO users_user (id, username, email, password, is_superuser, is_staff, is_active, created_at)
SELECT n + 1, 'customer' || n, 'customer' || n || '@example.com', '!', false, false, true, now() - interval '800 days'
FROM generate_series(1, {accounts}) AS n;
SELECT setval(pg_get_serial_sequence('users_user', 'id'), max(id)) FROM users_user;
INSERT INTO users_notification
    (user_id, order_id, kind, event_id, data, message_id, status, attempts, created_at, sent_at)
SELECT user_id, id, 'order.confirmed', md5('order.confirmed ' || id)::uuid, '{{}}', '<' || id || '@shop.example>',
       'sent', 1, at, at
FROM placed WHERE at > now() - interval '90 days';
INSERT INTO django_admin_log
    (action_time, user_id, content_type_id, object_id, object_repr, action_flag, change_message)
SELECT now() - (200000 - n) * interval '2 minutes', 1, (SELECT id FROM django_content_type WHERE model = 'product'),
       (1 + draw(n, 21, {products}))::text, 'a product', 2, 'Adjusted stock by -1: damaged.'
FROM generate_series(1::bigint, least(200000, {orders})) AS n
"""
PRODUCTS: Final = """
INSERT INTO inventory_product
    (id, sku, name, description, category, price, currency, stock, low_stock_at, active, archived_at, created_at,
     updated_at)
SELECT id, sku, name, description, category, price, 'EUR',
       CASE WHEN draw(id, 16, 50) = 0 THEN draw(id, 17, 5) ELSE 20 + draw(id, 17, 500) END,
       CASE WHEN draw(id, 18, 10) = 0 THEN 10 END,
       draw(id, 19, 50) > 1, CASE WHEN draw(id, 19, 50) = 1 THEN now() - interval '100 days' END,
       now() - interval '800 days', now() - interval '100 days'
FROM product
"""
LEDGER: Final = """
INSERT INTO inventory_stockmovement (product_id, delta, kind, reference, reason, actor_id, created_at)
SELECT product.id, product.stock + coalesce(sold.quantity, 0), 'opening', '', '', 1, product.created_at
FROM inventory_product AS product
LEFT JOIN (
    SELECT product_id, sum(quantity) AS quantity FROM line JOIN placed ON placed.id = line.order_id
    WHERE placed.status <> 'cancelled' GROUP BY product_id
) AS sold ON sold.product_id = product.id
WHERE product.stock + coalesce(sold.quantity, 0) > 0;
INSERT INTO inventory_stockmovement (product_id, delta, kind, reference, reason, created_at)
SELECT line.product_id, moved.sign * line.quantity, moved.kind, placed.reservation_id::text, '', placed.at
FROM placed JOIN line ON line.order_id = placed.id
JOIN (VALUES ('reservation', -1), ('release', 1)) AS moved (kind, sign)
  ON moved.kind = 'reservation' OR placed.status = 'cancelled'
ORDER BY placed.id;
INSERT INTO inventory_reservation (id, state, expires_at, created_at, updated_at)
SELECT reservation_id, CASE status WHEN 'cancelled' THEN 'released' ELSE 'committed' END, at + interval '15 minutes',
       at, at
FROM placed ORDER BY id;
INSERT INTO inventory_reservationline (reservation_id, product_id, quantity, name, unit_price, currency)
SELECT placed.reservation_id, line.product_id, line.quantity, line.name, line.price, 'EUR'
FROM placed JOIN line ON line.order_id = placed.id ORDER BY placed.id
"""
ORDERS: Final = """
CREATE TEMP TABLE happened AS
SELECT placed.id AS order_id, step.sequence, step.type, placed.at + step.after AS at
FROM placed JOIN (VALUES
    (1, 'order.confirmed', interval '0', ARRAY['confirmed', 'shipped', 'delivered', 'cancelled', 'refunded']),
    (2, 'order.shipped', '12 hours', ARRAY['shipped', 'delivered']),
    (3, 'order.delivered', '3 days', ARRAY['delivered']),
    (2, 'order.cancelled', '1 minute', ARRAY['cancelled']),
    (2, 'order.refund_requested', '1 minute', ARRAY['refunded']),
    (3, 'order.refunded', '2 minutes', ARRAY['refunded'])
) AS step (sequence, type, after, statuses) ON placed.status = ANY(step.statuses);
INSERT INTO orders_order
    (id, user_id, status, currency, total, payment_method, reservation_id, fingerprint, version, created_at, updated_at)
SELECT placed.id, user_id, status, 'EUR', total, method, reservation_id, '', version, at, at
FROM placed
JOIN (SELECT order_id, sum(quantity * price) AS total FROM line GROUP BY order_id) AS line ON line.order_id = placed.id
JOIN (SELECT order_id, count(*) AS version FROM happened GROUP BY order_id) AS happened ON happened.order_id = placed.id
ORDER BY placed.id;
SELECT setval(pg_get_serial_sequence('orders_order', 'id'), max(id)) FROM orders_order;
INSERT INTO orders_orderline (order_id, product_id, name, quantity, unit_price, refunded)
SELECT order_id, product_id, name, quantity, price, CASE status WHEN 'refunded' THEN quantity ELSE 0 END
FROM line JOIN placed ON placed.id = line.order_id ORDER BY order_id, product_id;
INSERT INTO orders_refund (id, order_id, state, amount, restock, reason, actor_id, fingerprint, created_at, updated_at)
SELECT md5('refund ' || id)::uuid, id, 'succeeded', 0, false, 'too bright', user_id, '', at, at
FROM placed WHERE status = 'refunded';
INSERT INTO orders_refundline (refund_id, product_id, quantity)
SELECT md5('refund ' || placed.id)::uuid, product_id, quantity FROM placed JOIN line ON line.order_id = placed.id
WHERE status = 'refunded';
INSERT INTO orders_orderevent (order_id, sequence, type, data, created_at)
SELECT order_id, sequence, type, CASE WHEN type LIKE 'order.refund%' THEN jsonb_build_object(
           'refund_id', md5('refund ' || order_id)::uuid, 'amount', 0, 'currency', 'EUR', 'restock', false,
           'whole', true, 'lines', (
               SELECT jsonb_agg(jsonb_build_array(product_id, quantity)) FROM orders_orderline AS line
               WHERE line.order_id = happened.order_id
           )
       ) ELSE '{{}}' END, at
FROM happened ORDER BY order_id, sequence;
INSERT INTO messaging_outboxevent (event_id, type, version, aggregate_id, data, headers, created_at, delivered_at)
SELECT md5(type || ' ' || order_id)::uuid, type, 1, 'order:' || order_id, jsonb_build_object('order_id', order_id),
       '{{}}', at, at
FROM happened WHERE at > now() - interval '{kept}'
"""
PAYMENTS: Final = """
CREATE TEMP TABLE paid AS
SELECT md5('payment ' || placed.id)::uuid AS id, placed.id AS order_id, line.total, placed.at, placed.method
FROM placed
JOIN (SELECT order_id, sum(quantity * price) AS total FROM line GROUP BY order_id) AS line ON line.order_id = placed.id
WHERE method <> '' ORDER BY placed.id;
INSERT INTO payments_paymentintent
    (id, order_id, amount, currency, payment_method, provider, status, reference, captured, reconciled_at, created_at,
     updated_at)
SELECT id, order_id, total, 'EUR', method, 'stripe', 'captured', 'pi_' || order_id, total, at, at, at FROM paid;
INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers, created_at, delivered_at)
SELECT 'payment.captured', 1, 'payment:' || id, jsonb_build_object('order_id', order_id), '{{}}', at, at
FROM paid WHERE at > now() - interval '{kept}'
"""
STEPS: Final[dict[str, Sequence[LiteralString]]] = {  # the longest first
    "inventory": (SOLD, PRODUCTS, products.NEXT_ID, UNCHECKED, LEDGER),
    "orders": (SOLD, UNCHECKED, ORDERS),
    "users": (SOLD, UNCHECKED, USERS),
    "payments": (SOLD, UNCHECKED, PAYMENTS),
}

TROUBLE: Final[dict[str, LiteralString]] = {
    "orders": """
INSERT INTO messaging_outboxevent
    (type, version, aggregate_id, data, headers, created_at, attempts, failures, last_error, dead_at)
SELECT 'order.confirmed', 1, 'order:' || n, jsonb_build_object('order_id', n), '{}', now() - interval '1 hour', 8, 8,
       'TimeoutError: inventory does not answer', now()
FROM generate_series(1, 1000) AS n
""",
    "inventory": """
INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers, created_at)
SELECT 'stock.adjusted', 1, 'product:' || n, jsonb_build_object('product_id', n), '{}', now() - interval '10 minutes'
FROM generate_series(1, 20000) AS n;
UPDATE inventory_reservation SET state = 'held', expires_at = now() - interval '1 hour'
WHERE id IN (SELECT md5('order ' || n)::uuid FROM generate_series(1, 1000) AS n)
""",
}
"""What operations would have to look at: the shop is no longer sound with it."""


def fill(cluster: Cluster, size: Size) -> None:
    """The databases are there, with their tables and one account in them."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda context: _fill(cluster, context, size), STEPS))


def make_trouble(cluster: Cluster) -> None:
    for context, statement in TROUBLE.items():
        _run(cluster, context, [statement, "ANALYZE"])


def _fill(cluster: Cluster, context: str, size: Size) -> None:
    values = {
        "rows": products.rows(total=size.products),
        "products": sql.Literal(size.products),
        "orders": sql.Literal(size.orders),
        "accounts": sql.Literal(size.accounts),
        "days": sql.SQL(str(DAYS)),
        "kept": sql.SQL(KEPT),
    }
    steps = [sql.SQL(step).format(**values) for step in STEPS[context]]
    _run(cluster, context, [SETTINGS, products.DRAW, *steps, "VACUUM ANALYZE"])


def _run(cluster: Cluster, context: str, statements: Sequence[LiteralString | sql.Composed]) -> None:
    """In one connection, whose temporary tables they share."""
    with psycopg.connect(cluster.url(f"{PREFIX}_{context}"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
