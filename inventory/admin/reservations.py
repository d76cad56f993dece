"""The reservations in the back office, with what was taken for them."""

from __future__ import annotations

from django.contrib import admin

from contracts.back_office.pages import LookOnlyPage, LookOnlyRows
from inventory.models import Reservation, ReservationLine


class ReservationLines(LookOnlyRows):
    model = ReservationLine


@admin.register(Reservation)
class ReservationAdmin(LookOnlyPage):
    list_display = ("id", "state", "expires_at", "created_at")
    list_filter = ("state",)
    search_fields = ("=id",)
    ordering = ("id",)
    inlines = (ReservationLines,)
