"""Who may do what with the catalogue in the back office, by URL too."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from inventory.models import Product
from inventory.tests.back_office import ADD, FORM, LIST, deed_of, form_of, of_group, page_of, rows
from inventory.tests.conftest import make_product

pytestmark = pytest.mark.django_db(databases=["users", "inventory"])
DEEDS = ("publish", "archive", "duplicate")


def test_the_catalogues_people_change_products_and_no_stock() -> None:
    client = of_group("catalogue")
    made = client.post(ADD, {**FORM, "opening_stock": "3", "on_sale": "on"})
    product = Product.objects.get()
    assert (made.status_code, product.stock, product.status) == (302, 0, "active")
    assert "opening_stock" not in client.get(ADD).content.decode()
    page = client.get(page_of(product)).content.decode()
    assert ("/adjust" in page, "/receive" in page) == (False, False)
    assert client.post(page_of(product), form_of(product, name="Lamp")).status_code == 302
    assert [client.get(deed_of(product, deed)).status_code for deed in ("archive", "duplicate")] == [200, 200]


@pytest.mark.parametrize("group", ["stock"])
def test_the_stocks_people_see_products_and_change_none(group: str) -> None:
    client, product = of_group(group), make_product()
    listed = client.get(LIST).content.decode()
    assert (product.sku in listed, "25.50 EUR" in listed, 'name="_save"' in listed) == (True, True, False)
    assert 'type="number"' not in listed
    page = client.get(page_of(product)).content.decode()
    assert ("25.50 EUR" in page, 'name="_save"' in page) == (True, False)
    for stock_page in ("adjust", "receive", "ledger"):
        assert f'href="{reverse(f"admin:inventory_product_{stock_page}", args=[product.pk])}"' in page
    assert client.get(ADD).status_code == 403
    _changes_nothing(client, product)


@pytest.mark.parametrize("group", ["orders", "operations"])
def test_others_see_no_products(group: str) -> None:
    client, product = of_group(group), make_product()
    assert [client.get(url).status_code for url in (LIST, ADD, page_of(product))] == [403, 403, 403]
    _changes_nothing(client, product)


def test_nobody_else_comes_in() -> None:
    product = make_product()
    for url in (LIST, ADD, page_of(product), *(deed_of(product, deed) for deed in DEEDS)):
        for answer in (Client().get(url), Client().post(url)):
            assert (answer.status_code, "/login/" in answer.headers["Location"]) == (302, True)


def _changes_nothing(client: Client, product: Product) -> None:
    before = Product.objects.values().get()
    posts = [client.post(ADD, FORM), client.post(page_of(product), form_of(product))]
    posts += [client.post(LIST, rows(product, **{product.sku: "1"}))]
    posts += [client.post(deed_of(product, deed)) for deed in DEEDS]
    assert {answer.status_code for answer in posts} == {403}
    for deed in DEEDS:
        client.post(LIST, {"action": f"{deed}_chosen", "_selected_action": [product.pk], "index": 0})
    assert Product.objects.values().get() == before
