"""Many members of staff at once, each at a browser, on a real PostgreSQL: the ledger always says what the stock is."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings, strategies as st

from inventory import ledger
from inventory.models import Product
from inventory.tests.conftest import make_product
from inventory.tests.staff import browser_of
from tests.threads import all_at_once

pytestmark = pytest.mark.django_db(databases=["users", "inventory"], transaction=True)

DATABASES = ["users", "inventory"]


def post(browser: Client, product: Product, deed: str, **typed: object) -> Any:
    url = reverse(f"admin:inventory_product_{deed}", kwargs={"product_id": product.pk})
    return browser.post(url, {"key": str(uuid.uuid4()), "note": "", **typed})


def browsers(count: int) -> list[Client]:
    return [browser_of("stock", username=f"keeper-{number}") for number in range(count)]


def in_ledger(product: Product) -> int:
    return int(product.movements.aggregate(sum=Sum("delta"))["sum"] or 0)


def test_two_who_adjust_at_once_both_count() -> None:
    product, open_forms = make_product(stock_level=10), browsers(2)

    def act(number: int) -> int:
        return int(post(open_forms[number], product, "adjust", delta=[-3, 2][number], reason="miscounted").status_code)

    assert all_at_once(2, act, databases=DATABASES) == [302, 302]
    product.refresh_from_db()
    assert product.stock == in_ledger(product) == 9
    actors = {movement.actor_id for movement in product.movements.exclude(actor_id=None)}
    assert actors == {int(browser.session["_auth_user_id"]) for browser in open_forms}


def test_of_those_who_take_the_last_at_once_one_is_told_that_none_is_left() -> None:
    product, open_forms = make_product(stock_level=1), browsers(2)
    answers = all_at_once(
        2, lambda n: post(open_forms[n], product, "adjust", delta=-1, reason="sample"), databases=DATABASES
    )
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    (refused,) = [answer for answer in answers if answer.status_code == 200]
    assert "Only 0 are there" in refused.content.decode()
    product.refresh_from_db()
    assert product.stock == in_ledger(product) == 0


def test_one_form_that_is_sent_many_times_at_once_counts_once() -> None:
    product, key = make_product(stock_level=10), str(uuid.uuid4())
    (browser,) = browsers(1)
    cookies = browser.cookies.output(header="", sep=";")

    def act(_: int) -> int:
        window = Client(headers={"cookie": cookies})
        return int(post(window, product, "receive", quantity=5, reference="LS-1", key=key).status_code)

    assert all_at_once(4, act, databases=DATABASES) == [302] * 4
    product.refresh_from_db()
    assert product.stock == in_ledger(product) == 15


@pytest.fixture
def keeper() -> Client:
    return browsers(1)[0]


deeds = st.tuples(st.sampled_from(["adjust", "receive"]), st.integers(-8, 8))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=st.lists(deeds, min_size=1, max_size=8))
def test_whatever_they_do_twice_over_the_stock_is_what_its_ledger_says(
    keeper: Client, sequence: list[tuple[str, int]]
) -> None:
    product, expected = make_product(stock_level=5), [5]
    for deed, number in sequence:
        form = {"delta": number, "quantity": number, "reason": "found", "key": str(uuid.uuid4())}
        for _ in range(2):
            post(keeper, product, deed, **form)
        if number and expected[-1] + number >= 0 and (deed == "adjust" or number > 0):
            expected.append(expected[-1] + number)
        product.refresh_from_db()
        assert product.stock == in_ledger(product) == expected[-1]
    lines = ledger.timeline(product_id=product.pk, limit=50).movements
    assert [line.balance for line in reversed(lines)] == expected
