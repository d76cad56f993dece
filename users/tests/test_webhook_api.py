"""The API of webhooks: staff registers endpoints, and sees what was sent to them."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import LazySettings
from django.db.models.functions import Now
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from contracts.events import OrderShipped
from contracts.messaging import Envelope
from users.tests.conftest import Answer
from users.tests.receiver import receiving, status
from users.tests.resolver import Resolver
from users.webhook_models import WebhookDelivery, WebhookEndpoint
from users.webhooks import queue
from users.webhooks.jobs import deliver_webhooks

pytestmark = pytest.mark.django_db(databases=["users"])

ENDPOINTS = "/api/v1/webhooks/endpoints"
DELIVERIES = "/api/v1/webhooks/deliveries"
URL = "https://hooks.example/shop"
SHOWN = {
    "id", "url", "description", "event_types", "enabled", "disabled_at", "disabled_reason", "previous_until",
    "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    resolver = Resolver(monkeypatch)
    resolver.knows("hooks.example", ["93.184.215.14"])
    return resolver


def client(*, is_staff: bool | None = True) -> APIClient:
    """Of a member of staff, of a customer, or of somebody without a token (None)."""
    client = APIClient()
    if is_staff is not None:
        rights = ("operations",) if is_staff else ("catalogue", "stock", "orders")
        holder = SimpleNamespace(id=7, is_staff=is_staff, rights=rights, is_authenticated=True)
        client.force_authenticate(holder)  # type: ignore[arg-type]
    return client


def send(method: str, path: str, *, is_staff: bool | None = True, **body: Any) -> Answer:
    api = client(is_staff=is_staff)
    answer: Answer = api.generic(method, path, json.dumps(body) if body else "", content_type="application/json")
    return answer


def registered(**more: Any) -> dict[str, Any]:
    answer = send("POST", ENDPOINTS, **{"url": URL, "event_types": ["order.shipped"], **more})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def told(count: int = 1) -> list[int]:
    """The ids of as many deliveries, from the oldest on."""
    queue.enqueue(
        [
            Envelope(
                event_id=str(uuid.uuid4()),
                occurred_at=datetime.now(UTC),
                headers={},
                event=OrderShipped(order_id=number, user_id=7, tracking=""),
            )
            for number in range(count)
        ]
    )
    return list(WebhookDelivery.objects.order_by("id").values_list("id", flat=True))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ENDPOINTS),
        ("POST", ENDPOINTS),
        ("GET", f"{ENDPOINTS}/1"),
        ("PATCH", f"{ENDPOINTS}/1"),
        ("DELETE", f"{ENDPOINTS}/1"),
        ("POST", f"{ENDPOINTS}/1/rotate"),
        ("GET", f"{ENDPOINTS}/1/deliveries"),
        ("GET", f"{DELIVERIES}/1"),
        ("POST", f"{DELIVERIES}/1/redeliver"),
    ],
)
def test_it_is_for_staff_alone(method: str, path: str) -> None:
    assert send(method, path, is_staff=False).status_code == 403
    assert send(method, path, is_staff=None).status_code == 401


def test_an_endpoint_is_registered_and_its_secret_told_once() -> None:
    answer = send("POST", ENDPOINTS, url=URL, event_types=["order.shipped", "order.confirmed"], description="Parcels")
    endpoint = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == f"{ENDPOINTS}/{endpoint['id']}"
    assert answer["Cache-Control"] == "no-store"
    assert set(endpoint) == SHOWN | {"secret"}
    assert endpoint["secret"].startswith("whsec_")
    assert endpoint["event_types"] == ["order.confirmed", "order.shipped"]
    assert (endpoint["enabled"], endpoint["disabled_at"], endpoint["description"]) == (True, None, "Parcels")

    del endpoint["secret"]
    assert send("GET", f"{ENDPOINTS}/{endpoint['id']}").json() == endpoint
    assert send("GET", ENDPOINTS).json() == [endpoint]


def test_no_two_endpoints_have_one_secret() -> None:
    assert registered()["secret"] != registered()["secret"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://localhost/", "This host has an address that is not public."),
        ("https://169.254.169.254/latest", "This host has an address that is not public."),
        ("http://hooks.example/", "Must begin with https://."),
        ("https://ann:word@hooks.example/", "Must hold no user name and no password."),
        ("https://no-such-host.invalid/", "This host cannot be resolved."),
    ],
)
def test_where_no_webhook_may_go_none_is_registered(url: str, message: str) -> None:
    for method, path in (("POST", ENDPOINTS), ("PATCH", f"{ENDPOINTS}/{registered()['id']}")):
        answer = send(method, path, url=url, event_types=["order.shipped"])
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert answer.json()["errors"] == {"url": [message]}
    assert list(WebhookEndpoint.objects.values_list("url", flat=True)) == [URL]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"event_types": ["order.shipped"]}, "url"),
        ({"url": URL}, "event_types"),
        ({"url": URL, "event_types": []}, "event_types"),
        ({"url": URL, "event_types": ["order.eaten"]}, "event_types.0"),
        ({"url": URL, "event_types": "order.shipped"}, "event_types"),
        ({"url": URL, "event_types": ["order.shipped"], "secret": "whsec_mine"}, "secret"),
    ],
)
def test_what_is_wrong_with_a_body_is_named(body: dict[str, Any], field: str) -> None:
    answer = send("POST", ENDPOINTS, **body)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


def test_an_endpoint_is_changed_disabled_and_enabled() -> None:
    path = f"{ENDPOINTS}/{registered()['id']}"
    changed = send("PATCH", path, event_types=["payment.captured"], description="Money", enabled=False).json()
    assert (changed["event_types"], changed["description"], changed["enabled"]) == (
        ["payment.captured"],
        "Money",
        False,
    )
    assert changed["disabled_reason"] == "Disabled by staff."
    enabled = send("PATCH", path, enabled=True).json()
    assert (enabled["enabled"], enabled["disabled_at"], enabled["disabled_reason"]) == (True, None, "")
    assert (enabled["url"], enabled["description"]) == (URL, "Money")
    assert "secret" not in enabled


def test_a_secret_is_replaced() -> None:
    first = registered()
    answer = send("POST", f"{ENDPOINTS}/{first['id']}/rotate")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["secret"] not in {first["secret"], ""}
    until = parse_datetime(answer.json()["previous_until"])
    assert until is not None
    assert abs(until - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=1)


def test_an_endpoint_is_deleted() -> None:
    path = f"{ENDPOINTS}/{registered()['id']}"
    assert send("DELETE", path).status_code == 204
    for method in ("GET", "DELETE"):
        answer = send(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "endpoint_not_found")


@pytest.mark.parametrize("id", [1, 2**63, 10**30])
def test_what_is_not_there_is_not_found(id: int) -> None:
    for method, path in (
        ("GET", f"{ENDPOINTS}/{id}"),
        ("DELETE", f"{ENDPOINTS}/{id}"),
        ("POST", f"{ENDPOINTS}/{id}/rotate"),
        ("GET", f"{ENDPOINTS}/{id}/deliveries"),
        ("GET", f"{DELIVERIES}/{id}"),
        ("POST", f"{DELIVERIES}/{id}/redeliver"),
    ):
        assert send(method, path).status_code == 404
    assert send("PATCH", f"{ENDPOINTS}/{id}", enabled=True).status_code == 404


def test_endpoints_come_by_pages() -> None:
    ids = [registered()["id"] for _ in range(3)]
    first = send("GET", f"{ENDPOINTS}?limit=2")
    following = first["Link"].partition("<")[2].partition(">")[0]
    second = send("GET", following)
    assert [endpoint["id"] for endpoint in first.json()] == ids[:2]
    assert [endpoint["id"] for endpoint in second.json()] == ids[2:]
    assert not second.has_header("Link")


def test_deliveries_come_by_pages_and_by_status() -> None:
    path = f"{ENDPOINTS}/{registered()['id']}/deliveries"
    ids = told(3)
    WebhookDelivery.objects.filter(pk=ids[0]).update(status="failed", finished_at=Now())
    first = send("GET", f"{path}?limit=2")
    second = send("GET", first["Link"].partition("<")[2].partition(">")[0])
    assert [delivery["id"] for delivery in first.json() + second.json()] == ids[::-1]
    assert [delivery["id"] for delivery in send("GET", f"{path}?status=failed").json()] == ids[:1]
    assert send("GET", f"{path}?status=lost").status_code == 400


def test_a_delivery_shows_its_attempts(settings: LazySettings) -> None:
    settings.WEBHOOKS_PRIVATE = True
    with receiving() as receiver:
        receiver.answer = status(503)
        endpoint = registered(url=receiver.url)
        [id] = told()
        deliver_webhooks()
        delivery = send("GET", f"{DELIVERIES}/{id}").json()
        assert (delivery["status"], delivery["attempt_count"], delivery["type"]) == ("pending", 1, "order.shipped")
        assert delivery["endpoint_id"] == endpoint["id"]
        assert delivery["next_attempt_at"] > delivery["created_at"]
        assert delivery["body"].encode() == receiver.taken[0].body
        [attempt] = delivery["attempts"]
        assert (attempt["status_code"], attempt["error"]) == (503, None)
        assert set(attempt) == {"at", "status_code", "error", "milliseconds"}

        receiver.answer = status(204)
        answer = send("POST", f"{DELIVERIES}/{id}/redeliver")
        assert (answer.status_code, answer.json()["status"]) == (202, "pending")
        deliver_webhooks()
    delivery = send("GET", f"{DELIVERIES}/{id}").json()
    assert (delivery["status"], delivery["next_attempt_at"]) == ("delivered", None)
    assert [attempt["status_code"] for attempt in delivery["attempts"]] == [503, 204]


def test_to_a_disabled_endpoint_nothing_is_sent_once_more() -> None:
    endpoint = registered()
    [id] = told()
    send("PATCH", f"{ENDPOINTS}/{endpoint['id']}", enabled=False)
    answer = send("POST", f"{DELIVERIES}/{id}/redeliver")
    assert (answer.status_code, answer.json()["code"]) == (409, "endpoint_disabled")
    assert answer.json()["endpoint_id"] == endpoint["id"]


def test_what_is_under_way_is_not_sent_once_more() -> None:
    registered()
    [id] = told()
    queue.claim(limit=1)
    answer = send("POST", f"{DELIVERIES}/{id}/redeliver")
    assert (answer.status_code, answer.json()["code"]) == (409, "delivery_under_way")
