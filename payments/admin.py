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
    fields = ("key", "amount", "outcome", "attempts", "started_at", "finished_at", "lease_until")
    ordering = ("id",)


class Refunds(LookOnlyRows):
    model = Refund
    fields = ("id", "amount", "state", "created_at", "updated_at")
    ordering = ("created_at",)


@admin.register(PaymentIntent)
class PaymentAdmin(LookOnlyPage):
    list_display = ("order_id", "status", "price", "captured", "refunded", "called_off", "provider", "created_at")
    list_filter = ("status", ("cancel_requested_at", admin.EmptyFieldListFilter))
    linked_by = ("order_id__exact",)
    search_fields = ("order_id", "reference")  # what is looked for is below
    search_help_text = "The number of an order, or the provider's own id of its payment."
    ordering = ("-order_id",)
    exclude = ("payment_method", "next_action")
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
        return str(Money(currency=payment.currency, minor=payment.amount)) if payment.currency else "-"

    @admin.display(boolean=True)
    def called_off(self, payment: PaymentIntent) -> bool:
        return payment.cancel_requested_at is not None
