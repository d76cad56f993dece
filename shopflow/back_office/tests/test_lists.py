"""Whatever an address asks for: lists are sorted and filtered by what they offer alone."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from contracts.back_office.pages import List, Page
from shopflow.back_office.tests.people import member

pytestmark = pytest.mark.django_db(databases=["users", "payments"])
PAYMENTS = reverse("admin:payments_paymentintent_changelist")


def test_every_list_keeps_the_conventions() -> None:
    pages = admin.site._registry.values()
    request = RequestFactory().get("/")
    kept = [page for page in pages if isinstance(page, Page) and issubclass(page.get_changelist(request), List)]
    assert [*pages] == kept


def test_a_list_is_in_no_order_that_it_does_not_offer(client: Client) -> None:
    client.force_login(member("orders"))
    answer = client.get(PAYMENTS, {"o": "2"})
    assert answer.context["cl"].queryset.query.order_by == ("-order_id",)
    assert 'class="sortable' not in answer.content.decode()


def test_a_list_is_filtered_by_nothing_that_it_does_not_offer(client: Client) -> None:
    client.force_login(member("orders"))
    assert client.get(PAYMENTS, {"payment_method__startswith": "pm_"}).status_code == 400
    assert client.get(PAYMENTS, {"status__exact": "captured"}).status_code == 200
