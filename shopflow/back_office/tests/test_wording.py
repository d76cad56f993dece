"""What every page says in the same way: where one is, what is called what, and when something was."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import localize

from users.models import User

pytestmark = pytest.mark.django_db(databases=["users", "inventory", "orders", "payments"])

TITLE = re.compile(r"<h1.*?</h1>", re.DOTALL)
ACTIVE = re.compile(r'<a href="([^"]*)"[^>]*\bactive\b')


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser(username="owner", email="owner@shop.example"))
    return client


def words(html: str) -> list[str]:
    return re.sub(r"<[^>]*>|chevron_right|dock_to_right", " ", html).split()


@pytest.mark.parametrize(
    ("page", "called"),
    [
        ("payments_paymentintent_changelist", "Payments"),
        ("users_notification_changelist", "E-mails"),
        ("admin_logentry_changelist", "Audit log"),
        ("axes_accessattempt_changelist", "Failed logins"),
        ("orders_order_changelist", "Orders"),
    ],
)
def test_a_list_is_called_what_leads_to_it(owner: Client, page: str, called: str) -> None:
    [title] = TITLE.findall(owner.get(reverse(f"admin:{page}")).content.decode())
    assert words(title)[: len(called.split())] == called.split()


def test_one_place_of_the_sidebar_is_where_one_is(owner: Client) -> None:
    """The pages of the low and the found stock are below that of the ledger."""
    for name in ("inventory_product_low_stock", "inventory_stock", "inventory_stockmovement_changelist"):
        url = reverse(f"admin:{name}")
        assert ACTIVE.findall(owner.get(url).content.decode()) == [url]


def test_a_moment_is_written_as_our_own_pages_write_it() -> None:
    assert localize(datetime(2026, 11, 1, 16, 5, tzinfo=UTC)) == "1 Nov 2026, 16:05"
