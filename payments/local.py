"""The payments contract, kept by its own services."""

from __future__ import annotations

from contracts.money import Money
from contracts.payments import (
    CancelledPayment,
    CancelPayment,
    Charge,
    NextAction,
    Payment,
    PaymentsService,
    PaymentStatus,
    Refund,
    RefundState,
    RefundStatus,
)
from payments import services


class Payments(PaymentsService):
    def charge(self, request: Charge) -> Payment:
        payment = services.charge(
            order_id=request.order_id, amount=request.amount, payment_method=request.payment_method
        )
        asked = payment.next_action if payment.status is PaymentStatus.REQUIRES_ACTION else None
        refunded = Money(currency=payment.currency, minor=payment.refunded)
        return Payment(
            payment_id=str(payment.id),
            order_id=payment.order_id,
            amount=Money(currency=payment.currency, minor=payment.amount),
            status=payment.status,
            next_action=NextAction(kind=asked["kind"], url=asked["url"]) if asked else None,
            refunded=refunded if payment.refunded else None,
        )

    def cancel_payment(self, request: CancelPayment) -> CancelledPayment:
        payment = services.cancel_payment(order_id=request.order_id)
        return CancelledPayment(order_id=request.order_id, status=payment.status)

    def refund(self, request: Refund) -> RefundStatus:
        refund = services.refund(refund_id=request.refund_id, order_id=request.order_id, amount=request.amount)
        return RefundStatus(
            refund_id=request.refund_id,
            order_id=request.order_id,
            amount=request.amount,
            state=RefundState(refund.state),
        )
