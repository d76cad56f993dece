"""Where people who keep the stock begin: find a product, or see and export what is low."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect

from contracts.back_office import audit
from inventory import ledger, selectors
from inventory.admin.exports import links
from inventory.admin.stock_pages import LEDGER, key_in, shown, state_of
from inventory.import_models import ImportKind
from inventory.imports.exporting import LOOKS_LIKE_A_FORMULA
from inventory.models import Product
from inventory.staff_search_sql import StaffFilter

FOUND: Final = 20
LINES: Final = 50
COLUMNS: Final = ("sku", "name", "stock", "threshold", "missing")
BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it, spreadsheets take the file for something else than UTF-8."""


def find(request: HttpRequest) -> HttpResponse:
    """By SKU or by words of the name, however spelt. A SKU that is typed or scanned whole leads to its ledger."""
    words = request.GET.get("q", "").strip()[:200]
    products = _found(words) if words else []
    same = [product for product in products if product.sku.lower() == words.lower()]
    if len(same) == 1 and request.user.has_perm(LEDGER):
        return redirect("admin:inventory_product_ledger", product_id=same[0].pk)
    low = [] if words else ledger.low_products(limit=FOUND)
    lists = {"rows": _rows(products), "low": _rows(low), "exports": [] if words else links(request, ImportKind.STOCK)}
    return shown(request, "find.html", title="Stock", words=words, **lists)


def low(request: HttpRequest) -> HttpResponse:
    after = key_in(request.GET.get("after", "")) or 0
    products = ledger.low_products(after=after, limit=LINES + 1)
    next_after = products[LINES - 1].pk if len(products) > LINES else None
    return shown(
        request, "low.html", title="Low stock", rows=_rows(products[:LINES]), after=after, next_after=next_after
    )


def export(request: HttpRequest) -> StreamingHttpResponse:
    audit.note(request, Product, "Low stock exported.")
    answer = StreamingHttpResponse(_csv(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="low-stock.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def as_text(cell: str) -> str:
    """What a spreadsheet would take for a formula is marked as text."""
    return f"'{cell}" if cell.startswith(LOOKS_LIKE_A_FORMULA) else cell


def missing(product: Product) -> int:
    """How many more until the threshold is reached."""
    return max((product.low_stock_at or 0) - product.stock, 0)


def _csv() -> Iterator[str]:
    writer = csv.writer(_Line())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for product in ledger.all_low_products():
        cells = (as_text(product.sku), as_text(product.name), product.stock, product.low_stock_at, missing(product))
        yield writer.writerow(cells)


class _Line:
    """Hands each line on as it is written."""

    def write(self, line: str) -> str:
        return line


def _found(words: str) -> list[Product]:
    ids = selectors.find_for_staff(words=words, wanted=StaffFilter(), limit=FOUND)
    products = Product.objects.in_bulk(ids)
    return [products[id] for id in ids if id in products]


def _rows(products: list[Product]) -> list[dict[str, Any]]:
    return [{"product": product, "state": state_of(product), "missing": missing(product)} for product in products]
