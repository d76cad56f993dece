"""The statuses in their colours; the words say the same."""

from __future__ import annotations

from functools import cache
from typing import Final

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from contracts.orders import OrderStatus

COLOURS: Final = {
    OrderStatus.PENDING: "warning",
    OrderStatus.CONFIRMED: "info",
    OrderStatus.SHIPPED: "primary",
    OrderStatus.DELIVERED: "success",
    OrderStatus.CANCELLED: "danger",
    OrderStatus.REFUNDED: "danger",
}


@cache
def label(status: str) -> SafeString:
    """One of six, on each row of a list: rendered once."""
    return render_to_string("unfold/helpers/label.html", {"text": status, "type": COLOURS[OrderStatus(status)]})
