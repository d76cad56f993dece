"""What the back office lists and looks for has an index each, whatever the size of the catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from django.db.models import QuerySet
from django.db.models.functions import Lower

from inventory import staff_search_sql
from inventory.admin.filters import LEVELS, STATUS
from inventory.models import Product
from inventory.staff_search_sql import StaffFilter

pytestmark = [pytest.mark.django_db(databases=["inventory"]), pytest.mark.usefixtures("many")]

ALL = Product.objects.order_by("-id")


@pytest.mark.parametrize(
    ("products", "index"),
    [
        (ALL, "inventory_product_pkey"),
        (ALL.filter(**STATUS["active"]), "product_listed"),
        (ALL.filter(**STATUS["draft"]), "product_draft"),
        (ALL.filter(**STATUS["archived"]), "product_archived"),
        (ALL.filter(**LEVELS["low"]), "product_low"),
        (ALL.filter(**LEVELS["out"]), "product_sold_out"),
        (ALL.filter(category="Home"), "product_of_category"),
        (Product.objects.filter(active=True).order_by("price", "-id"), "product_listed_by_price"),
        (Product.objects.filter(active=True).order_by(Lower("name").desc(), "-id"), "product_listed_by_name"),
    ],
)
def test_a_page_of_the_list_is_read_from_an_index(products: QuerySet[Product], index: str) -> None:
    _no_other_way()
    assert f" using {index} " in products[:50].explain()


@pytest.mark.parametrize(
    "index",
    ["sku_is_unique", "product_words", "product_words_off_sale"],
)
def test_a_search_is_answered_by_indexes(index: str) -> None:
    text, parameters = staff_search_sql.statement(words="lamp", wanted=StaffFilter(), limit=100)
    plan = _plan(text, parameters)
    assert f" {index} " in plan
    assert "Seq Scan on inventory_product" not in plan


def test_categories_are_stepped_through_in_an_index() -> None:
    plan = _plan(staff_search_sql.CATEGORIES, {"limit": 10})
    assert " using product_of_category " in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


def _plan(text: str, parameters: dict[str, Any] | None = None) -> str:
    _no_other_way()
    with connections["inventory"].cursor() as cursor:
        cursor.execute(f"EXPLAIN {text}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall()) + " "


def _no_other_way() -> None:
    """An empty table is quickest read whole; a sort is what an index in the right order spares."""
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_indexonlyscan = off")
