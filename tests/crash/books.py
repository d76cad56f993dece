"""What the four databases say of one order, read from outside while the shop runs, dies and comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from shopflow.postgres import database_url
from tests.durability.mall import Mall
from tests.e2e.shop import PATIENCE

Row = dict[str, Any]

OPEN: Final = {
    "orders": """
        SELECT 'event ' || type FROM messaging_outboxevent
        WHERE aggregate_id = 'order:' || %(order)s::text AND delivered_at IS NULL
        UNION ALL
        SELECT 'refund ' || id FROM orders_refund WHERE order_id = %(order)s::bigint AND state = 'requested'
    """,
    "payments": """
        SELECT 'event ' || event.type FROM messaging_outboxevent AS event
        JOIN payments_paymentintent AS intent ON event.aggregate_id = 'payment:' || intent.id
        WHERE intent.order_id = %(order)s::bigint AND event.delivered_at IS NULL
        UNION ALL
        SELECT 'call ' || call.key FROM payments_providercall AS call
        JOIN payments_paymentintent AS intent ON intent.id = call.intent_id
        WHERE intent.order_id = %(order)s::bigint AND call.finished_at IS NULL
        UNION ALL
        SELECT 'payment ' || status FROM payments_paymentintent
        WHERE order_id = %(order)s::bigint
          AND (status IN ('created', 'authorised', 'requires_action')
               OR (cancel_requested_at IS NOT NULL AND status NOT IN ('failed', 'voided', 'refunded')))
        UNION ALL
        SELECT 'refund ' || refund.id FROM payments_refund AS refund
        JOIN payments_paymentintent AS intent ON intent.id = refund.intent_id
        WHERE intent.order_id = %(order)s::bigint AND refund.state = 'requested'
    """,
}
"""Whatever of an order goes on by itself, by context."""


AGED: Final = {
    "orders": {
        "orders_order": ("id = %(order)s::bigint", "created_at", "updated_at", "recover_at"),
        "orders_refund": ("order_id = %(order)s::bigint", "created_at", "updated_at", "recover_at"),
        "messaging_outboxevent": ("delivered_at IS NULL", "leased_until", "available_at"),
    },
    "payments": {
        "payments_paymentintent": ("order_id = %(order)s::bigint", "updated_at", "cancel_requested_at"),
        "payments_providercall": ("key LIKE '%%:' || %(order)s::text", "lease_until"),
        "payments_refund": (
            "intent_id IN (SELECT id FROM payments_paymentintent WHERE order_id = %(order)s::bigint)",
            "created_at",
            "updated_at",
        ),
        "messaging_outboxevent": ("delivered_at IS NULL", "leased_until", "available_at"),
    },
}
"""By context and table: which rows are an order's, and the times that somebody waits for."""


class Books:
    """Connections of our own, opened again where PostgreSQL was restarted; `stands` sees to it that it is."""

    def __init__(self, mall: Mall, stands: Callable[[], None]) -> None:
        self._mall, self._stands = mall, stands
        self._connections: dict[str, psycopg.Connection[Row]] = {}

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def rows(self, context: str, statement: str, **parameters: Any) -> list[Row]:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._ask(context, statement, parameters)
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
            self.close()
            self._stands()
            time.sleep(0.01)

    def order_of(self, key: str) -> int | None:
        found = self.rows("orders", "SELECT id FROM orders_order WHERE idempotency_key = %(key)s", key=key)
        return found[0]["id"] if found else None

    def order(self, order_id: int) -> Row:
        return self.rows("orders", "SELECT * FROM orders_order WHERE id = %(order)s::bigint", order=order_id)[0]

    def payment(self, order_id: int) -> Row | None:
        statement = "SELECT * FROM payments_paymentintent WHERE order_id = %(order)s::bigint"
        found = self.rows("payments", statement, order=order_id)
        return found[0] if found else None

    def entries(self, order_id: int) -> list[Row]:
        """Of the simulated provider's own ledger."""
        statement = "SELECT * FROM payments_simulatedentry WHERE order_id = %(order)s::bigint ORDER BY id"
        return self.rows("payments", statement, order=order_id)

    def time_passes(self, order_id: int, seconds: float) -> None:
        """For all of an order: it is so much older, and so much of what somebody waits for is over."""
        for context, tables in AGED.items():
            for table, (which, *columns) in tables.items():
                older = ", ".join(f"{column} = {column} - make_interval(secs => %(seconds)s)" for column in columns)
                statement = f"UPDATE {table} SET {older} WHERE {which} RETURNING 1 AS done"  # noqa: S608 - names of ours
                self.rows(context, statement, order=order_id, seconds=seconds)

    def under_way(self, order_id: int) -> list[str]:
        """What of the order is not over yet."""
        return [
            f"{context}: {what}"
            for context, statement in OPEN.items()
            for row in self.rows(context, statement, order=order_id)
            for what in row.values()
        ]

    def _ask(self, context: str, statement: str, parameters: Mapping[str, Any]) -> list[Row]:
        if context not in self._connections:
            url = database_url(self._mall.state / "postgres", f"shopflow_{context}")
            self._connections[context] = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        return self._connections[context].execute(statement, parameters).fetchall()
