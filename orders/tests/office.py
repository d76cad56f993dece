"""The back office's pages of an order, as somebody reads and uses them."""

from __future__ import annotations

import html
import re
from http import HTTPStatus

from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from contracts.inventory import StockLine
from orders import selectors
from orders.selectors import OrderDetails
from users.models import User

BOTH = [StockLine(product_id=1, quantity=2), StockLine(product_id=2, quantity=3)]
DEEDS = ["cancel", "ship", "deliver", "refund"]


def at(order: OrderDetails, deed: str = "change") -> str:
    return reverse(f"admin:orders_order_{deed}", args=[order.id])


def text_of(page: str) -> str:
    """What is to be read on it."""
    words = html.unescape(re.sub(r"<[^>]*>", " ", page.rsplit('id="messages"', maxsplit=1)[-1]))
    return " ".join(words.split())


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.OK
    return text_of(answer.content.decode())


def send(client: Client, address: str, **typed: str) -> str:
    """What the page says to which the answer leads."""
    return text_of(client.post(address, typed, follow=True).content.decode())


def status(order: OrderDetails) -> str:
    return selectors.get_order(order_id=order.id, user_id=None).status.value


def deeds_noted() -> list[tuple[str, str]]:
    return list(LogEntry.objects.order_by("id").values_list("user__username", "change_message"))


def buttons(client: Client, order: OrderDetails) -> list[str]:
    page = client.get(at(order)).content.decode()
    return [deed for deed in DEEDS if f'href="{at(order, deed)}"' in page]


def owner() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(username="owner", email="owner@shop.example"))
    return client
