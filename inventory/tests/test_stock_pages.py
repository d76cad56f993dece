"""People who keep the stock adjust it and receive deliveries; each deed is in the ledger, once, with who did it."""

from __future__ import annotations

import html
import uuid
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory import services
from inventory.models import Product
from inventory.stock import adjust_stock
from inventory.tests.conftest import make_product
from inventory.tests.staff import browser_of
from shopflow.messaging.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["users", "inventory"])


def page_of(product: Product, deed: str) -> str:
    return reverse(f"admin:inventory_product_{deed}", kwargs={"product_id": product.pk})


def adjustment(**typed: object) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "delta": "-2", "reason": "damaged", "note": "", **typed}


def delivery(**typed: object) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "quantity": "24", "reference": "LS-7", "note": "", **typed}


def stock_of(product: Product) -> int:
    return Product.objects.values_list("stock", flat=True).get(pk=product.pk)


def newest(product: Product) -> tuple[Any, ...]:
    return product.movements.order_by("-id").values_list("delta", "kind", "reason", "note", "reference", "actor_id")[0]


def me() -> int:
    return int(get_user_model()._default_manager.values_list("pk", flat=True).get(username="keeper"))


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def keeper() -> Client:
    return browser_of("stock", username="keeper")


def test_an_adjustment_is_in_the_ledger_and_in_the_log_with_who_did_it(keeper: Client) -> None:
    product = make_product(stock_level=10)
    answer = keeper.post(page_of(product, "adjust"), adjustment(note="Fell off the shelf"))
    assert (answer.status_code, answer["Location"]) == (302, page_of(product, "ledger"))
    assert stock_of(product) == 8
    assert newest(product) == (-2, "adjustment", "damaged", "Fell off the shelf", "", me())
    entry = LogEntry.objects.get()
    assert (entry.user_id, entry.object_id, entry.change_message) == (
        me(),
        str(product.pk),
        "Stock adjusted: -2, now 8.",
    )
    assert OutboxEvent.objects.using("inventory").latest("id").data == {
        "product_id": product.pk,
        "delta": -2,
        "stock": 8,
    }
    assert "Stock adjusted: -2, now 8." in text_of(keeper.get(answer["Location"]))


def test_a_delivery_has_the_number_of_its_note(keeper: Client) -> None:
    product = make_product(stock_level=10)
    assert keeper.post(page_of(product, "receive"), delivery(note="Two boxes")).status_code == 302
    assert (stock_of(product), newest(product)) == (34, (24, "delivery", "", "Two boxes", "LS-7", me()))
    assert LogEntry.objects.get().change_message == "Delivery received: +24, now 34."


@pytest.mark.parametrize(("deed", "form"), [("adjust", adjustment()), ("receive", delivery())])
def test_a_form_that_is_sent_twice_counts_once(keeper: Client, deed: str, form: dict[str, Any]) -> None:
    product = make_product(stock_level=10)
    keeper.post(page_of(product, deed), form)
    once = stock_of(product)
    answer = keeper.post(page_of(product, deed), form, follow=True)
    assert (stock_of(product), LogEntry.objects.count()) == (once, 1)
    assert "This form was sent before and counted then" in text_of(answer)


def test_a_form_from_before_with_another_number_says_what_counted(keeper: Client) -> None:
    product, form = make_product(stock_level=10), adjustment()
    keeper.post(page_of(product, "adjust"), form)
    answer = keeper.post(page_of(product, "adjust"), {**form, "delta": "-5"}, follow=True)
    assert stock_of(product) == 8
    assert "counted then, as -2. It was not counted again. For -5, open it anew." in text_of(answer)


def test_each_form_that_is_opened_has_a_key_of_its_own(keeper: Client) -> None:
    page = page_of(make_product(), "adjust")
    assert keeper.get(page).context["form"]["key"].value() != keeper.get(page).context["form"]["key"].value()


