"""A product's ledger: newest first, each line with what was there after it, and what there was at any moment."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.inventory import StockLine
from inventory import ledger, stock
from inventory.models import MovementKind, Product, StockMovement
from inventory.tests.conftest import make_product, reservation_id
from inventory.tests.staff import browser_of
from shopflow.back_office.tests.people import member

pytestmark = pytest.mark.django_db(databases=["users", "inventory"])

LONG_AGO = datetime(2026, 1, 31, 12, tzinfo=UTC)


def page_of(product: Product, **query: object) -> str:
    return reverse("admin:inventory_product_ledger", query=query, kwargs={"product_id": product.pk})


def product_with(*deltas: int, every: timedelta = timedelta(hours=1), since: datetime = LONG_AGO) -> Product:
    """Whose stock moved by these, one after the other."""
    product = Product.objects.create(sku="LAMP-1", name="Lamp", price=100, stock=sum(deltas), created_at=since)
    StockMovement.objects.bulk_create(
        StockMovement(product=product, delta=delta, kind="adjustment", created_at=since + number * every)
        for number, delta in enumerate(deltas)
    )
    return product


def text_of(answer: Any) -> str:
    return " ".join(html.unescape(answer.content.decode()).split())


@pytest.fixture
def keeper() -> Client:
    return browser_of("stock", username="keeper")


def test_newest_first_and_each_with_what_was_there_after_it(keeper: Client) -> None:
    lines = keeper.get(page_of(product_with(10, -3, 5))).context["lines"]
    shown = [(line["movement"].delta, line["movement"].balance) for line in lines]
    assert shown == [(5, 12), (-3, 7), (10, 10)]


def test_older_pages_go_on_where_the_newer_stopped() -> None:
    product = product_with(*[1] * 7)
    first = ledger.timeline(product_id=product.pk, limit=3)
    second = ledger.timeline(product_id=product.pk, limit=3, before=first.older or 0)
    last = ledger.timeline(product_id=product.pk, limit=3, before=second.older or 0)
    assert [[line.balance for line in page.movements] for page in (first, second, last)] == [[7, 6, 5], [4, 3, 2], [1]]
    assert last.older is None


def test_the_page_leads_to_the_older_ones_and_back(keeper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.admin.ledger.LINES", 2)
    product = product_with(1, 1, 1)
    newest = keeper.get(page_of(product))
    assert f'href="?before={newest.context["older"]}"' in text_of(newest)
    older = keeper.get(page_of(product, before=newest.context["older"]))
    assert [line["movement"].balance for line in older.context["lines"]] == [1]
    assert ('<a class="text-link" href="?">Newest</a>' in text_of(older), older.context["chart"]) == (True, None)


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "9" * 5000, "²"])
def test_a_place_that_is_none_is_the_newest(keeper: Client, before: str) -> None:
    answer = keeper.get(page_of(product_with(4), before=before))
    assert [line["movement"].balance for line in answer.context["lines"]] == [4]


def test_says_who_and_why_and_leads_to_the_reservation(keeper: Client) -> None:
    product = make_product(stock_level=10)
    keeper.post(
        reverse("admin:inventory_product_adjust", kwargs={"product_id": product.pk}),
        {"key": reservation_id(), "delta": "-1", "reason": "miscounted", "note": "Shelf 4"},
    )
    held = stock.reserve_stock(
        reservation_id=reservation_id(), lines=[StockLine(product_id=product.pk, quantity=2)], ttl_seconds=900
    )
    answer = keeper.get(page_of(product))
    newest, adjusted, _ = answer.context["lines"]
    assert (newest["kind"], newest["movement"].balance, newest["who"]) == ("Reserved for an order", 7, "")
    assert (adjusted["who"], adjusted["reason"], adjusted["movement"].note) == (
        "keeper",
        "Miscounted before",
        "Shelf 4",
    )
    assert "Miscounted before: Shelf 4" in text_of(answer)
    link = reverse("admin:inventory_reservation_change", args=[held.reservation_id])
    assert f'href="{link}"' in text_of(answer)
    assert keeper.get(link).status_code == 200


def test_whoever_did_it_and_is_gone_is_told_by_number(keeper: Client) -> None:
    product = make_product(stock_level=1)
    stock.adjust_stock(
        product_id=product.pk, delta=1, kind=MovementKind.ADJUSTMENT, reason="Broken", actor_id=987654321
    )
    line = keeper.get(page_of(product)).context["lines"][0]
    assert (line["who"], line["reason"]) == ("user 987654321", "Broken")


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(-1, None), (0, 10), (59, 10), (60, 7), (90, 7), (120, 12), (1000, 12)],
)
def test_the_stock_as_of_a_moment(minutes: int, said: int | None) -> None:
    then = ledger.stock_as_of(product_id=product_with(10, -3, 5).pk, moment=LONG_AGO + timedelta(minutes=minutes))
    assert (then and then.stock) == said


def test_what_waited_for_another_gives_a_stock_that_really_stood() -> None:
    """It began earlier, but was counted later: a sum by times would be negative in between."""
    product = product_with(5, -5, every=-timedelta(milliseconds=5))
    for moment in (LONG_AGO - timedelta(milliseconds=5), LONG_AGO - timedelta(milliseconds=1)):
        then = ledger.stock_as_of(product_id=product.pk, moment=moment)
        assert then
        assert then.stock == 0


def test_the_page_answers_for_a_moment_and_leads_there(keeper: Client) -> None:
    product = product_with(10, -3, 5)
    answer = keeper.get(page_of(product, at="2026-01-31T13:30"))
    assert "On 31 Jan 2026, 13:30 there were <strong>7</strong>, since 31 Jan 2026, 13:00." in text_of(answer)
    up_to_then = keeper.get(page_of(product, before=answer.context["then"].id + 1))
    assert up_to_then.context["lines"][0]["movement"].balance == 7


def test_before_the_first_movement_there_was_nothing(keeper: Client) -> None:
    answer = keeper.get(page_of(product_with(10), at="2025-12-31"))
    assert "On 31 Dec 2025, 00:00 there were <strong>0</strong>, for nothing had moved yet." in text_of(answer)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2999-01-01T00:00", "That is still to come. Enter a moment that has been."),
        ("yesterday", "Enter a day and a time, like 2026-05-31T18:00."),
        ("", "This field is required."),
    ],
)
def test_a_moment_that_is_none_is_refused_beside_its_field(keeper: Client, at: str, said: str) -> None:
    answer = keeper.get(page_of(product_with(10), at=at))
    assert (answer.status_code, answer.context["form"].errors) == (200, {"at": [said]})


def test_the_chart_has_the_stock_at_the_end_of_each_day(keeper: Client) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    product = product_with(10, -3, 5, 1, since=today - timedelta(days=4), every=timedelta(days=1))
    chart = keeper.get(page_of(product)).context["chart"]
    data = json.loads(chart["data"])
    assert data["datasets"][0]["data"] == [10, 7, 12, 13, 13]
    assert data["labels"][-1] == f"{today:%d %b}"
    assert chart["caption"] == ("Stock over the last 5 days, at the end of each: from 10 to 13, lowest 7, highest 13.")


def test_no_chart_goes_back_further_than_its_days() -> None:
    product = product_with(10, -3, since=datetime.now(UTC) - timedelta(days=400), every=timedelta(days=1))
    by_day = ledger.stock_by_day(product_id=product.pk, days=90)
    assert (len(by_day), {day.stock for day in by_day}) == (90, {7})
    assert by_day[-1].day == datetime.now(UTC).date()


def test_of_what_is_new_the_chart_shows_each_movement(keeper: Client) -> None:
    chart = keeper.get(page_of(product_with(10, -3, since=datetime.now(UTC), every=timedelta()))).context["chart"]
    assert json.loads(chart["data"])["datasets"][0]["data"] == [10, 7, 7]
    assert chart["caption"] == "Stock over the last 2 movements: from 10 to 7, lowest 7, highest 10."


def test_where_nothing_has_moved_the_page_says_what_to_do(keeper: Client) -> None:
    answer = keeper.get(page_of(make_product(stock_level=0)))
    assert "Nothing has moved yet. Receive the first delivery to fill the stock." in text_of(answer)


def test_a_page_costs_as_many_statements_for_many_lines_and_people_as_for_one(keeper: Client) -> None:
    product, costs = make_product(stock_level=10), []
    keeper.get(page_of(product))  # the first page of a session writes the session, too
    for number in range(3):
        who = member("stock", username=f"colleague-{number}")
        stock.adjust_stock(product_id=product.pk, delta=1, kind=MovementKind.ADJUSTMENT, actor_id=who.pk)
        with (
            CaptureQueriesContext(connections["inventory"]) as ours,
            CaptureQueriesContext(connections["users"]) as theirs,
        ):
            keeper.get(page_of(product, at="2026-01-31T13:30"))
        costs.append((len(ours), len(theirs)))
    assert costs == [(4, 5)] * 3
