from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from inventory.import_models import Import
from inventory.models import Product, Reservation, StockMovement
from inventory.tests.conftest import make_product
from orders.models import Order
from payments.models import PaymentIntent
from shopflow.back_office import invariant_process
from shopflow.back_office.tests.matrix import LETTERS, PAGES
from shopflow.back_office.tests.people import member
from shopflow.messaging.models import OutboxEvent
from users.models import Notification, User
from users.webhook_models import WebhookDelivery, WebhookEndpoint

pytestmark = pytest.mark.django_db(databases=["users", "inventory", "orders", "payments"])
EVENT = UUID(int=7)


def named(patterns: Any) -> Iterator[URLPattern]:
    """Every address of the site; those without a name only redirect to others."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from named(pattern.url_patterns)
        elif pattern.name is not None:
            yield pattern


ADDRESSES = {pattern.name: pattern for pattern in named(admin.site.get_urls()) if pattern.name}


@pytest.fixture
def rows() -> dict[type[models.Model], models.Model]:
    """One of each table that has pages."""
    product = make_product()
    order = Order.objects.create(reservation_id=uuid4(), user_id=1, status="confirmed", currency="EUR", total=2550)
    now = timezone.now()
    OutboxEvent.objects.using("orders").create(
        event_id=EVENT, type="order.confirmed", aggregate_id="1", data={}, dead_at=now
    )
    ann = User.objects.create_user(username="ann", email="ann@example.com", password="x")
    endpoint = WebhookEndpoint.objects.create(url="https://hooks.example", event_types=[], secret="s")
    made = [
        endpoint,
        WebhookDelivery.objects.create(
            endpoint=endpoint, event_id=EVENT, event_type="order.shipped", body="", give_up_at=now
        ),
        product,
        StockMovement.objects.get(),
        Reservation.objects.create(id=uuid4(), expires_at=now + timedelta(hours=1)),
        Import.objects.create(kind="products", file_name="lamps.csv", state="checked"),
        order,
        PaymentIntent.objects.create(id=uuid4(), order_id=order.pk, amount=1, provider="simulated", status="created"),
        Notification.objects.create(
            user_id=ann.pk, order_id=order.pk, kind="order.confirmed", event_id=uuid4(), message_id="<1@shop>"
        ),
        LogEntry.objects.create(
            user_id=ann.pk, content_type=ContentType.objects.get_for_model(User), object_id="1", action_flag=2
        ),
        AccessAttempt.objects.create(
            username="x", user_agent="", http_accept="", path_info="", get_data="", post_data="", failures_since_start=1
        ),
        Group.objects.create(name="another"),
        ann,
    ]
    return {type(row): row for row in made}


@pytest.fixture(autouse=True)
def _no_process_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invariant_process, "start", lambda *, actor_id: None)


def address(name: str, rows: dict[type[models.Model], models.Model]) -> str:
    """Of the row that the page is about."""
    model = getattr(ADDRESSES[name].callback, "model_admin", None)
    of_model: Any = rows[model.model].pk if model is not None and model.model in rows else 1
    if name == "auth_user_password_change":
        of_model = rows[User].pk
    given = {
        "object_id": of_model,
        "id": of_model,
        "product_id": rows[Product].pk,
        "order_id": rows[Order].pk,
        "import_id": rows[Import].pk,
        "kind": "products",
        "suffix": "csv",
        "context": "orders",
        "event_id": EVENT,
        "content_type_id": 1,
        "app_label": "inventory",
    }
    if name.startswith("inventory_product_"):
        given["object_id"] = rows[Product].pk
    converters = ADDRESSES[name].pattern.regex.groupindex
    return reverse(f"admin:{name}", kwargs={key: given[key] for key in converters})


def is_open(client: Client, method: str, url: str) -> bool:
    """Neither refused nor not there, which the site answers by sending to its first page, nor sent to the door."""
    answer = getattr(client, method)(url)
    to = answer.headers.get("Location", "")
    elsewhere = to.startswith("/admin/login/?") or (to == "/admin/" and url != "/admin/login/")
    refused = answer.status_code in {403, 404, 405} or elsewhere
    assert answer.status_code < 500, url
    return not refused


def expected(group: str, who: str) -> bool:
    return who == "*" or group in {LETTERS[letter] for letter in who}


def test_every_address_is_in_the_table_and_the_table_names_no_other() -> None:
    assert set(ADDRESSES) == set(PAGES)


@pytest.mark.parametrize("group", [*LETTERS.values(), ""])
def test_each_group_opens_its_own_pages_and_no_other(
    group: str, client: Client, rows: dict[type[models.Model], models.Model]
) -> None:
    clerk = member(*[group] if group else [])
    wrong = []
    for name, allowed in PAGES.items():
        for method, who in zip(("get", "post"), allowed, strict=True):
            client.force_login(clerk)
            if is_open(client, method, address(name, rows)) != expected(group, who):
                wrong.append(f"{method} {name}: should be {'open' if expected(group, who) else 'refused'}")

    assert "\n".join(wrong) == ""


def test_who_is_not_logged_in_opens_nothing_but_the_door(
    client: Client, rows: dict[type[models.Model], models.Model]
) -> None:
    opened = {name for name in PAGES for method in ("get", "post") if is_open(client, method, address(name, rows))}

    assert opened == {"login", "login_code", "second_factor_set_up"}


def test_superusers_may_open_whatever_anybody_may(client: Client, rows: dict[type[models.Model], models.Model]) -> None:
    owner = User.objects.create_superuser(username="owner", email="owner@shop.example")
    refused = []
    for name, (look, _) in PAGES.items():
        client.force_login(owner)
        if look and not is_open(client, "get", address(name, rows)):
            refused.append(name)

    assert refused == []
