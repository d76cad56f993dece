"""Errors of the inventory that cross no contract."""

from __future__ import annotations

from contracts.errors import AlreadyExists, Conflict, Precondition


class StockWouldGoNegative(Precondition):
    """The stock cannot go below zero."""

    code = "stock_would_go_negative"
    product_id: int
    available: int


class AlreadyMoved(AlreadyExists):
    """This was counted already."""

    code = "already_moved"
    product_id: int
    delta: int


class SkuTaken(AlreadyExists):
    """Another product has this SKU."""

    code = "sku_taken"
    sku: str


class ProductChanged(Conflict):
    """The product has been changed meanwhile."""

    code = "product_changed"
    product_id: int


class NotADraft(Precondition):
    """Only a draft can be put on sale."""

    code = "not_a_draft"
    product_id: int


class ImportMoved(Conflict):
    """The import is not where this can be done: somebody else was faster, or it has problems."""

    code = "import_moved"
    import_id: int
