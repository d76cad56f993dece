"""The orders in the back office."""

from __future__ import annotations

from django.contrib import admin

from contracts.back_office.pages import LookOnlyPage
from orders.models import Order


@admin.register(Order)
class OrderAdmin(LookOnlyPage):
    list_display = ("id", "status", "user_id", "total", "currency", "created_at")
    ordering = ("-id",)
