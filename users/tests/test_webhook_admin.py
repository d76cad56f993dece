"""Webhooks in the back office: seen without their secrets, and sent again where they were given up."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from shopflow.back_office.tests.people import member
from users.webhook_models import WebhookDelivery, WebhookEndpoint

pytestmark = pytest.mark.django_db(databases=["users"])

ENDPOINTS = reverse("admin:users_webhookendpoint_changelist")
DELIVERIES = reverse("admin:users_webhookdelivery_changelist")
SECRET = "whsec_nobody_sees_this"


@pytest.fixture
def operations() -> Client:
    client = Client()
    client.force_login(member("operations"))
    return client


@pytest.fixture
def endpoint() -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(
        url="https://partner.example/hooks", event_types=["order.confirmed"], secret=SECRET
    )


def delivery(endpoint: WebhookEndpoint, status: str) -> WebhookDelivery:
    finished_at = Now() if status in ("delivered", "failed") else None
    return WebhookDelivery.objects.create(
        endpoint=endpoint,
        event_id=uuid.uuid4(),
        event_type="order.confirmed",
        body="{}",
        status=status,
        give_up_at=Now() - timedelta(hours=1),
        finished_at=finished_at,
    )


def send_again(client: Client, *deliveries: WebhookDelivery) -> str:
    chosen = [str(delivery.pk) for delivery in deliveries]
    answer = client.post(DELIVERIES, {"action": "send_again", "_selected_action": chosen}, follow=True)
    return answer.content.decode()


def statuses() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("status", flat=True))


def test_nobody_sees_a_secret(operations: Client, endpoint: WebhookEndpoint) -> None:
    one = reverse("admin:users_webhookendpoint_change", args=[endpoint.pk])
    for url in (ENDPOINTS, one):
        page = operations.get(url).content.decode()
        assert "partner.example" in page
        assert SECRET not in page


def test_what_was_given_up_is_sent_again_and_nothing_else(operations: Client, endpoint: WebhookEndpoint) -> None:
    failed, delivered = delivery(endpoint, "failed"), delivery(endpoint, "delivered")
    assert "1 will be tried for another day." in send_again(operations, failed, delivered)
    assert statuses() == ["pending", "delivered"]
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == [f"Sent {failed} again."]


def test_an_endpoint_that_is_disabled_gets_nothing(operations: Client, endpoint: WebhookEndpoint) -> None:
    failed = delivery(endpoint, "failed")
    WebhookEndpoint.objects.update(disabled_at=Now())
    page = send_again(operations, failed)
    assert "The webhook endpoint is disabled." in page
    assert statuses() == ["failed"]
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(("asked", "found"), [("{pk}", True), ("0", False), ("nobody", False), ("9" * 30, False)])
def test_deliveries_are_found_by_their_endpoint(
    operations: Client, endpoint: WebhookEndpoint, asked: str, found: bool
) -> None:
    one = delivery(endpoint, "failed")
    page = operations.get(DELIVERIES, {"q": asked.format(pk=endpoint.pk)}).content.decode()
    assert (reverse("admin:users_webhookdelivery_change", args=[one.pk]) in page) == found


@pytest.mark.parametrize("group", ["catalogue", "stock", "orders"])
def test_other_groups_are_kept_out(group: str, endpoint: WebhookEndpoint) -> None:
    failed = delivery(endpoint, "failed")
    client = Client()
    client.force_login(member(group))
    assert [client.get(url).status_code for url in (ENDPOINTS, DELIVERIES)] == [403, 403]
    send_again(client, failed)
    assert statuses() == ["failed"]


def test_who_may_only_look_sends_nothing(endpoint: WebhookEndpoint) -> None:
    failed = delivery(endpoint, "failed")
    user = member("operations")
    group = user.groups.get()
    group.permissions.remove(group.permissions.get(codename="replay_deadletter"))
    client = Client()
    client.force_login(user)
    assert "Send those again" not in client.get(DELIVERIES).content.decode()
    send_again(client, failed)
    assert statuses() == ["failed"]


@pytest.mark.parametrize("letters", ["whsec_n", "whsec_x"])
def test_nobody_guesses_a_secret_by_filters_of_its_list(
    operations: Client, endpoint: WebhookEndpoint, letters: str
) -> None:
    assert operations.get(ENDPOINTS, {"secret__startswith": letters}).status_code == 400


def test_nobody_looks_into_the_bodies_by_filters_of_their_list(operations: Client, endpoint: WebhookEndpoint) -> None:
    assert operations.get(DELIVERIES, {"body__contains": "ada"}).status_code == 400
    assert operations.get(DELIVERIES, {"status__exact": "failed"}).status_code == 200
