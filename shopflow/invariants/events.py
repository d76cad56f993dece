"""The invariants of events: each committed change has one, and each arrives."""

from __future__ import annotations

from django.conf import settings

from shopflow.invariants.base import Invariant, by_sql

KEPT = f"statement_timestamp() - make_interval(days => {settings.RETENTION_DAYS})"
"""Events that were delivered before may be purged."""


def _told(says: str, context: str, changes: str, *types: str) -> Invariant:
    """`changes` gives (aggregate_id, type, at) of what was committed: each has as many events as it happened.

    Of these `types` there are no others. `at` is no later than the change: the event of one from long ago may be gone.
    """
    return Invariant(
        says,
        by_sql(
            context,
            count=f"SELECT count(*) FROM ({changes}) AS change",  # noqa: S608 - statements of ours
            breaches=f"""
                SELECT aggregate_id || ' ' || type
                FROM (
                    SELECT aggregate_id, type, count(*) AS times, count(*) FILTER (WHERE at > {KEPT}) AS kept
                    FROM ({changes}) AS change GROUP BY aggregate_id, type
                ) AS change
                FULL JOIN (
                    SELECT aggregate_id, type, count(*) AS times FROM messaging_outboxevent
                    WHERE type IN ({", ".join(f"'{name}'" for name in types)})
                    GROUP BY aggregate_id, type
                ) AS event USING (aggregate_id, type)
                WHERE coalesce(event.times, 0) NOT BETWEEN coalesce(change.kept, 0) AND coalesce(change.times, 0)
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
        "SELECT 'order:' || order_id AS aggregate_id, type, created_at AS at FROM orders_orderevent",
        *("order.placed", "order.confirmed", "order.cancelled", "order.shipped", "order.delivered"),
        *("order.refund_requested", "order.refunded", "order.refund_failed"),
    ),
    _told(
        "every move of a payment has its event",
        "payments",
        """
        SELECT 'payment:' || id AS aggregate_id, 'payment.captured' AS type, created_at AS at
        FROM payments_paymentintent WHERE status IN ('captured', 'partially_refunded', 'refunded')
        UNION ALL
        SELECT 'payment:' || id, 'payment.' || status, created_at
        FROM payments_paymentintent WHERE status IN ('failed', 'voided') OR (status = 'refunded' AND amount = 0)
        UNION ALL
        SELECT 'payment:' || intent_id,
               CASE outcome WHEN 'succeeded' THEN 'payment.refunded' ELSE 'payment.refund_failed' END, started_at
        FROM payments_providercall WHERE kind = 'refund' AND finished_at IS NOT NULL
        """,
        *("payment.captured", "payment.failed", "payment.voided", "payment.refunded", "payment.refund_failed"),
    ),
    _told(
        "every change of stock by staff has its event",
        "inventory",
        """
        SELECT 'product:' || product_id AS aggregate_id, 'stock.adjusted' AS type, created_at AS at
        FROM inventory_stockmovement WHERE kind IN ('opening', 'adjustment', 'delivery', 'count', 'undo')
        """,
        "stock.adjusted",
    ),
    _told(
        "every product has its event",
        "inventory",
        "SELECT 'product:' || id AS aggregate_id, 'product.created' AS type, created_at AS at FROM inventory_product",
        "product.created",
    ),
    _told(
        "every account has its event",
        "users",
        "SELECT 'user:' || id AS aggregate_id, 'user.registered' AS type, created_at AS at FROM users_user",
        "user.registered",
    ),
    Invariant(
        "every product that was archived has its event",
        by_sql(
            "inventory",
            count="SELECT count(*) FROM inventory_product WHERE archived_at IS NOT NULL",
            breaches=f"""
                SELECT 'product ' || product.id FROM inventory_product AS product
                WHERE product.archived_at IS NOT NULL AND product.created_at > {KEPT} AND NOT EXISTS (
                    SELECT FROM messaging_outboxevent AS event
                    WHERE event.aggregate_id = 'product:' || product.id AND event.type = 'product.archived'
                )
            """,  # noqa: S608 - a number of ours
        ),
    ),
    *(_arrived(context) for context in settings.CONTEXTS),
]
