"""Reads of the orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from contracts.events import OrderCancelled
from contracts.identifiers import is_uuid
from contracts.orders import OrderStatus, ReservationClaim
from contracts.payments import NextAction
from orders.errors import OrderNotFound
from orders.models import Order, OrderEvent, OrderLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`unit_price` in minor units of the order's currency; `refunded` of `quantity` came back, or is about to."""

    product_id: int
    name: str
    quantity: int
    unit_price: int
    refunded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetails:
    """An order with its lines; `total` in minor units of `currency`, of which `refunded` went back.

    `payment_method` is empty where it is paid on invoice; `next_action` is what a pending order waits for.
    """

    id: int
    user_id: int
    status: OrderStatus
    currency: str
    total: int
    lines: tuple[Line, ...]
    reservation_id: str
    fingerprint: str
    created_at: datetime
    updated_at: datetime
    refunded: int = 0
    payment_method: str = ""
    next_action: NextAction | None = None


def get_order(*, order_id: int, user_id: int | None) -> OrderDetails:
    """The user's own order; another's is not found either. Without a `user_id`, whoever's it is."""
    order = _visible(order_id, user_id).first()
    if order is None:
        raise OrderNotFound(order_id=order_id)
    return _details([order])[0]


def find_by_key(*, user_id: int, key: str) -> OrderDetails | None:
    order = Order.objects.filter(user_id=user_id, idempotency_key=key).first()
    return _details([order])[0] if order else None


def find_by_reservation(*, reservation_id: str) -> OrderDetails | None:
    order = Order.objects.filter(reservation_id=reservation_id).first()
    return _details([order])[0] if order else None


def orders_by_id(order_ids: Iterable[int]) -> list[OrderDetails]:
    """Whoever's they are, in order of their ids."""
    return _details(Order.objects.filter(id__in=set(order_ids)).order_by("id"))


def list_orders(
    *, user_id: int, limit: int, status: OrderStatus | None = None, before: int | None = None
) -> list[OrderDetails]:
    """Newest first, at most `limit`; `before` continues below the last order of a page."""
    orders = Order.objects.filter(user_id=user_id)
    if status is not None:
        orders = orders.filter(status=status)
    if before is not None:
        orders = orders.filter(id__lt=before)
    return _details(orders.order_by("-id")[:limit])


def list_events(*, order_id: int, user_id: int | None) -> QuerySet[OrderEvent]:
    if not _visible(order_id, user_id).exists():
        raise OrderNotFound(order_id=order_id)
    return OrderEvent.objects.filter(order_id=order_id).order_by("sequence")


def decline_reason(*, order_id: int) -> str | None:
    """Why the order's payment was declined; None where it was cancelled for another reason, or not at all."""
    cancelled = OrderEvent.objects.filter(order_id=order_id, type=OrderCancelled.type).first()
    return cancelled.data.get("declined") if cancelled else None


def reservation_claims(reservation_ids: Iterable[str]) -> list[ReservationClaim]:
    claimed = Order.objects.filter(reservation_id__in=[id for id in reservation_ids if is_uuid(id)])
    return [
        ReservationClaim(reservation_id=str(reservation_id), order_id=id, status=_as_claimed(OrderStatus(status)))
        for reservation_id, id, status in claimed.values_list("reservation_id", "id", "status")
    ]


def _as_claimed(status: OrderStatus) -> OrderStatus:
    """What a peer that knows no other statuses has to know of it: was its stock sold?"""
    return status if status in (OrderStatus.PENDING, OrderStatus.CANCELLED) else OrderStatus.CONFIRMED


def _visible(order_id: int, user_id: int | None) -> QuerySet[Order]:
    orders = Order.objects.filter(id=order_id)
    return orders if user_id is None else orders.filter(user_id=user_id)


def _details(orders: Iterable[Order]) -> list[OrderDetails]:
    found = list(orders)
    lines: dict[int, list[Line]] = {order.pk: [] for order in found}
    rows = OrderLine.objects.filter(order_id__in=list(lines)).order_by("order_id", "product_id")
    for order_id, product_id, name, quantity, unit_price, refunded in rows.values_list(
        "order_id", "product_id", "name", "quantity", "unit_price", "refunded"
    ):
        lines[order_id].append(
            Line(product_id=product_id, name=name, quantity=quantity, unit_price=unit_price, refunded=refunded)
        )
    return [
        OrderDetails(
            id=order.pk,
            user_id=order.user_id,
            status=OrderStatus(order.status),
            currency=order.currency,
            total=order.total,
            lines=tuple(lines[order.pk]),
            reservation_id=str(order.reservation_id),
            fingerprint=order.fingerprint,
            created_at=order.created_at,
            updated_at=order.updated_at,
            refunded=order.refunded,
            payment_method=order.payment_method,
            next_action=order.next_action and NextAction(**order.next_action),
        )
        for order in found
    ]
