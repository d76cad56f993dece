"""The reservations in the back office, with what was taken for them and the movements that they caused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from contracts.back_office.pages import LookOnlyPage, LookOnlyRows
from contracts.back_office.theme import display
from contracts.identifiers import is_uuid
from contracts.inventory import ReservationState
from contracts.money import Money
from inventory.admin.stock_pages import LEDGER
from inventory.models import Reservation, ReservationLine, StockMovement

HELD: Final = ReservationState.HELD.value
WHICH: Final = "which"


class ReservationLines(LookOnlyRows):
    model = ReservationLine
    fields = ("name", "quantity", "price_shown")
    readonly_fields = fields

    @display(description="unit price")
    def price_shown(self, line: ReservationLine) -> str:
        return str(Money(currency=line.currency, minor=line.unit_price))


class Which(admin.SimpleListFilter):
    """What is held has an index, in the order in which it expires. The others are found by their ids."""

    title = "which"
    parameter_name = WHICH

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Held, and overdue"), ("all", "All, by their ids")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield choice if choice["display"] != "All" else {**choice, "display": "Held, soonest to expire first"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> QuerySet[Reservation]:
        if self.value() == "all" or request.GET.get("q"):
            return queryset
        held = queryset.filter(state=HELD)
        return held.filter(expires_at__lt=Now()) if self.value() == "overdue" else held


@admin.register(Reservation)
class ReservationAdmin(LookOnlyPage):
    list_display = ("id", "state", "expires_at", "created_at")
    list_filter = (Which,)
    search_fields = ("id",)
    search_help_text = "A whole id, in whatever state the reservation is."
    fields = ("id", "state", "expires_at", "created_at", "updated_at", "movements")
    readonly_fields = fields
    inlines = (ReservationLines,)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id",) if request.GET.get(WHICH) == "all" else ("expires_at",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Reservation], search_term: str
    ) -> tuple[QuerySet[Reservation], bool]:
        wanted = search_term.strip().lower()
        if not wanted:
            return queryset, False
        return (queryset.filter(id=wanted) if is_uuid(wanted) else queryset.none()), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """With what it caused, read once: the theme asks several times for what it shows."""
        reservation = super().get_object(request, object_id, from_field)
        if reservation is not None:
            reservation.caused = [*_movements_of(reservation)]
            reservation.leads_on = request.user.has_perm(LEDGER)
        return reservation

    @display(description="stock movements")
    def movements(self, reservation: Any) -> str:
        """Each with the way to its place in the ledger of its product, for those who may read that."""
        return format_html_join(
            "",
            "<div>{} {}, {}</div>",
            [_told(movement, leads_on=reservation.leads_on) for movement in reservation.caused],
        )


def _told(movement: StockMovement, *, leads_on: bool) -> tuple[str, str, str]:
    delta = f"{movement.delta:+d}"
    if leads_on:
        delta = format_html('<a class="text-link" href="{}">{}</a>', _place(movement), delta)
    return delta, movement.get_kind_display(), f"{movement.created_at:%-d %b %Y, %H:%M:%S}"


def _movements_of(reservation: Reservation) -> QuerySet[StockMovement]:
    """By the index of each product's movements in time: the statement that took or gave back wrote its time in both."""
    taken = ReservationLine.objects.filter(reservation=reservation).values("product_id")
    times = (reservation.created_at, reservation.updated_at)
    found = StockMovement.objects.filter(product_id__in=taken, created_at__in=times, reference=str(reservation.pk))
    return found.order_by("id")


def _place(movement: StockMovement) -> str:
    page = reverse("admin:inventory_product_ledger", kwargs={"product_id": movement.product_id})
    return f"{page}?before={movement.pk + 1}"
