"""The payments in the back office: to be looked at, with their calls and refunds. Nobody moves money here."""

from __future__ import annotations

from django.contrib import admin

from contracts.back_office.pages import LookOnlyPage, LookOnlyRows
from contracts.money import Money
from payments.models import PaymentIntent, ProviderCall, Refund


class Calls(LookOnlyRows):
    model = ProviderCall
    fields = ("key", "amount", "outcome", "attempts", "started_at", "finished_at", "lease_until")
    ordering = ("id",)


class Refunds(LookOnlyRows):
    model = Refund
    fields = ("id", "amount", "state", "created_at", "updated_at")
    ordering = ("created_at",)


@admin.register(PaymentIntent)
class PaymentAdmin(LookOnlyPage):
    list_display = ("order_id", "status", "price", "captured", "refunded", "called_off", "provider", "created_at")
    list_filter = ("status", "provider", ("cancel_requested_at", admin.EmptyFieldListFilter))
    search_fields = ("=order_id", "=reference")
    search_help_text = "The number of an order, or the provider's own id of its payment."
    ordering = ("-order_id",)
    exclude = ("payment_method", "next_action")
    inlines = (Calls, Refunds)

    @admin.display(description="amount")
    def price(self, payment: PaymentIntent) -> str:
        return str(Money(currency=payment.currency, minor=payment.amount)) if payment.currency else "-"

    @admin.display(boolean=True)
    def called_off(self, payment: PaymentIntent) -> bool:
        return payment.cancel_requested_at is not None
