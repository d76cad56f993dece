"""What staff can do with an order as a whole: each by the service that the API uses, once it is said what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django import forms

from contracts.money import Money
from contracts.orders import OrderStatus
from contracts.payments import RefundState
from orders import services
from orders.admin.forms import NothingAsked, ShipmentForm
from orders.refund_selectors import RefundDetails
from orders.selectors import OrderDetails

TOLD: Final = "The customer is told by e-mail."


Do = Callable[[int, int, dict[str, Any]], OrderDetails]


@dataclass(frozen=True, kw_only=True)
class Deed:
    """`name` is in its address; `needs` is the permission; `of` the statuses in which it is offered.

    `will` says what will happen; `do` does it, for the order's number, the actor's id and what was typed.
    """

    name: str
    verb: str
    icon: str
    variant: str
    needs: str
    of: tuple[OrderStatus, ...]
    will: Callable[[OrderDetails], list[str]]
    do: Do
    done: str
    form: type[forms.Form] = NothingAsked
    unless: tuple[RefundState, ...] = ()
    """The states of refunds that are in its way."""

    def possible(self, order: OrderDetails, refunds: Iterable[RefundDetails]) -> bool:
        """By what is known here; the service decides."""
        return order.status in self.of and not any(refund.state in self.unless for refund in refunds)


def _cancel(order_id: int, actor_id: int, typed: dict[str, Any]) -> OrderDetails:
    return services.cancel_order(order_id=order_id, user_id=None, actor_id=actor_id)


def _ship(order_id: int, actor_id: int, typed: dict[str, Any]) -> OrderDetails:
    return services.ship_order(order_id=order_id, tracking=typed.get("tracking", ""), actor_id=actor_id)


def _deliver(order_id: int, actor_id: int, typed: dict[str, Any]) -> OrderDetails:
    return services.deliver_order(order_id=order_id, actor_id=actor_id)


def _cancelled(order: OrderDetails) -> list[str]:
    total = Money(currency=order.currency, minor=order.total)
    if not order.payment_method:
        money = "No money moves: nothing was paid through the shop."
    elif order.status is OrderStatus.PENDING:
        money = f"Its payment of {total} is called off; should it have been taken already, it goes back."
    else:
        money = f"{total} go back to the customer."
    return [f"{_things(order)} can be sold again.", money, TOLD, "A cancelled order stays cancelled."]


def _shipped(order: OrderDetails) -> list[str]:
    return [
        f"{_things(order)} are on their way to the customer.",
        TOLD,
        "It can no longer be cancelled, only refunded.",
    ]


def _delivered(order: OrderDetails) -> list[str]:
    return ["The order is done: the customer has it. It can still be refunded."]


def _things(order: OrderDetails) -> str:
    return ", ".join(f"{line.quantity - line.refunded} x {line.name}" for line in order.lines)


SHIP: Final = Deed(
    name="ship",
    verb="Mark as shipped",
    icon="local_shipping",
    variant="primary",
    needs="orders.fulfil_order",
    of=(OrderStatus.CONFIRMED,),
    will=_shipped,
    do=_ship,
    done="Marked as shipped",
    form=ShipmentForm,
    unless=(RefundState.REQUESTED,),
)
DELIVER: Final = Deed(
    name="deliver",
    verb="Mark as delivered",
    icon="task_alt",
    variant="primary",
    needs="orders.fulfil_order",
    of=(OrderStatus.SHIPPED,),
    will=_delivered,
    do=_deliver,
    done="Marked as delivered",
)
CANCEL: Final = Deed(
    name="cancel",
    verb="Cancel the order",
    icon="cancel",
    variant="danger",
    needs="orders.cancel_order",
    of=(OrderStatus.PENDING, OrderStatus.CONFIRMED),
    will=_cancelled,
    do=_cancel,
    done="Cancelled",
    unless=(RefundState.REQUESTED, RefundState.SUCCEEDED),
)
DEEDS: Final = (SHIP, DELIVER, CANCEL)
