"""Exports in the back office: everything, or what the list of products shows with the filters of the address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.timezone import now

from contracts.back_office import audit
from inventory.import_models import ImportKind
from inventory.imports.exporting import FORMATS
from inventory.models import Product

if TYPE_CHECKING:
    from django.db.models import QuerySet

KEPT: Final = ("q", "status", "category", "level")
"""What narrows the list of products."""


def export(request: HttpRequest, kind: str, suffix: str) -> StreamingHttpResponse:
    """`?status=draft`, or whatever else stands in the address of the list of products, is taken over from there."""
    if not request.user.has_perm("inventory.view_product"):
        raise PermissionDenied
    if kind not in ImportKind.values or suffix not in FORMATS:
        raise Http404
    write, media_type = FORMATS[suffix]
    products = _products(request)
    audit.note(request, Product, f"Exported {kind} as {suffix.upper()}: {_which(request)}")
    return StreamingHttpResponse(
        write(ImportKind(kind), products),
        content_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{kind}-{now():%Y-%m-%d}.{suffix}"',
            "Cache-Control": "no-store",
        },
    )


def links(request: HttpRequest, kind: ImportKind) -> list[dict[str, str]]:
    """To what the list of products shows, where this is it; else to everything."""
    if not request.user.has_perm("inventory.view_product"):
        return []
    kept = urlencode({name: value for name in KEPT if (value := request.GET.get(name))})
    query = f"?{kept}" if kept else ""
    return [
        {"title": suffix.upper(), "link": reverse("admin:inventory_import_export", args=[kind.value, suffix]) + query}
        for suffix in FORMATS
    ]


def _which(request: HttpRequest) -> str:
    named = {name: value if name != "q" else "searched for" for name in KEPT if (value := request.GET.get(name))}
    return ", ".join(f"{name} {value}"[:100] for name, value in named.items()) or "all"


def _products(request: HttpRequest) -> QuerySet[Product]:
    if not request.GET:
        return Product.objects.all()
    try:
        listed: QuerySet[Product] = admin.site.get_model_admin(Product).get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        raise Http404 from None
    return listed
