"""What happened is told to those who asked: signed, at least once, for a day."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.db.models import F
from django.db.models.functions import Now
from pytest_django import DjangoAssertNumQueries

from contracts.events import Event, OrderCancelled, OrderConfirmed, OrderRefunded
from contracts.messaging import Envelope
from shopflow.messaging.inbox import InlineSink
from tests.threads import all_at_once
from users.errors import DeliveryUnderWay, EndpointDisabled
from users.handlers import tell_webhooks
from users.tests.receiver import Receiver, receiving, status
from users.webhook_models import WebhookDelivery, WebhookEndpoint
from users.webhooks import queue, sending
from users.webhooks.endpoints import (
    delete_endpoint,
    redeliver,
    register_endpoint,
    rotate_secret,
    update_endpoint,
)
from users.webhooks.jobs import PARALLEL, deliver_webhooks, purge_webhook_deliveries

pytestmark = pytest.mark.django_db(databases=["users"])

OCCURRED_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
CONFIRMED = "order.confirmed"


@pytest.fixture(autouse=True)
def _private_addresses_are_allowed(settings: LazySettings) -> None:
    settings.WEBHOOKS_PRIVATE = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def endpoint(receiver: Receiver) -> WebhookEndpoint:
    return register_endpoint(url=receiver.url, event_types=[CONFIRMED])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver has half a second."""
    monkeypatch.setattr(sending, "LIMIT_SECONDS", 0.5)


def confirmed(order_id: int = 1) -> OrderConfirmed:
    return OrderConfirmed(order_id=order_id, user_id=7, reservation_id="r", total=2550, currency="EUR")


def envelope_of(event: Event) -> Envelope[Any]:
    return Envelope(event_id=str(uuid.uuid4()), occurred_at=OCCURRED_AT, headers={}, event=event)


def told(*events: Event) -> list[str]:
    """The events reach us; gives their ids."""
    envelopes = [envelope_of(event) for event in events]
    sink = InlineSink({"users": {type(event): [tell_webhooks] for event in events}})
    assert sink.deliver(envelopes) == {}
    return [envelope.event_id for envelope in envelopes]


def void(_: object) -> None:
    pass


def the_delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


def later(**by: float) -> None:
    """As if that much time had passed, for whatever is unfinished and for each endpoint."""
    passed = timedelta(**by)
    WebhookDelivery.objects.filter(finished_at=None).update(
        created_at=F("created_at") - passed, due_at=F("due_at") - passed, give_up_at=F("give_up_at") - passed
    )
    WebhookEndpoint.objects.update(healthy_at=F("healthy_at") - passed, previous_until=F("previous_until") - passed)


