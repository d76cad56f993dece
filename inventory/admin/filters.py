"""The filters of the list of products: each has an index behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from contracts.back_office.theme import DropdownFilter
from inventory import selectors
from inventory.models import ProductStatus
from inventory.staff_search_sql import LEVEL, StaffFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from inventory.models import Product

MOST_CATEGORIES: Final = 500
"""In a list to choose from. The products of one that is not in it are found by its words."""

STATUS: Final[dict[str, dict[str, Any]]] = {
    ProductStatus.DRAFT: {"active": False, "archived_at__isnull": True},
    ProductStatus.ACTIVE: {"active": True},
    ProductStatus.ARCHIVED: {"archived_at__isnull": False},
}
LEVELS: Final[dict[str, dict[str, Any]]] = {
    "low": {"active": True, "is_low": True},
    "out": {"active": True, "in_stock": False},
}


class StatusFilter(DropdownFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (ProductStatus.ACTIVE, "On sale"),
            (ProductStatus.DRAFT, "Drafts"),
            (ProductStatus.ARCHIVED, "Archived"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        return queryset.filter(**STATUS.get(self.value() or "", {}))


class LevelFilter(DropdownFilter):
    title = "stock"
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("low", "Low"), ("out", "Sold out")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        return queryset.filter(**LEVELS.get(self.value() or "", {}))


class CategoryFilter(DropdownFilter):
    title = "category"
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(category, category) for category in selectors.categories(limit=MOST_CATEGORIES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        return queryset.filter(category=self.value()) if self.value() else queryset


def wanted(request: HttpRequest) -> StaffFilter:
    """The same for the search, which looks among what is filtered, not the other way round."""
    status, level = request.GET.get("status"), request.GET.get("level")
    return StaffFilter(
        status=ProductStatus(status) if status in STATUS else None,
        category=request.GET.get("category") or None,
        level=next((known for known in LEVEL if known == level), None),
    )
