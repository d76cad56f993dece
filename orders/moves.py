"""Every change of an order: each is one statement that brings its history and its event along."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db import connections

from contracts.events import Event, OrderCancelled, OrderConfirmed, OrderPlaced, headers
from contracts.inventory import Reservation
from contracts.orders import OrderStatus
from orders import sql
from orders.selectors import Line, OrderDetails

ALIAS = "orders"


def insert_order(
    *, user_id: int, status: OrderStatus, reservation: Reservation, key: str | None, fingerprint: str
) -> OrderDetails | None:
    """Insert the order at the reserved prices; None where its key or reservation has one, or where it came too late."""
    lines = tuple(
        Line(product_id=line.product_id, name=line.name, quantity=line.quantity, unit_price=line.unit_price.minor)
        for line in reservation.lines
    )
    currency = reservation.lines[0].unit_price.currency
    total = sum(line.quantity * line.unit_price for line in lines)
    kind = OrderConfirmed if status is OrderStatus.CONFIRMED else OrderPlaced
    row = _row(
        sql.PLACE,
        user_id=user_id,
        status=status.value,
        currency=currency,
        total=total,
        reservation_id=reservation.reservation_id,
        key=key,
        fingerprint=fingerprint,
        held_until=reservation.expires_at,
        lines=json.dumps([asdict(line) for line in lines]),
        **_event(kind, user_id=user_id, reservation_id=reservation.reservation_id, total=total, currency=currency),
    )
    if row is None:
        return None
    order_id, created_at = row
    return OrderDetails(
        id=order_id,
        user_id=user_id,
        status=status,
        currency=currency,
        total=total,
        lines=lines,
        reservation_id=reservation.reservation_id,
        fingerprint=fingerprint,
        created_at=created_at,
        updated_at=created_at,
    )


def confirm(order: OrderDetails) -> bool:
    """Pending → confirmed."""
    event = _event(
        OrderConfirmed,
        user_id=order.user_id,
        reservation_id=order.reservation_id,
        total=order.total,
        currency=order.currency,
    )
    return _move(order.id, [OrderStatus.PENDING], OrderStatus.CONFIRMED, event)


def cancel(order: OrderDetails) -> bool:
    """Pending or confirmed → cancelled."""
    event = _event(OrderCancelled, user_id=order.user_id, reservation_id=order.reservation_id)
    return _move(order.id, [OrderStatus.PENDING, OrderStatus.CONFIRMED], OrderStatus.CANCELLED, event)


def _move(order_id: int, before: Sequence[OrderStatus], after: OrderStatus, event: dict[str, str]) -> bool:
    """False if the order was in none of the statuses `before`."""
    from_statuses = [status.value for status in before]
    return _row(sql.MOVE, order_id=order_id, from_statuses=from_statuses, to_status=after.value, **event) is not None


def _event(kind: type[Event], **data: Any) -> dict[str, str]:
    """The parameters of the outbox row; the statement itself adds the order's id."""
    return {"event": kind.type, "data": json.dumps(data), "headers": json.dumps(headers())}


def _row(statement: str, **parameters: Any) -> tuple[Any, ...] | None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row
