"""Exports in the back office: everything, or what the list of products shows with the filters of the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.timezone import now

from inventory.import_models import ImportKind
from inventory.imports.exporting import FORMATS
from inventory.models import Product

if TYPE_CHECKING:
    from django.db.models import QuerySet


def export(request: HttpRequest, kind: str, suffix: str) -> StreamingHttpResponse:
    """`?status=draft`, or whatever else stands in the address of the list of products, is taken over from there."""
    if not request.user.has_perm("inventory.view_product"):
        raise PermissionDenied
    if kind not in ImportKind.values or suffix not in FORMATS:
        raise Http404
    write, media_type = FORMATS[suffix]
    return StreamingHttpResponse(
        write(ImportKind(kind), _products(request)),
        content_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{kind}-{now():%Y-%m-%d}.{suffix}"',
            "Cache-Control": "no-store",
        },
    )


def _products(request: HttpRequest) -> QuerySet[Product]:
    if not request.GET:
        return Product.objects.all()
    try:
        listed: QuerySet[Product] = admin.site.get_model_admin(Product).get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        raise Http404 from None
    return listed
