"""What can be done with a product besides changing its fields; asked first: links are followed by accident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from contracts.back_office import audit
from contracts.errors import Refused
from inventory import services
from inventory.models import Product, ProductStatus

MOST_AT_ONCE: Final = 500
"""Of one choice in the list: each is a transaction of its own, and a page must answer."""
PAGE: Final = "admin:inventory_product_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """`run` returns the id of the product that it leads to; `note` is what the history says of that one."""

    verb: str
    done: str
    warns: str
    of: frozenset[ProductStatus]
    run: Callable[[int], int]
    note: Callable[[Product], str]


def _publish(product_id: int) -> int:
    services.publish_product(product_id=product_id)
    return product_id


def _archive(product_id: int) -> int:
    services.archive_product(product_id=product_id, drafts=True)
    return product_id


def _duplicate(product_id: int) -> int:
    return services.duplicate_product(product_id=product_id)


PUBLISH: Final = Deed(
    verb="Publish",
    done="is on sale now",
    warns="Customers see it from now on, and can order what is in stock.",
    of=frozenset({ProductStatus.DRAFT}),
    run=_publish,
    note=lambda product: f"Status: {product.status.value} → active",
)
ARCHIVE: Final = Deed(
    verb="Archive",
    done="is archived",
    warns="It goes off sale for good: it can be neither changed nor published again. What was ordered stays ordered.",
    of=frozenset({ProductStatus.DRAFT, ProductStatus.ACTIVE}),
    run=_archive,
    note=lambda product: f"Status: {product.status.value} → archived",
)
DUPLICATE: Final = Deed(
    verb="Duplicate",
    done="has a copy, a draft that you see here",
    warns="A draft is made with the same texts, price and image, with a SKU of its own and without stock.",
    of=frozenset(ProductStatus),
    run=_duplicate,
    note=lambda product: f"Duplicated from {product.sku}",
)


def perform(request: HttpRequest, product: Product, deed: Deed) -> int:
    """Do it, and leave a trace of who did. Raises Refused."""
    leads_to = deed.run(product.pk)
    audit.note(request, Product.objects.get(pk=leads_to), deed.note(product))
    return leads_to


def ask(admin: Any, request: HttpRequest, product: Product, deed: Deed) -> HttpResponse:
    """The page that asks, and what it leads to."""
    here = reverse(PAGE, args=[product.pk])
    if product.status not in deed.of:
        admin.message_user(request, f"{product} is {product.status.value}: nothing was done.", messages.WARNING)
        return HttpResponseRedirect(here)
    if request.method != "POST":
        context = {**admin.admin_site.each_context(request), "opts": admin.opts, "product": product, "deed": deed}
        context |= {"title": f"{deed.verb} {product}", "back": here}
        return TemplateResponse(request, "admin/inventory/product/ask.html", context)
    try:
        leads_to = perform(request, product, deed)
    except Refused as refused:
        admin.message_user(request, str(refused), messages.ERROR)
        return HttpResponseRedirect(here)
    admin.message_user(request, f"{product} {deed.done}.", messages.SUCCESS)
    return HttpResponseRedirect(reverse(PAGE, args=[leads_to]))


def perform_all(admin: Any, request: HttpRequest, chosen: Any, deed: Deed) -> None:
    """Of what was chosen in the list, with what it does not fit left alone and told."""
    products = list(chosen[: MOST_AT_ONCE + 1])
    if len(products) > MOST_AT_ONCE:
        admin.message_user(request, f"Choose {MOST_AT_ONCE} at most: nothing was done.", messages.ERROR)
        return
    left = [str(product) for product in products if not _done(request, product, deed)]
    if len(left) < len(products):
        admin.message_user(request, f"{deed.verb}: {len(products) - len(left)} done.", messages.SUCCESS)
    if left:
        named = ", ".join(left[:5]) + (" and more" if len(left) > 5 else "")
        admin.message_user(
            request, f"{deed.verb}: left alone {len(left)}, whose status forbids it: {named}.", messages.WARNING
        )


def _done(request: HttpRequest, product: Product, deed: Deed) -> bool:
    if product.status not in deed.of:
        return False
    try:
        perform(request, product, deed)
    except Refused:
        return False
    return True
