"""The payments in the back office: to be looked at, with their calls and refunds. Nobody moves money here."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from contracts.back_office.pages import LookOnlyPage, LookOnlyRows
from contracts.money import Money
from payments.models import PaymentIntent, ProviderCall, Refund


class Calls(LookOnlyRows):
    model = ProviderCall
    fields = ("key", "price", "outcome", "attempts", "started_at", "finished_at", "lease_until")
    readonly_fields = ("price",)
    ordering = ("id",)

    @admin.display(description="amount")
    def price(self, call: ProviderCall) -> str:
        return _money(call.intent, call.amount)


class Refunds(LookOnlyRows):
    model = Refund
    fields = ("id", "price", "state", "created_at", "updated_at")
    readonly_fields = ("price",)
    ordering = ("created_at",)

    @admin.display(description="amount")
    def price(self, refund: Refund) -> str:
        return _money(refund.intent, refund.amount)


@admin.register(PaymentIntent)
class PaymentAdmin(LookOnlyPage):
    list_display = ("order_id", "status", "price", "taken", "given_back", "called_off", "provider", "created_at")
    list_filter = ("status", ("cancel_requested_at", admin.EmptyFieldListFilter))
    linked_by = ("order_id__exact",)
    search_fields = ("order_id", "reference")  # what is looked for is below
    search_help_text = "The number of an order, or the provider's own id of its payment."
    ordering = ("-order_id",)
    exclude = ("payment_method", "next_action", "amount", "captured", "refunded", "currency")
    readonly_fields = ("price", "taken", "given_back")
    inlines = (Calls, Refunds)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PaymentIntent], search_term: str
    ) -> tuple[QuerySet[PaymentIntent], bool]:
        """Each by its index: Django would compare numbers as text, and references whatever their case."""
        if not (term := search_term.strip().removeprefix("#")):
            return queryset, False
        is_number = term.isascii() and term.isdecimal() and len(term) < 19
        return queryset.filter(Q(order_id=int(term)) if is_number else Q(reference=term)), False

    @admin.display(description="amount")
    def price(self, payment: PaymentIntent) -> str:
        return _money(payment, payment.amount)

    @admin.display(description="captured")
    def taken(self, payment: PaymentIntent) -> str:
        return _money(payment, payment.captured)

    @admin.display(description="refunded")
    def given_back(self, payment: PaymentIntent) -> str:
        return _money(payment, payment.refunded)

    @admin.display(description="called off")
    def called_off(self, payment: PaymentIntent) -> str:
        return "called off" if payment.cancel_requested_at else ""


def _money(payment: PaymentIntent, minor: int) -> str:
    return str(Money(currency=payment.currency, minor=minor)) if payment.currency and minor else ""
