"""What the tests of the catalogue's pages in the back office share."""

from __future__ import annotations

import re
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from inventory.models import Product
from shopflow.back_office.tests.people import member

LIST: Final = reverse("admin:inventory_product_changelist")
ADD: Final = reverse("admin:inventory_product_add")
FORM: Final[dict[str, Any]] = {
    "name": "Desk Lamp",
    "sku": "",
    "category": "Home",
    "description": "",
    "price": "25.50",
    "currency": "EUR",
    "image_url": "",
    "low_stock_at": "",
}


def keeper() -> Client:
    """Who may do everything."""
    user = get_user_model()._default_manager.create_superuser(
        username="keeper", email="keeper@example.com", password="correct horse 7"
    )
    return logged_in(user)


def of_group(*groups: str) -> Client:
    return logged_in(member(*groups))


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(product: Product) -> str:
    return reverse("admin:inventory_product_change", args=[product.pk])


def deed_of(product: Product, deed: str) -> str:
    return reverse(f"admin:inventory_product_{deed}", args=[product.pk])


def form_of(product: Product, **typed: str) -> dict[str, Any]:
    """What a browser sends that opened the page when the product was as it is here."""
    return {**FORM, "sku": product.sku, "seen": product.updated_at.isoformat(), **typed}


def rows(*products: Product, **prices: str) -> dict[str, Any]:
    """What a browser sends that showed a list of these, with the prices typed by SKU."""
    form: dict[str, Any] = {"form-TOTAL_FORMS": len(products), "form-INITIAL_FORMS": len(products), "_save": "Save"}
    for number, product in enumerate(products):
        shown = f"{product.price / 100:.2f}"
        form |= {
            f"form-{number}-id": product.pk,
            f"form-{number}-price": prices.get(product.sku, shown),
            f"initial-form-{number}-price": shown,
            f"form-{number}-updated_at": product.updated_at.isoformat(),
        }
    return form


def seen_on(page: str) -> str:
    """The token in the page's form."""
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    return found[1]
