"""Errors of the inventory that cross no contract."""

from __future__ import annotations

from contracts.errors import Precondition


class StockWouldGoNegative(Precondition):
    """The stock cannot go below zero."""

    code = "stock_would_go_negative"
    product_id: int
    available: int
