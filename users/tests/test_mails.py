"""What the e-mails say, in text and in HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from contracts.events import OrderCancelled, OrderConfirmed, OrderRefunded, OrderShipped
from contracts.money import Money
from users.models import User
from users.notifications.sending import send_notifications
from users.tests.notifying import MadeUpOrders, made_up_orders, told

pytestmark = pytest.mark.django_db(databases=["users"])

REFUND = "00000000-0000-4000-8000-00000000000f"
RESERVATION = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def orders(ada: User) -> Iterator[MadeUpOrders]:
    with made_up_orders() as orders:
        orders.add(12, user_id=ada.pk)
        yield orders


def sent() -> tuple[str, str, str]:
    """Subject, text and HTML of the one e-mail."""
    assert send_notifications() == 1
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    return str(message.subject), str(message.body), str(html)


def refunded(ada: User, *, amount: int) -> OrderRefunded:
    return OrderRefunded(
        order_id=12,
        user_id=ada.pk,
        refund_id=REFUND,
        amount=amount,
        currency="EUR",
        lines=((1, 1),),
        restock=True,
        whole=False,
    )


def test_confirmed(orders: MadeUpOrders, ada: User) -> None:
    told(OrderConfirmed(order_id=12, user_id=ada.pk, reservation_id=RESERVATION, total=6099, currency="EUR"))
    subject, text, html = sent()
    assert subject == "Your order 12 is confirmed"
    assert text == (
        "Hello ada,\n\n"
        "Thank you: your order 12 of 21 November 2026 is confirmed.\n\n"
        "  2 × Lamp: 51.00 EUR\n"
        "  1 × Mug: 9.99 EUR\n"
        "  Total: 60.99 EUR\n\n"
        "You will hear from us again when it is on its way.\n\n"
        "ShopFlow\n"
    )
    for part in ("Hello ada,", ">Lamp</td>", ">51.00 EUR</td>", "<strong>60.99 EUR</strong>", ">ShopFlow</p>"):
        assert html.count(part) == 1


def test_cancelled(orders: MadeUpOrders, ada: User) -> None:
    told(OrderCancelled(order_id=12, user_id=ada.pk, reservation_id=RESERVATION))
    subject, text, html = sent()
    assert subject == "Your order 12 was cancelled"
    assert text == (
        "Hello ada,\n\n"
        "Your order 12 of 21 November 2026 was cancelled.\n\n"
        "  2 × Lamp: 51.00 EUR\n"
        "  1 × Mug: 9.99 EUR\n\n"
        "You owe nothing for it. Whatever you had paid goes back the way it came.\n\n"
        "ShopFlow\n"
    )
    assert html.count("You owe nothing for it. Whatever you had paid goes back the way it came.") == 1


def test_shipped_with_its_tracking(orders: MadeUpOrders, ada: User) -> None:
    told(OrderShipped(order_id=12, user_id=ada.pk, tracking="DHL 00340434"))
    subject, text, html = sent()
    assert subject == "Your order 12 is on its way"
    assert text == (
        "Hello ada,\n\n"
        "Your order 12 of 21 November 2026 is on its way.\n\n"
        "Tracking: DHL 00340434\n\n"
        "You had ordered:\n\n"
        "  2 × Lamp: 51.00 EUR\n"
        "  1 × Mug: 9.99 EUR\n\n"
        "ShopFlow\n"
    )
    assert html.count("Tracking: <strong>DHL 00340434</strong>") == 1


def test_shipped_without_tracking(orders: MadeUpOrders, ada: User) -> None:
    told(OrderShipped(order_id=12, user_id=ada.pk, tracking=""))
    _, text, html = sent()
    assert "is on its way.\n\nYou had ordered:\n\n  2 × Lamp: 51.00 EUR\n" in text
    assert "Tracking" not in text + html


def test_shipped_without_what_was_refunded(orders: MadeUpOrders, ada: User) -> None:
    orders.known[12] = replace(orders.known[12], refunded=Money(currency="EUR", minor=999))
    told(OrderShipped(order_id=12, user_id=ada.pk, tracking=""))
    _, text, html = sent()
    assert "  1 × Mug: 9.99 EUR\n\nWhat was refunded before is not in the parcel.\n\nShopFlow\n" in text
    assert html.count("What was refunded before is not in the parcel.") == 1


def test_refunded_in_part(orders: MadeUpOrders, ada: User) -> None:
    told(refunded(ada, amount=2550))
    subject, text, html = sent()
    assert subject == "Refund for your order 12"
    assert text == (
        "Hello ada,\n\n"
        "We give back 25.50 EUR of your order 12 of 21 November 2026, the way you paid, for:\n\n"
        "  1 × Lamp: 25.50 EUR\n\n"
        "ShopFlow\n"
    )
    assert html.count("<strong>25.50 EUR</strong>") == 1
    assert "Mug" not in html


def test_taken_back_of_an_order_that_was_not_paid(orders: MadeUpOrders, ada: User) -> None:
    told(refunded(ada, amount=0))
    _, text, html = sent()
    assert "These are taken off your order 12 of 21 November 2026; you owe nothing for them:\n\n  1 × Lamp" in text
    assert "0.00" not in text + html


def test_html_escapes_what_others_wrote_and_text_does_not(orders: MadeUpOrders, ada: User) -> None:
    orders.add(12, user_id=ada.pk, lamp="<b>Lamp</b> & Söhne\n  Total: 0")
    told(OrderShipped(order_id=12, user_id=ada.pk, tracking="<script>1\n</script>"))
    _, text, html = sent()
    assert ">&lt;b&gt;Lamp&lt;/b&gt; &amp; Söhne Total: 0</td>" in html
    assert "<strong>&lt;script&gt;1 &lt;/script&gt;</strong>" in html
    assert "  2 × <b>Lamp</b> & Söhne Total: 0: 51.00 EUR\n" in text
    assert "Tracking: <script>1 </script>\n" in text


def test_its_headers(orders: MadeUpOrders, ada: User) -> None:
    event_id = told(OrderCancelled(order_id=12, user_id=ada.pk, reservation_id=RESERVATION))
    sent()
    headers = mail.outbox[0].message()
    assert {name: headers[name] for name in ("From", "To", "Message-ID", "Auto-Submitted")} == {
        "From": "ShopFlow <shop@localhost>",
        "To": "ada@example.com",
        "Message-ID": f"<order.cancelled.{event_id}@localhost>",
        "Auto-Submitted": "auto-generated",
    }
    assert headers.get_content_type() == "multipart/alternative"
