"""What happened, told to whoever listens: past tense, frozen, versioned, ids and plain values only.

How they reach whoever listens is in `contracts.messaging`; `handlers.py` of each context says what it does with which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

EVENTS: dict[tuple[str, int], type[Event]] = {}
"""Every kind of event by its type and version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events have in common.

    `type` is its name for all time, `version` grows when its fields change, and the field named by `aggregate` says
    whose events keep their order among themselves.
    """

    type: ClassVar[str]
    version: ClassVar[int]
    aggregate: ClassVar[str]

    @property
    def aggregate_id(self) -> str:
        return f"{self.aggregate.removesuffix('_id')}:{getattr(self, self.aggregate)}"

    @property
    def data(self) -> dict[str, Any]:
        return asdict(self)


def _event(name: str, *, aggregate: str, version: int = 1) -> Callable[[type[Event]], Any]:
    def register(cls: Any) -> Any:
        if (name, version) in EVENTS:
            raise TypeError(f"two events are called {name} version {version}")
        cls.type, cls.version, cls.aggregate = name, version, aggregate
        EVENTS[name, version] = cls
        return cls

    return register


@_event("user.registered", aggregate="user_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(Event):
    user_id: int


@_event("product.created", aggregate="product_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCreated(Event):
    product_id: int


@_event("product.updated", aggregate="product_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductUpdated(Event):
    product_id: int


@_event("product.archived", aggregate="product_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductArchived(Event):
    product_id: int


@_event("stock.adjusted", aggregate="product_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjusted(Event):
    """`stock` is what was left to sell right after it."""

    product_id: int
    delta: int
    stock: int


@_event("order.placed", aggregate="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """It waits for its payment. `total` in minor units of `currency`."""

    order_id: int
    user_id: int
    reservation_id: str
    total: int
    currency: str


@_event("order.confirmed", aggregate="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed(Event):
    """`total` in minor units of `currency`."""

    order_id: int
    user_id: int
    reservation_id: str
    total: int
    currency: str


@_event("order.cancelled", aggregate="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Event):
    order_id: int
    user_id: int
    reservation_id: str


@_event("order.shipped", aggregate="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShipped(Event):
    """`tracking` is what the carrier calls the parcel; it may be empty."""

    order_id: int
    user_id: int
    tracking: str


@_event("order.delivered", aggregate="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDelivered(Event):
    order_id: int
    user_id: int


@_event("order.refund_requested", aggregate="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested(Event):
    """Lines are to come back: as `order.refunded`."""

    order_id: int
    user_id: int
    refund_id: str
    amount: int
    currency: str
    lines: tuple[tuple[int, int], ...]
    restock: bool


@_event("order.refunded", aggregate="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded(Event):
    """Lines came back. `amount` in minor units went to the customer: 0 where nothing had been paid.

    `lines` are pairs of product_id and quantity; `restock`: they can be sold again; `whole`: nothing else is left.
    """

    order_id: int
    user_id: int
    refund_id: str
    amount: int
    currency: str
    lines: tuple[tuple[int, int], ...]
    restock: bool
    whole: bool


@_event("order.refund_failed", aggregate="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed(Event):
    """The money could not be given back: the order is as it was before the refund was asked for."""

    order_id: int
    user_id: int
    refund_id: str
    amount: int
    currency: str
    lines: tuple[tuple[int, int], ...]


@_event("payment.captured", aggregate="payment_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(Event):
    """`amount` in minor units of `currency` was taken."""

    payment_id: str
    order_id: int
    amount: int
    currency: str


@_event("payment.failed", aggregate="payment_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(Event):
    """Nothing was taken. `reason` is the provider's word for why."""

    payment_id: str
    order_id: int
    reason: str


@_event("payment.voided", aggregate="payment_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoided(Event):
    """It was called off before anything was taken."""

    payment_id: str
    order_id: int


@_event("payment.refunded", aggregate="payment_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded(Event):
    """`amount` in minor units of `currency` went back. Without a `refund_id` the payment was called off after all."""

    payment_id: str
    order_id: int
    refund_id: str
    amount: int
    currency: str


@_event("payment.refund_failed", aggregate="payment_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefundFailed(Event):
    payment_id: str
    order_id: int
    refund_id: str
    reason: str


def event_of(name: str, version: int, data: Mapping[str, Any]) -> Event:
    """What was stored or sent as JSON; KeyError, TypeError or ValueError where this release cannot read it."""
    return EVENTS[name, version](**{field: _frozen(value) for field, value in dict(data).items()})


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
