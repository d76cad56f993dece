"""The orders' contract, kept by its own selectors."""

from __future__ import annotations

from contracts.money import Money
from contracts.orders import (
    MAX_ORDERS,
    GetOrders,
    GetReservationClaims,
    OrdersService,
    OrderSummaries,
    OrderSummary,
    ReservationClaims,
    SummaryLine,
    TooManyOrders,
)
from orders import selectors
from orders.selectors import OrderDetails


class Orders(OrdersService):
    def get_reservation_claims(self, request: GetReservationClaims) -> ReservationClaims:
        return ReservationClaims(claims=tuple(selectors.reservation_claims(request.reservation_ids)))

    def get_orders(self, request: GetOrders) -> OrderSummaries:
        if len(request.order_ids) > MAX_ORDERS:
            raise TooManyOrders(limit=MAX_ORDERS)
        return OrderSummaries(orders=tuple(map(_summary, selectors.orders_by_id(request.order_ids))))


def _summary(order: OrderDetails) -> OrderSummary:
    return OrderSummary(
        order_id=order.id,
        user_id=order.user_id,
        status=order.status,
        total=Money(currency=order.currency, minor=order.total),
        refunded=Money(currency=order.currency, minor=order.refunded),
        lines=tuple(
            SummaryLine(
                product_id=line.product_id,
                name=line.name,
                quantity=line.quantity,
                unit_price=Money(currency=order.currency, minor=line.unit_price),
            )
            for line in order.lines
        ),
        created_at=order.created_at,
    )