def signature(secret: str, message: Any) -> str:
    """As a receiver of Standard Webhooks works it out, with nothing of ours."""
    signed = f"{message.headers['webhook-id']}.{message.headers['webhook-timestamp']}.".encode() + message.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def test_an_event_is_delivered_signed(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    [event_id] = told(confirmed())
    assert deliver_webhooks() == 1

    [message] = receiver.taken
    assert json.loads(message.body) == {
        "id": event_id,
        "type": CONFIRMED,
        "version": 1,
        "occurred_at": "2026-11-21T08:30:00+00:00",
        "data": {"order_id": 1, "user_id": 7, "reservation_id": "r", "total": 2550, "currency": "EUR"},
    }
    assert message.path == "/hook"
    assert message.headers["webhook-id"] == event_id
    assert abs(int(message.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 30
    assert message.headers["webhook-signature"] == signature(endpoint.secret, message)
    assert message.headers["Content-Type"] == "application/json"
    delivery = the_delivery()
    assert (delivery.status, delivery.attempts, [entry["status_code"] for entry in delivery.log]) == (
        "delivered",
        1,
        [204],
    )


def test_a_signature_is_that_of_the_example_of_standard_webhooks() -> None:
    from users.webhooks.signing import headers  # noqa: PLC0415 - the one test of it

    signed = headers(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
        signed_with=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_only_what_an_endpoint_wants_is_delivered(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    told(OrderCancelled(order_id=2, user_id=7, reservation_id="r"))
    assert deliver_webhooks() == 0
    assert receiver.taken == []


def test_each_endpoint_that_wants_it_gets_it(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    other = register_endpoint(url=receiver.url + "?of=another", event_types=[CONFIRMED, "order.shipped"])
    told(confirmed())
    assert deliver_webhooks() == 2
    paths = {message.path: message for message in receiver.taken}
    assert sorted(paths) == ["/hook", "/hook?of=another"]
    message = paths["/hook?of=another"]
    assert message.headers["webhook-signature"] == signature(other.secret, message)


def test_a_disabled_endpoint_hears_nothing(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    update_endpoint(endpoint_id=endpoint.pk, enabled=False)
    told(confirmed())
    assert WebhookDelivery.objects.count() == 0


def test_an_event_that_reaches_us_twice_is_delivered_once(endpoint: WebhookEndpoint) -> None:
    envelope = envelope_of(confirmed())
    for _ in range(2):
        queue.enqueue([envelope, envelope])
    assert WebhookDelivery.objects.count() == 1


def test_lines_travel_as_lists(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    update_endpoint(endpoint_id=endpoint.pk, event_types=["order.refunded"])
    refund = {"refund_id": "r", "amount": 5, "currency": "EUR", "lines": ((1, 2),), "restock": True, "whole": False}
    told(OrderRefunded(order_id=1, user_id=7, **refund))  # type: ignore[arg-type]  # spelt as a mapping
    deliver_webhooks()
    assert json.loads(receiver.taken[0].body)["data"]["lines"] == [[1, 2]]


@pytest.mark.parametrize("code", [500, 404, 302])
def test_what_was_not_taken_is_tried_again(endpoint: WebhookEndpoint, receiver: Receiver, code: int) -> None:
    receiver.answer = status(code, Location=receiver.url)
    [event_id] = told(confirmed())
    assert deliver_webhooks() == 1
    delivery = the_delivery()
    assert (delivery.status, len(receiver.taken)) == ("pending", 1)
    assert deliver_webhooks() == 0  # not yet

    receiver.answer = status(200)
    later(seconds=8)
    assert deliver_webhooks() == 1
    assert [message.headers["webhook-id"] for message in receiver.taken] == [event_id] * 2
    assert the_delivery().status == "delivered"
    assert [entry["error"] for entry in the_delivery().log] == [None, None]


def test_a_redirect_is_not_followed(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.answer = status(307, Location="/elsewhere")
    told(confirmed())
    deliver_webhooks()
    assert [message.path for message in receiver.taken] == ["/hook"]
    assert the_delivery().log[0]["status_code"] == 307


@pytest.mark.parametrize("manner", ["hangs", "drips"])
@pytest.mark.usefixtures("quick")
def test_a_receiver_that_does_not_answer_in_time_is_left(
    endpoint: WebhookEndpoint, receiver: Receiver, manner: str
) -> None:
    receiver.answer = getattr(receiver, manner)
    told(confirmed())
    deliver_webhooks()
    delivery = the_delivery()
    assert (delivery.status, delivery.log[0]["status_code"], delivery.log[0]["error"]) == ("pending", None, "no_answer")
    assert 400 <= delivery.log[0]["milliseconds"] < 3000


def test_a_receiver_that_is_away_is_tried_again(endpoint: WebhookEndpoint) -> None:
    update_endpoint(endpoint_id=endpoint.pk, url="http://127.0.0.1:9/")
    told(confirmed())
    deliver_webhooks()
    assert (the_delivery().status, the_delivery().log[0]["error"]) == ("pending", "unreachable")


def test_an_answer_that_is_no_http_is_no_answer(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.answer = lambda request: void(request.wfile.write(b"SSH-2.0\r\n\r\n"))
    told(confirmed())
    deliver_webhooks()
    assert (the_delivery().status, the_delivery().log[0]["error"]) == ("pending", "not_http")


def test_a_slow_receiver_does_not_hold_up_the_others(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    with receiving() as slow:
        slow.answer = slow.hangs
        register_endpoint(url=slow.url, event_types=["order.cancelled"])
        told(*(OrderCancelled(order_id=n, user_id=7, reservation_id="r") for n in range(50)))
        told(*(confirmed(n) for n in range(20)))

        slow_ones_by_then: list[int] = []

        def lets_go_once_the_others_are_served(request: Any) -> None:
            if len(receiver.taken) == 20:
                slow_ones_by_then.append(len(slow.taken))
                slow.answer = status(204)
                slow.letting_go.set()
            status(204)(request)

        receiver.answer = lets_go_once_the_others_are_served
        deliver_webhooks()
    assert slow_ones_by_then == [queue.MOST_FOR_EACH]


def test_however_much_waits_for_dead_receivers_each_endpoint_has_its_turn(receiver: Receiver) -> None:
    dead = [register_endpoint(url=receiver.url, event_types=["order.cancelled"]) for _ in range(PARALLEL)]
    told(*(OrderCancelled(order_id=n, user_id=7, reservation_id="r") for n in range(3)))
    later(minutes=5)
    well = register_endpoint(url=receiver.url, event_types=[CONFIRMED])
    event_id, *_ = told(confirmed())
    assert {dead_one.pk for dead_one in dead} == endpoints_of(queue.claim(limit=PARALLEL))
    assert [claimed.event_id for claimed in queue.claim(limit=1)] == [event_id]
    assert endpoints_of(queue.claim(limit=PARALLEL)) <= {one.pk for one in dead} - {well.pk}


def endpoints_of(claimed: list[queue.Claimed]) -> set[int]:
    deliveries = WebhookDelivery.objects.filter(pk__in=[one.id for one in claimed])
    return set(deliveries.values_list("endpoint_id", flat=True))


def test_a_mistake_of_ours_is_a_failure_like_any_other(
    endpoint: WebhookEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    WebhookEndpoint.objects.update(secret="whsec_a")
    told(confirmed())
    assert deliver_webhooks() == 1
    assert (the_delivery().status, the_delivery().log[0]["error"]) == ("pending", "internal")
    assert caplog.messages == [f"delivery {the_delivery().pk} of a webhook broke"]


def test_no_line_of_the_log_holds_a_secret_or_an_address(
    endpoint: WebhookEndpoint, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answer = status(410)
    told(confirmed())
    with caplog.at_level(logging.DEBUG):
        deliver_webhooks()
    assert len(caplog.messages) >= 1
    assert [line for line in caplog.messages if endpoint.secret in line or receiver.url in line] == []


def test_retries_come_at_ever_longer_intervals_up_to_three_hours() -> None:
    def shortest_and_longest(attempts: int) -> tuple[float, float]:
        drawn = [queue.retry_seconds(attempts) for _ in range(300)]
        return min(drawn), max(drawn)

    for attempts, middle in ((1, 5), (2, 10), (6, 160), (12, 10_240), (13, 10_800), (99, 10_800)):
        shortest, longest = shortest_and_longest(attempts)
        assert middle * 0.5 <= shortest < middle * 0.7
        assert middle * 1.3 < longest <= middle * 1.5


def test_after_a_day_a_delivery_is_given_up_and_an_endpoint_that_took_nothing_is_disabled(
    endpoint: WebhookEndpoint, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answer = status(500)
    told(confirmed())
    later(hours=23, minutes=50)
    deliver_webhooks()
    assert the_delivery().status == "pending"
    assert the_delivery().due_at <= the_delivery().give_up_at

    later(minutes=20)
    with caplog.at_level(logging.WARNING):
        deliver_webhooks()
    assert the_delivery().status == "failed"
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is not None
    assert endpoint.disabled_reason == "All its deliveries failed for a day."
    assert caplog.messages == [f"webhook endpoint {endpoint.pk} was disabled: All its deliveries failed for a day."]


def test_an_endpoint_that_takes_others_stays(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.answer = status(500)
    told(confirmed(1))
    later(hours=12)
    deliver_webhooks()
    receiver.answer = status(200)
    told(confirmed(2))
    deliver_webhooks()
    receiver.answer = status(500)
    later(hours=13)
    deliver_webhooks()
    assert list(WebhookDelivery.objects.order_by("id").values_list("status", flat=True)) == ["failed", "delivered"]
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None


def test_an_endpoint_that_is_gone_is_disabled_at_once(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.answer = status(410)
    told(confirmed())
    deliver_webhooks()
    assert the_delivery().status == "failed"
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "It answered 410 Gone."


def test_what_waits_is_kept_while_an_endpoint_is_disabled_and_goes_when_it_is_enabled(
    endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    told(confirmed(1))
    later(days=2)
    told(confirmed(2))
    update_endpoint(endpoint_id=endpoint.pk, enabled=False)
    assert deliver_webhooks() == 0
    update_endpoint(endpoint_id=endpoint.pk, enabled=True)
    assert deliver_webhooks() == 1
    assert [json.loads(message.body)["data"]["order_id"] for message in receiver.taken] == [2]
    assert list(WebhookDelivery.objects.order_by("id").values_list("status", flat=True)) == ["failed", "delivered"]


def test_for_a_day_after_a_rotation_both_secrets_sign(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    rotated = rotate_secret(endpoint_id=endpoint.pk)
    assert rotated.secret != endpoint.secret
    told(confirmed(1))
    deliver_webhooks()
    later(days=1, seconds=1)
    told(confirmed(2))
    deliver_webhooks()
    first, second = receiver.taken
    assert first.headers["webhook-signature"].split() == [
        signature(rotated.secret, first),
        signature(endpoint.secret, first),
    ]
    assert second.headers["webhook-signature"] == signature(rotated.secret, second)


def test_a_delivery_can_be_sent_once_more(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    [event_id] = told(confirmed())
    deliver_webhooks()
    redeliver(delivery_id=the_delivery().pk)
    assert the_delivery().status == "pending"
    deliver_webhooks()
    assert [message.headers["webhook-id"] for message in receiver.taken] == [event_id] * 2
    assert (the_delivery().status, the_delivery().attempts, len(the_delivery().log)) == ("delivered", 2, 2)


def test_a_delivery_given_up_has_another_day(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.answer = status(410)
    told(confirmed())
    deliver_webhooks()
    with pytest.raises(EndpointDisabled):
        redeliver(delivery_id=the_delivery().pk)
    update_endpoint(endpoint_id=endpoint.pk, enabled=True)
    receiver.answer = status(500)
    redeliver(delivery_id=the_delivery().pk)
    deliver_webhooks()
    assert the_delivery().status == "pending"


def test_what_is_under_way_is_not_sent_once_more(endpoint: WebhookEndpoint) -> None:
    told(confirmed())
    [claimed] = queue.claim(limit=1)
    with pytest.raises(DeliveryUnderWay):
        redeliver(delivery_id=claimed.id)


def test_what_a_sender_that_died_had_taken_is_sent_after_its_lease(
    endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    told(confirmed())
    [lost] = queue.claim(limit=10)
    assert deliver_webhooks() == 0
    later(seconds=queue.LEASE_SECONDS)
    assert deliver_webhooks() == 1
    assert (the_delivery().status, the_delivery().attempts) == ("delivered", 2)

    queue.settle(lost, sending.Outcome(status_code=500, milliseconds=1))  # it was only late after all
    assert (the_delivery().status, len(the_delivery().log)) == ("delivered", 1)


def test_old_deliveries_are_forgotten(endpoint: WebhookEndpoint, settings: LazySettings) -> None:
    settings.RETENTION_DAYS = 30
    told(*(confirmed(n) for n in range(3)))
    young, old, waiting = WebhookDelivery.objects.order_by("id")
    old_enough = Now() - timedelta(days=31)
    WebhookDelivery.objects.filter(pk__in=[old.pk, waiting.pk]).update(created_at=old_enough)
    WebhookDelivery.objects.filter(pk=old.pk).update(status="delivered", finished_at=old_enough)
    assert purge_webhook_deliveries() == 1
    assert list(WebhookDelivery.objects.order_by("id")) == [young, waiting]


def test_an_endpoint_is_deleted_with_its_deliveries(endpoint: WebhookEndpoint) -> None:
    told(confirmed())
    [claimed] = queue.claim(limit=1)
    delete_endpoint(endpoint_id=endpoint.pk)
    assert WebhookDelivery.objects.count() == 0
    queue.settle(claimed, sending.Outcome(status_code=200, milliseconds=1))


def test_without_an_endpoint_a_batch_of_events_costs_one_small_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    envelopes = [envelope_of(confirmed(n)) for n in range(200)]
    with django_assert_num_queries(1, using="users"):
        queue.enqueue(envelopes)
    with django_assert_num_queries(1, using="users"):
        assert deliver_webhooks() == 0


def test_with_endpoints_it_costs_two_and_each_delivery_two_more(
    endpoint: WebhookEndpoint, receiver: Receiver, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    envelopes = [envelope_of(confirmed(n)) for n in range(5)]
    with django_assert_num_queries(2, using="users"):
        queue.enqueue(envelopes)
    [claimed] = queue.claim(limit=1)
    with django_assert_num_queries(1, using="users"):
        queue.settle(claimed, sending.Outcome(status_code=200, milliseconds=1))


@pytest.mark.django_db(databases=["users"], transaction=True)
def test_two_senders_at_once_send_each_delivery_once(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    ids = told(*(confirmed(n) for n in range(30)))
    assert sum(all_at_once(2, lambda _: deliver_webhooks(), databases=["users"])) == 30
    assert sorted(message.headers["webhook-id"] for message in receiver.taken) == sorted(ids)


def test_the_documents_way_to_verify_a_signature_works(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    section = (settings.BASE_DIR / "docs" / "operations.md").read_text().partition("## Webhooks")[2]
    shown: dict[str, Any] = {}
    exec(section.partition("```python\n")[2].partition("```")[0], shown)  # noqa: S102 - of our own document
    told(confirmed())
    deliver_webhooks()
    [message] = receiver.taken
    headers = {name.lower(): value for name, value in message.headers.items()}
    assert shown["verified"](endpoint.secret, headers, message.body)
    assert not shown["verified"](endpoint.secret, headers, message.body + b" ")
    assert not shown["verified"](endpoint.secret, headers | {"webhook-timestamp": "1614265330"}, message.body)
