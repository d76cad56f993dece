"""The payments contract as long as the shop sells on invoice: there is no way to pay, and it says so."""

from __future__ import annotations

from contracts.payments import Charge, Payment, PaymentDeclined, PaymentsService


class Payments(PaymentsService):
    def charge(self, request: Charge) -> Payment:
        raise PaymentDeclined(order_id=request.order_id, reason="no payment provider is configured")