def test_taking_more_than_is_there_says_how_many_are(keeper: Client) -> None:
    product, form = make_product(stock_level=5), adjustment(delta="-6")
    answer = keeper.post(page_of(product, "adjust"), form)
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"delta": ["Only 5 are there, so no more than that can be taken away."]}
    assert (stock_of(product), LogEntry.objects.count()) == (5, 0)
    assert keeper.post(page_of(product, "adjust"), {**form, "delta": "-5"}).status_code == 302
    assert stock_of(product) == 0


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"delta": "0"}, "delta", "0 changes nothing. Enter how many more or fewer there are."),
        ({"delta": ""}, "delta", "This field is required."),
        ({"delta": "-2147483648"}, "delta", "Ensure this value is greater than or equal to -2147483647."),
        ({"reason": ""}, "reason", "This field is required."),
        ({"reason": "mice"}, "reason", "Select a valid choice. mice is not one of the available choices."),
        ({"reason": "other"}, "note", "Say why: the reason is “Other”."),
        ({"reason": "other", "note": "  "}, "note", "Say why: the reason is “Other”."),
        ({"key": ""}, "key", "This form is incomplete. Open the page anew."),
        ({"key": "7"}, "key", "This form is incomplete. Open the page anew."),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(keeper: Client, typed: dict[str, str], field: str, said: str) -> None:
    product = make_product(stock_level=5)
    answer = keeper.post(page_of(product, "adjust"), adjustment(**typed))
    assert (answer.status_code, answer.context["form"].errors) == (200, {field: [said]})
    assert said in text_of(answer)
    assert stock_of(product) == 5


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", ""])
def test_a_delivery_brings_something(keeper: Client, quantity: str) -> None:
    product = make_product(stock_level=5)
    answer = keeper.post(page_of(product, "receive"), delivery(quantity=quantity))
    assert (answer.status_code, [*answer.context["form"].errors]) == (200, ["quantity"])
    assert stock_of(product) == 5


def test_drafts_are_stocked_before_they_are_sold(keeper: Client) -> None:
    product = Product.objects.create(sku="D-1", name="Draft", price=100, active=False)
    assert keeper.post(page_of(product, "receive"), delivery()).status_code == 302
    assert stock_of(product) == 24


def test_what_is_archived_keeps_its_stock(keeper: Client) -> None:
    product = make_product(stock_level=5)
    services.archive_product(product_id=product.pk)
    for answer in (
        keeper.get(page_of(product, "adjust"), follow=True),
        keeper.post(page_of(product, "adjust"), adjustment(), follow=True),
    ):
        assert "It is archived: its stock no longer changes." in text_of(answer)
    assert (stock_of(product), LogEntry.objects.count()) == (5, 0)


def test_what_is_archived_while_its_form_is_open_keeps_its_stock(
    keeper: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = make_product(stock_level=5)
    form = adjustment()

    def too_late(**arguments: Any) -> int:
        services.archive_product(product_id=product.pk)
        return adjust_stock(**arguments)

    monkeypatch.setattr("inventory.admin.moves.adjust_stock", too_late)
    answer = keeper.post(page_of(product, "adjust"), form, follow=True)
    assert "It is archived: its stock no longer changes." in text_of(answer)
    assert stock_of(product) == 5


def test_a_product_that_does_not_exist_has_no_pages(keeper: Client) -> None:
    for deed in ("adjust", "receive", "ledger"):
        assert (
            keeper.get(reverse(f"admin:inventory_product_{deed}", kwargs={"product_id": 987654321})).status_code == 404
        )
        assert keeper.get(reverse(f"admin:inventory_product_{deed}", kwargs={"product_id": 10**30})).status_code == 404


@pytest.mark.parametrize("group", ["catalogue", "orders", "operations"])
def test_only_the_stock_group_moves_stock_or_reads_its_ledger(group: str) -> None:
    product, other = make_product(stock_level=5), browser_of(group)
    for deed, form in (("adjust", adjustment()), ("receive", delivery()), ("ledger", {})):
        assert other.get(page_of(product, deed)).status_code == 403
        assert other.post(page_of(product, deed), form).status_code == 403
    assert other.get(reverse("admin:inventory_stockmovement_changelist")).status_code == 403
    assert other.get(reverse("admin:inventory_stock")).status_code == 403
    assert stock_of(product) == 5


def test_a_visitor_is_asked_to_log_in() -> None:
    page = page_of(make_product(), "adjust")
    for answer in (Client().get(page), Client().post(page, adjustment())):
        assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={page}")


def test_what_people_write_is_shown_as_they_wrote_it(keeper: Client) -> None:
    product = make_product(name="<script>alert(1)</script>")
    keeper.post(page_of(product, "adjust"), adjustment(note="<b>bold</b>"))
    for page in ("ledger", "adjust"):
        shown = keeper.get(page_of(product, page)).content.decode()
        assert ("<script>alert(1)" in shown, "&lt;script&gt;alert(1)" in shown) == (False, True)
    assert "&lt;b&gt;bold&lt;/b&gt;" in keeper.get(page_of(product, "ledger")).content.decode()


def test_a_page_reads_the_product_and_nothing_else(keeper: Client) -> None:
    page = page_of(make_product(), "adjust")
    with CaptureQueriesContext(connections["inventory"]) as queries:
        keeper.get(page)
    assert len(queries) == 1


def test_an_adjustment_is_one_statement(keeper: Client) -> None:
    page = page_of(make_product(), "adjust")
    with CaptureQueriesContext(connections["inventory"]) as queries:
        keeper.post(page, adjustment())
    assert len(queries) == 2  # the product, and what moves it
