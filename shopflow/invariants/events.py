"""The invariants of events: each committed change has one, and each arrives."""

from __future__ import annotations

from django.conf import settings

from shopflow.invariants.base import Invariant, by_sql


def _told(says: str, context: str, changes: str, *types: str) -> Invariant:
    """`changes` gives (aggregate_id, type) of what was committed: each has as many events as it happened.

    Of these `types` there are no others.
    """
    return Invariant(
        says,
        by_sql(
            context,
            count=f"SELECT count(*) FROM ({changes}) AS change",  # noqa: S608 - statements of ours
            breaches=f"""
                SELECT aggregate_id || ' ' || type
                FROM (
                    SELECT aggregate_id, type, count(*) AS times FROM ({changes}) AS change GROUP BY aggregate_id, type
                ) AS change
                FULL JOIN (
                    SELECT aggregate_id, type, count(*) AS times FROM messaging_outboxevent
                    WHERE type IN ({", ".join(f"'{name}'" for name in types)})
                    GROUP BY aggregate_id, type
                ) AS event USING (aggregate_id, type)
                WHERE event.times IS DISTINCT FROM change.times
            """,  # noqa: S608 - statements of ours
        ),
    )


def _arrived(context: str) -> Invariant:
    return Invariant(
        f"every event of {context} arrives: none is parked, none waits longer than five minutes",
        by_sql(
            context,
            count="SELECT count(*) FROM messaging_outboxevent",
            breaches="""
                SELECT type || ' ' || event_id FROM messaging_outboxevent
                WHERE delivered_at IS NULL
                  AND (dead_at IS NOT NULL OR created_at < statement_timestamp() - interval '5 minutes')
            """,
        ),
    )


INVARIANTS = [
    _told(
        "every move of an order has its event",
        "orders",
        "SELECT 'order:' || order_id AS aggregate_id, type FROM orders_orderevent",
        *("order.placed", "order.confirmed", "order.cancelled"),
    ),
    _told(
        "every change of stock by staff has its event",
        "inventory",
        """
        SELECT 'product:' || product_id AS aggregate_id, 'stock.adjusted' AS type
        FROM inventory_stockmovement WHERE kind IN ('opening', 'adjustment')
        """,
        "stock.adjusted",
    ),
    _told(
        "every product has its event",
        "inventory",
        "SELECT 'product:' || id AS aggregate_id, 'product.created' AS type FROM inventory_product",
        "product.created",
    ),
    _told(
        "every account has its event",
        "users",
        "SELECT 'user:' || id AS aggregate_id, 'user.registered' AS type FROM users_user",
        "user.registered",
    ),
    Invariant(
        "every product that was archived has its event",
        by_sql(
            "inventory",
            count="SELECT count(*) FROM inventory_product WHERE NOT active",
            breaches="""
                SELECT 'product ' || product.id FROM inventory_product AS product
                WHERE NOT product.active AND NOT EXISTS (
                    SELECT FROM messaging_outboxevent AS event
                    WHERE event.aggregate_id = 'product:' || product.id AND event.type = 'product.archived'
                )
            """,
        ),
    ),
    *(_arrived(context) for context in settings.CONTEXTS),
]
