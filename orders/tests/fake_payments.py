"""Payments, as far as their contract promises: each order's payment in a dictionary, behind a provider that obeys."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from contracts.errors import ContractError
from contracts.money import Money
from contracts.payments import (
    CancelledPayment,
    CancelPayment,
    Charge,
    InvalidPayment,
    NextAction,
    Payment,
    PaymentClosed,
    PaymentDeclined,
    PaymentDiffers,
    PaymentNotCaptured,
    PaymentNotFound,
    PaymentsService,
    PaymentStatus,
    Refund,
    RefundDiffers,
    RefundState,
    RefundStatus,
    RefundTooLarge,
)

ACTION = NextAction(kind="redirect", url="https://bank.test/3ds")
CLOSED = (PaymentStatus.VOIDED, PaymentStatus.REFUNDED)


@dataclass
class Intent:
    charge: Charge | None
    status: PaymentStatus = PaymentStatus.CREATED
    refunded: int = 0


@dataclass
class FakePayments(PaymentsService):
    """`fails` breaks each call before it has an effect, `breaks` after it; `silent` leaves charges unknown."""

    intents: dict[int, Intent] = field(default_factory=dict)
    refunds: dict[str, RefundStatus] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    captures: Counter[int] = field(default_factory=Counter)
    fails: ContractError | None = None
    breaks: ContractError | None = None
    silent: bool = False
    status_less: bool = False
    """As the release before statuses answers."""
    on_charge: Callable[[], object] | None = None
    refund_state: RefundState = RefundState.SUCCEEDED
    lock: threading.RLock = field(default_factory=threading.RLock)

    def charge(self, request: Charge) -> Payment:
        if self.on_charge:
            self.on_charge()
        with self.lock:
            self._begin("charge")
            intent = self.intents.setdefault(request.order_id, Intent(request))
            if intent.status in CLOSED:
                raise PaymentClosed(order_id=request.order_id)
            if intent.charge != request:
                raise PaymentDiffers(order_id=request.order_id)
            if request.amount.minor <= 0:
                raise InvalidPayment(field="amount", reason="Nothing to pay.")
            self._authorise(intent, request)
            self._end()
            return self.payment(request.order_id)

    def cancel_payment(self, request: CancelPayment) -> CancelledPayment:
        with self.lock:
            self._begin("cancel_payment")
            intent = self.intents.setdefault(request.order_id, Intent(None))
            if intent.status is PaymentStatus.CAPTURED:
                intent.status, intent.refunded = PaymentStatus.REFUNDED, self._amount(intent).minor
            elif intent.status not in (*CLOSED, PaymentStatus.FAILED):
                intent.status = PaymentStatus.VOIDED
            self._end()
            return CancelledPayment(order_id=request.order_id, status=intent.status)

    def refund(self, request: Refund) -> RefundStatus:
        with self.lock:
            self._begin("refund")
            earlier = self.refunds.get(request.refund_id)
            if earlier and (earlier.order_id, earlier.amount) != (request.order_id, request.amount):
                raise RefundDiffers(refund_id=request.refund_id)
            if earlier is None or earlier.state is RefundState.REQUESTED:
                self._give_back(request)
            self._end()
            return self.refunds[request.refund_id]

    def approve(self, order_id: int) -> None:
        """The customer did what was asked of them."""
        self._capture(self.intents[order_id], order_id)

    def payment(self, order_id: int) -> Payment:
        intent = self.intents[order_id]
        waiting = intent.status is PaymentStatus.REQUIRES_ACTION
        return Payment(
            payment_id=str(uuid.uuid5(uuid.NAMESPACE_OID, str(order_id))),
            order_id=order_id,
            amount=self._amount(intent),
            status=None if self.status_less else intent.status,
            next_action=ACTION if waiting else None,
        )

    def taken(self, order_id: int) -> int:
        """What the shop has of the customer's money."""
        intent = self.intents.get(order_id)
        return 0 if intent is None or not self.captures[order_id] else self._amount(intent).minor - intent.refunded

    def _begin(self, call: str) -> None:
        self.calls[call] += 1
        if self.fails:
            raise self.fails

    def _end(self) -> None:
        if self.breaks:
            raise self.breaks

    def _authorise(self, intent: Intent, request: Charge) -> None:
        if intent.status not in (PaymentStatus.CREATED, PaymentStatus.FAILED):
            return
        if request.payment_method == "pm_requires_action":
            intent.status = PaymentStatus.REQUIRES_ACTION
        elif request.payment_method == "pm_declined":
            intent.status = PaymentStatus.FAILED
            raise PaymentDeclined(order_id=request.order_id, reason="insufficient_funds")
        elif not self.silent:
            self._capture(intent, request.order_id)

    def _capture(self, intent: Intent, order_id: int) -> None:
        intent.status = PaymentStatus.CAPTURED
        self.captures[order_id] += 1

    def _amount(self, intent: Intent) -> Money:
        return intent.charge.amount if intent.charge else Money(currency="EUR", minor=0)

    def _give_back(self, request: Refund) -> None:
        intent = self.intents.get(request.order_id)
        if intent is None:
            raise PaymentNotFound(order_id=request.order_id)
        if not self.captures[request.order_id]:
            raise PaymentNotCaptured(order_id=request.order_id)
        left = self._amount(intent).minor - intent.refunded
        if request.amount.minor > left:
            raise RefundTooLarge(order_id=request.order_id, refundable=left)
        if self.refund_state is RefundState.SUCCEEDED:
            intent.refunded += request.amount.minor
        self.refunds[request.refund_id] = RefundStatus(
            refund_id=request.refund_id, order_id=request.order_id, amount=request.amount, state=self.refund_state
        )
