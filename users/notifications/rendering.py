"""What the e-mails say: a subject, a text and the same as HTML, from an order and what its event adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from contracts.money import Money
from contracts.orders import OrderSummary
from users.models import NotificationKind
from users.notifications.queue import Claimed

SUBJECTS: Final = {
    NotificationKind.CONFIRMED: "Your order {} is confirmed",
    NotificationKind.CANCELLED: "Your order {} was cancelled",
    NotificationKind.REFUNDED: "Refund for your order {}",
    NotificationKind.SHIPPED: "Your order {} is on its way",
}


@dataclass(frozen=True, slots=True)
class Line:
    """`price` of all of them."""

    name: str
    quantity: int
    price: Money


def compose(notification: Claimed, *, order: OrderSummary, customer: str, address: str) -> EmailMultiAlternatives:
    """The same Message-ID at each attempt makes a second copy known as one. No auto-responder should answer it."""
    kind, data = notification.kind, notification.data
    subject = SUBJECTS[kind].format(order.order_id)
    context = {"subject": subject, "shop": _shop(), "customer": customer, "order": order, **_facts(kind, data, order)}
    template = f"users/mail/{kind.removeprefix('order.')}"
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"{template}.txt", context),
        to=[address],
        headers={"Message-ID": notification.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return message


def _facts(kind: NotificationKind, data: Mapping[str, Any], order: OrderSummary) -> dict[str, Any]:
    if kind is NotificationKind.REFUNDED:
        return _refund(data, order)
    return {"tracking": _one_line(data.get("tracking", "")), "lines": _lines(order)}


def _shop() -> str:
    """As the sender of its e-mails is called."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[0] or "Your shop"


def _lines(order: OrderSummary) -> list[Line]:
    return [Line(_one_line(line.name), line.quantity, _times(line.unit_price, line.quantity)) for line in order.lines]


def _refund(data: Mapping[str, Any], order: OrderSummary) -> dict[str, Any]:
    """The lines that came back, at what they had cost, and the money that went back for them."""
    bought = {line.product_id: line for line in order.lines}
    back = [(bought[product_id], quantity) for product_id, quantity in data["lines"]]
    return {
        "amount": Money(currency=data["currency"], minor=data["amount"]),
        "lines": [Line(_one_line(line.name), count, _times(line.unit_price, count)) for line, count in back],
    }


def _times(price: Money, quantity: int) -> Money:
    return Money(currency=price.currency, minor=price.minor * quantity)


def _one_line(name: str) -> str:
    return " ".join(name.split())
