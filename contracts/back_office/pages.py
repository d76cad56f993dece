"""Lists and pages of the back office that stay fast whatever is in their tables."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.checks import ModelAdminChecks
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import cached_property

from contracts.back_office.theme import ChangeList, ModelAdmin, TabularInline


class FirstPages(Paginator[Any]):
    """Counts no further than anyone turns pages: counting a million rows takes longer than showing fifty."""

    LIMIT: Final = 2000

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by().values("pk")[: self.LIMIT].count())  # type: ignore[attr-defined]

    @property
    def capped(self) -> bool:
        """Whether there may be more than was counted."""
        return self.count >= self.LIMIT


class List(ChangeList):
    """In no order but those of the page's `sortable_by`, whatever column an address names."""

    def get_ordering_field(self, field_name: Any) -> Any:
        return super().get_ordering_field(field_name) if field_name in (self.sortable_by or ()) else None


class Page(ModelAdmin):
    """A list that counts nothing whole, with its page of one row."""

    checks_class = ModelAdminChecks  # the theme's look permissions up in a database that `migrate` has yet to fill
    paginator = FirstPages
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    compressed_fields = True
    warn_unsaved_form = True
    sortable_by = ()  # what has an index for it is named by the page
    linked_by: tuple[str, ...] = ()
    """What links of other pages ask for, besides the list's own filters."""

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return List

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nothing else: by any field, also one that is never shown, its value could be guessed letter by letter."""
        offered = {_name(one) for one in self.get_list_filter(request)}
        asked = lookup in self.linked_by or lookup.partition("__")[0] in offered
        return asked and super().lookup_allowed(lookup, value, request)


def _name(list_filter: Any) -> str:
    """Of the field, or of the parameter of a filter of our own."""
    named = list_filter[0] if isinstance(list_filter, tuple) else list_filter
    return str(named if isinstance(named, str) else named.parameter_name)


class LookOnly:
    """To be looked at: what changes these rows is somewhere else."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class LookOnlyPage(LookOnly, Page): ...


class LookOnlyRows(LookOnly, TabularInline):
    """Rows that belong to the one row of a page."""

    extra = 0
