"""From the order to the e-mail, through the real contexts, events and jobs."""

from __future__ import annotations

import pytest
from django.core import mail

from contracts.inventory import StockLine
from inventory.services import create_product
from orders.refunds import refund_own
from orders.services import cancel_order, place_order, ship_order
from tests.concurrency.conftest import CONTEXTS, broken_invariants, deliver_everything
from users.notifications.sending import send_notifications
from users.services import register

pytestmark = pytest.mark.django_db(databases=CONTEXTS)


def test_an_order_is_told_of_from_its_confirmation_to_its_end() -> None:
    ada = register(username="ada", email="ada@example.com", password="correct horse 7").pk
    lamp = StockLine(product_id=create_product(name="Lamp", price=2550, stock=10), quantity=2)
    sent = place_order(user_id=ada, lines=[lamp], payment_method="pm_ok").id
    kept = place_order(user_id=ada, lines=[lamp], payment_method="pm_ok").id
    refund_own(order_id=sent, user_id=ada, items=[StockLine(product_id=lamp.product_id, quantity=1)])
    ship_order(order_id=sent, tracking="X1")
    cancel_order(order_id=kept, user_id=ada)
    for _ in range(2):
        deliver_everything()
        while send_notifications():
            pass
    told = [(message.to, message.subject) for message in mail.outbox]
    assert sorted(told) == sorted(
        (["ada@example.com"], subject)
        for subject in (
            f"Your order {sent} is confirmed",
            f"Refund for your order {sent}",
            f"Your order {sent} is on its way",
            f"Your order {kept} is confirmed",
            f"Your order {kept} was cancelled",
        )
    )
    bodies = {message.subject: str(message.body) for message in mail.outbox}
    assert "  2 × Lamp: 51.00 EUR\n  Total: 51.00 EUR\n" in bodies[f"Your order {sent} is confirmed"]
    assert "We give back 25.50 EUR" in bodies[f"Refund for your order {sent}"]
    assert "Tracking: X1\n" in bodies[f"Your order {sent} is on its way"]
    assert broken_invariants() == {}
