"""What payments tell finishes what the request did not live to finish, once."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.errors import PeerUnavailable
from contracts.events import Event, PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentRefundFailed, PaymentVoided
from contracts.inventory import StockLine
from contracts.messaging import Envelope
from orders import refunds, services
from orders.handlers import HANDLERS
from orders.models import Order, OrderEvent, Refund
from orders.selectors import OrderDetails
from orders.tests.fake_payments import FakePayments
from orders.tests.fakes import FakeInventory

pytestmark = pytest.mark.django_db(databases=["orders"])

LAMPS = [StockLine(product_id=1, quantity=2)]


def hear(event: Event) -> None:
    envelope: Envelope[Any] = Envelope(
        event_id=str(uuid.uuid4()), occurred_at=datetime.now(UTC), headers={}, event=event
    )
    for handler in HANDLERS[type(event)]:
        handler(envelope)


def captured(order_id: int) -> PaymentCaptured:
    return PaymentCaptured(payment_id="p", order_id=order_id, amount=5100, currency="EUR")


def failed(order_id: int) -> PaymentFailed:
    return PaymentFailed(payment_id="p", order_id=order_id, reason="expired_card")


def voided(order_id: int) -> PaymentVoided:
    return PaymentVoided(payment_id="p", order_id=order_id)


@pytest.fixture
def pending(inventory: FakeInventory, payments: FakePayments) -> OrderDetails:
    payments.silent = True
    return services.place_order(user_id=7, lines=LAMPS, payment_method="pm_ok")


@pytest.fixture
def confirmed(inventory: FakeInventory, payments: FakePayments) -> OrderDetails:
    return services.place_order(user_id=7, lines=LAMPS, payment_method="pm_ok")


def history() -> list[str]:
    return list(OrderEvent.objects.order_by("sequence").values_list("type", flat=True))


def test_a_captured_payment_confirms_a_pending_order_once(pending: OrderDetails) -> None:
    for _ in range(2):
        hear(captured(pending.id))
    assert history() == ["order.placed", "order.confirmed"]


@pytest.mark.parametrize(
    ("news", "facts"),
    [
        (failed, {"reason": "payment_declined", "declined": "expired_card"}),
        (voided, {"reason": "payment_called_off"}),
    ],
)
def test_a_payment_that_will_never_be_cancels_a_pending_order_once(
    pending: OrderDetails, news: Any, facts: object
) -> None:
    for _ in range(2):
        hear(news(pending.id))
    assert history() == ["order.placed", "order.cancelled"]
    assert OrderEvent.objects.latest("sequence").data == facts


@pytest.mark.parametrize("news", [captured, failed, voided])
def test_news_that_come_too_late_change_nothing(confirmed: OrderDetails, news: Any) -> None:
    hear(news(confirmed.id))
    services.cancel_order(order_id=confirmed.id, user_id=7)
    hear(news(confirmed.id))
    assert history() == ["order.placed", "order.confirmed", "order.cancelled"]


@pytest.mark.parametrize("news", [captured, failed, voided])
def test_news_of_an_order_that_never_was_are_not_ours(news: Any) -> None:
    hear(news(424242))
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("kind", "told", "settled"),
    [
        (PaymentRefunded, {"amount": 5100, "currency": "EUR"}, ("succeeded", ["order.refunded"])),
        (PaymentRefundFailed, {"reason": "charge_disputed"}, ("failed", ["order.refund_failed"])),
    ],
)
def test_what_became_of_a_refund_settles_it_once(
    confirmed: OrderDetails, payments: FakePayments, kind: Any, told: Any, settled: object
) -> None:
    payments.fails = PeerUnavailable(peer="payments")
    requested = refunds.refund_own(order_id=confirmed.id, user_id=7)
    for _ in range(2):
        hear(kind(payment_id="p", order_id=confirmed.id, refund_id=requested.id, **told))
    assert (Refund.objects.get().state, history()[3:]) == settled


@pytest.mark.parametrize("refund_id", ["", "0d4f0f9e-33ad-4a8e-9f35-0d5c5a1f7f01"])
def test_a_payment_that_was_called_off_is_no_refund_of_ours(confirmed: OrderDetails, refund_id: str) -> None:
    hear(PaymentRefunded(payment_id="p", order_id=confirmed.id, refund_id=refund_id, amount=5100, currency="EUR"))
    assert Order.objects.get().refunded == 0
