"""Every change of an order: each is one statement that brings its history and its event along."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, Final

from django.db import connections, transaction

from contracts.events import Event, OrderCancelled, OrderConfirmed, OrderDelivered, OrderPlaced, OrderShipped
from contracts.inventory import Reservation
from contracts.messaging import headers
from contracts.orders import OrderStatus
from contracts.payments import NextAction
from orders import sql
from orders.selectors import Line, OrderDetails

ALIAS = "orders"
Facts = Mapping[str, str | int]
NO_FACTS: Final[Facts] = {}


def insert_order(
    *, user_id: int, reservation: Reservation, key: str | None, fingerprint: str, payment_method: str = ""
) -> OrderDetails | None:
    """Insert the order at the reserved prices; None where its key or reservation has one, or where it came too late.

    It is confirmed where there is nothing to pay now: without a payment method, or where everything is free.
    """
    lines = tuple(
        Line(product_id=line.product_id, name=line.name, quantity=line.quantity, unit_price=line.unit_price.minor)
        for line in reservation.lines
    )
    currency = reservation.lines[0].unit_price.currency
    total = sum(line.quantity * line.unit_price for line in lines)
    due = payment_method if total else ""
    status, kind = (OrderStatus.PENDING, OrderPlaced) if due else (OrderStatus.CONFIRMED, OrderConfirmed)
    row = run(
        sql.PLACE,
        user_id=user_id,
        status=status.value,
        currency=currency,
        total=total,
        payment_method=due,
        reservation_id=reservation.reservation_id,
        key=key,
        fingerprint=fingerprint,
        held_until=reservation.expires_at,
        lines=json.dumps([_as_sold(line) for line in lines]),
        **event(kind, user_id=user_id, reservation_id=reservation.reservation_id, total=total, currency=currency),
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
        payment_method=due,
    )


def confirm(order: OrderDetails) -> OrderDetails | None:
    """Pending → confirmed."""
    told = event(
        OrderConfirmed,
        user_id=order.user_id,
        reservation_id=order.reservation_id,
        total=order.total,
        currency=order.currency,
    )
    return _move(sql.MOVE, order, before=[OrderStatus.PENDING], after=OrderStatus.CONFIRMED, told=told)


def await_action(order: OrderDetails, action: NextAction, *, patience: timedelta) -> OrderDetails | None:
    """Say what a pending order waits for. The recovery comes back to it when the customer's time is over."""
    row = run(
        sql.AWAIT_ACTION,
        order_id=order.id,
        next_action=json.dumps(asdict(action)),
        seconds=patience.total_seconds(),
    )
    return replace(order, next_action=action, updated_at=row[0]) if row else None


def give_up(order: OrderDetails, **facts: str) -> OrderDetails | None:
    """Pending → cancelled."""
    return _cancel(sql.MOVE, order, [OrderStatus.PENDING], facts)


def cancel(order: OrderDetails, *, actor_id: int | None = None, **facts: str) -> OrderDetails | None:
    """Pending or confirmed → cancelled, unless something of it was refunded."""
    known = {**facts, **_by(actor_id)}
    with locked(order.id):
        return _cancel(sql.MOVE_UNLESS_REFUNDED, order, [OrderStatus.PENDING, OrderStatus.CONFIRMED], known)


def ship(order: OrderDetails, *, tracking: str, actor_id: int | None = None) -> OrderDetails | None:
    """Confirmed → shipped, unless something of it is being refunded."""
    with locked(order.id):
        return _move(
            sql.MOVE_UNLESS_REFUNDING,
            order,
            before=[OrderStatus.CONFIRMED],
            after=OrderStatus.SHIPPED,
            told=event(OrderShipped, user_id=order.user_id, tracking=tracking),
            facts={**({"tracking": tracking} if tracking else NO_FACTS), **_by(actor_id)},
        )


def deliver(order: OrderDetails, *, actor_id: int | None = None) -> OrderDetails | None:
    """Shipped → delivered."""
    told = event(OrderDelivered, user_id=order.user_id)
    before, after = [OrderStatus.SHIPPED], OrderStatus.DELIVERED
    return _move(sql.MOVE, order, before=before, after=after, told=told, facts=_by(actor_id))


@contextmanager
def locked(order_id: int) -> Iterator[None]:
    """Whatever else changes the order waits; the next statement sees all that was done to it before."""
    with transaction.atomic(using=ALIAS):
        run(sql.LOCK, order_id=order_id)
        yield


def event(kind: type[Event], **data: Any) -> dict[str, str]:
    """The parameters of the outbox row; the statement itself adds the order's id."""
    return {"event": kind.type, "data": json.dumps(data), "headers": json.dumps(headers())}


def run(statement: str, **parameters: Any) -> tuple[Any, ...] | None:
    """The first row of what the statement answers."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def _move(
    statement: str,
    order: OrderDetails,
    *,
    before: Sequence[OrderStatus],
    after: OrderStatus,
    told: Mapping[str, str],
    facts: Facts = NO_FACTS,
) -> OrderDetails | None:
    """The order as it is now, or None if its state does not allow the move."""
    row = run(
        statement,
        order_id=order.id,
        from_statuses=[status.value for status in before],
        to_status=after.value,
        facts=json.dumps(facts),
        **told,
    )
    return replace(order, status=after, updated_at=row[0], next_action=None) if row else None


def _cancel(statement: str, order: OrderDetails, before: Sequence[OrderStatus], facts: Facts) -> OrderDetails | None:
    told = event(OrderCancelled, user_id=order.user_id, reservation_id=order.reservation_id)
    return _move(statement, order, before=before, after=OrderStatus.CANCELLED, told=told, facts=facts)


def _by(actor_id: int | None) -> Facts:
    return NO_FACTS if actor_id is None else {"actor_id": actor_id}


def _as_sold(line: Line) -> dict[str, Any]:
    return {
        "product_id": line.product_id,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
    }
