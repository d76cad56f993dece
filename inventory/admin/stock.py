"""The stock in the back office: its ledger."""

from __future__ import annotations

from django.contrib import admin

from contracts.back_office.pages import LookOnlyPage
from inventory.models import StockMovement


@admin.register(StockMovement)
class StockMovementAdmin(LookOnlyPage):
    list_display = ("created_at", "product", "delta", "kind", "reason", "reference", "actor_id")
    list_select_related = ("product",)
    search_fields = ("=product__sku",)
    ordering = ("-id",)
