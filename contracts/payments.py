"""What the payments context promises.

One payment for each order, known by the order's id: whatever is repeated for an order is the same call as before.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from contracts.base import Contract, rpc
from contracts.errors import Conflict, Invalid, NotFound, Precondition
from contracts.money import Money

PAYMENT_METHOD: Final = re.compile(r"pm_[A-Za-z0-9_]{1,61}")
"""A token of a payment provider's."""
CARD_NUMBER: Final = re.compile(r"(?:\d[ _-]?){12}")
"""What looks like the number of a card is turned away wherever it comes, and is never kept."""


class PaymentStatus(StrEnum):
    """created → authorised → captured → partially_refunded → refunded; what is not captured ends failed or voided."""

    CREATED = "created"
    """It stands, and nothing of it is certain: its provider has not answered yet."""
    REQUIRES_ACTION = "requires_action"
    """The customer has to do something first."""
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    VOIDED = "voided"
    """Called off: nothing was taken, and nothing will be."""


class RefundState(StrEnum):
    REQUESTED = "requested"
    """The provider has not answered yet; it will be asked again until it does."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PaymentDeclined(Precondition):
    """The payment was declined."""

    code = "payment_declined"
    http_status: ClassVar[int] = 402
    order_id: int
    reason: str


class PaymentInProgress(Conflict):
    """This payment is being made right now."""

    code = "payment_in_progress"
    order_id: int


class PaymentClosed(Precondition):
    """This payment was called off."""

    code = "payment_closed"
    order_id: int


class PaymentDiffers(Conflict):
    """This order has a payment of another amount, or by another method."""

    code = "payment_differs"
    order_id: int


class PaymentNotFound(NotFound):
    """There is no payment for this order."""

    code = "payment_not_found"
    order_id: int


class PaymentNotCaptured(Precondition):
    """Nothing was taken for this order, so nothing can be given back."""

    code = "payment_not_captured"
    order_id: int


class RefundTooLarge(Precondition):
    """More than what is left of the payment."""

    code = "refund_too_large"
    order_id: int
    refundable: int
    """In minor units."""


class RefundDiffers(Conflict):
    """This refund exists with another amount or for another order."""

    code = "refund_differs"
    refund_id: str


class InvalidPayment(Invalid):
    """The payment cannot be made as it was asked for."""

    code = "invalid_payment"
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Take the money for an order, once: the order's id is the key under which a repeated call is the same call."""

    order_id: int
    amount: Money
    payment_method: str
    """A token of the provider, `pm_…`; never the number of a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    """What the customer has to do before the payment can go on: visit `url`."""

    kind: str
    """`redirect`."""
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    payment_id: str
    order_id: int
    amount: Money
    status: PaymentStatus | None = None
    """Absent where the peer is of the release that knew no other payments than captured ones."""
    next_action: NextAction | None = None
    """Where `status` is requires_action."""
    refunded: Money | None = None
    """How much of `amount` was given back; absent: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPayment:
    """Call the payment of an order off: what was taken goes back, and nothing will be taken any more."""

    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledPayment:
    """`status` is voided, refunded or failed where it is done; else it is under way and will be."""

    order_id: int
    status: PaymentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Give a part of what was taken for an order back, once: the refund's id makes a repeated call the same call."""

    refund_id: str
    """A UUID in its canonical form, chosen by the caller."""
    order_id: int
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundStatus:
    refund_id: str
    order_id: int
    amount: Money
    state: RefundState


class PaymentsService(Contract, package="shopflow.payments.v1"):
    @rpc(
        raises=(PaymentDeclined, PaymentInProgress, PaymentClosed, PaymentDiffers, InvalidPayment),
        idempotent=True,
        timeout=10.0,
        callers=("orders",),
    )
    @abstractmethod
    def charge(self, request: Charge) -> Payment:
        """Captured, requires_action, or created and authorised: then what became of it is not known yet."""

    @rpc(raises=(PaymentInProgress,), idempotent=True, timeout=10.0, callers=("orders",))
    @abstractmethod
    def cancel_payment(self, request: CancelPayment) -> CancelledPayment:
        """Also where there is none yet: a charge that comes later is refused."""

    @rpc(
        raises=(PaymentNotFound, PaymentNotCaptured, PaymentInProgress, RefundTooLarge, RefundDiffers, InvalidPayment),
        idempotent=True,
        timeout=10.0,
        callers=("orders",),
    )
    @abstractmethod
    def refund(self, request: Refund) -> RefundStatus: ...
