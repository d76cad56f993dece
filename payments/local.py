"""The payments contract as long as the shop sells on invoice: there is no way to pay, and it says so."""

from __future__ import annotations

from contracts.payments import (
    CancelledPayment,
    CancelPayment,
    Charge,
    Payment,
    PaymentDeclined,
    PaymentNotFound,
    PaymentsService,
    PaymentStatus,
    Refund,
    RefundStatus,
)


class Payments(PaymentsService):
    def charge(self, request: Charge) -> Payment:
        raise PaymentDeclined(order_id=request.order_id, reason="no payment provider is configured")

    def cancel_payment(self, request: CancelPayment) -> CancelledPayment:
        return CancelledPayment(order_id=request.order_id, status=PaymentStatus.VOIDED)

    def refund(self, request: Refund) -> RefundStatus:
        raise PaymentNotFound(order_id=request.order_id)
