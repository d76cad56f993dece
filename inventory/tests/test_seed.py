"""The demo catalogue: believable, consistent, and loaded once or not at all."""

from __future__ import annotations

from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import F, Sum

from inventory import services
from inventory.api.serializers import NewProduct
from inventory.demo import demo_products
from inventory.errors import SkuTaken
from inventory.models import Product, StockMovement
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["inventory"])


def seed() -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue().strip()


def test_200_products_in_8_categories_each_with_words_of_its_own() -> None:
    products = demo_products()
    assert set(Counter(product["category"] for product in products).values()) == {25}
    assert len(products) == 200
    assert len({product["name"] for product in products}) == 200
    assert len({product["description"] for product in products}) == 200
    assert 5 <= sum(product["stock"] == 0 for product in products) <= 15


def test_each_demo_product_would_pass_the_api() -> None:
    for product in demo_products():
        NewProduct(data={**product, "price": product["price"] / 100}).is_valid(raise_exception=True)


def test_seeding_fills_an_empty_catalogue_and_says_so() -> None:
    assert seed() == "Loaded 200 demo products."
    assert Product.objects.count() == 200
    unlike = Product.objects.annotate(ledger=Sum("movements__delta", default=0)).exclude(ledger=F("stock"))
    assert not unlike.exists()
    assert OutboxEvent.objects.using("inventory").filter(type="product.created").count() == 200


def test_seeding_again_does_nothing_and_says_so() -> None:
    seed()
    movements = StockMovement.objects.count()
    assert seed() == "The catalogue is not empty: nothing to do."
    assert (Product.objects.count(), StockMovement.objects.count()) == (200, movements)


def test_seeding_is_all_or_nothing() -> None:
    products = demo_products()[:3]
    with pytest.raises(SkuTaken):
        services.seed_catalogue(products=[*products, products[0]])
    assert not Product.objects.exists()
