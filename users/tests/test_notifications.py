"""Customers are told of their orders: once, whatever fails in between."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from smtplib import SMTPDataError

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from contracts.events import OrderConfirmed, OrderShipped
from tests.threads import all_at_once
from users.models import Notification, NotificationKind, User
from users.notifications import queue
from users.notifications.purge import purge_notifications
from users.notifications.queue import News
from users.notifications.sending import reason_of, send_notifications
from users.tests.mail_server import Box
from users.tests.notifying import MadeUpOrders, let_time_pass, made_up_orders, told

pytestmark = pytest.mark.django_db(databases=["users"])

Confirm = Callable[[int], str]


@pytest.fixture
def orders() -> Iterator[MadeUpOrders]:
    with made_up_orders() as orders:
        yield orders


@pytest.fixture
def confirm(orders: MadeUpOrders, ada: User) -> Confirm:
    """An order of ada's is made up, and confirmed; gives the event's id."""

    def confirmed(order_id: int) -> str:
        orders.add(order_id, user_id=ada.pk)
        return told(confirmation(order_id, ada.pk))

    return confirmed


@pytest.fixture
def box(settings: LazySettings) -> Box:
    """A mail server that is not there yet."""
    box = Box()
    with box.open():
        pass
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
    return box


def confirmation(order_id: int, user_id: int) -> OrderConfirmed:
    return OrderConfirmed(
        order_id=order_id,
        user_id=user_id,
        reservation_id="00000000-0000-4000-8000-000000000001",
        total=6099,
        currency="EUR",
    )


def states() -> list[tuple[str, int, str]]:
    return list(Notification.objects.order_by("id").values_list("status", "attempts", "last_error"))


def test_an_event_that_comes_twice_makes_one_mail(orders: MadeUpOrders, ada: User) -> None:
    orders.add(1, user_id=ada.pk)
    event_id = told(confirmation(1, ada.pk), times=2)
    assert [send_notifications(), send_notifications()] == [1, 0]
    assert [message.to for message in mail.outbox] == [[ada.email]]
    sent = Notification.objects.get()
    assert (sent.status, sent.attempts, str(sent.event_id)) == ("sent", 1, event_id)
    assert sent.sent_at is not None


def test_an_event_whose_proof_was_purged_makes_no_second_mail(ada: User) -> None:
    event_id = "00000000-0000-4000-8000-00000000000e"
    kind = NotificationKind.CONFIRMED
    for _ in range(2):
        queue.enqueue([News(kind=kind, event_id=event_id, order_id=1, user_id=ada.pk, data={})])
    assert Notification.objects.count() == 1


def test_the_news_send_nothing_by_themselves_and_ask_nobody(orders: MadeUpOrders, confirm: Confirm) -> None:
    confirm(1)
    assert (mail.outbox, orders.asked, states()) == ([], [], [("queued", 0, "")])


def test_the_message_id_is_made_of_the_event_and_stays_the_same(confirm: Confirm, settings: LazySettings) -> None:
    event_id = confirm(1)
    settings.DEFAULT_FROM_EMAIL = "Another <shop@another.example>"
    send_notifications()
    assert mail.outbox[0].message()["Message-ID"] == f"<order.confirmed.{event_id}@localhost>"


def test_a_mail_whose_sender_died_is_sent_when_its_lease_ends(confirm: Confirm) -> None:
    confirm(1)
    (lost,) = queue.claim()
    assert send_notifications() == 0
    let_time_pass()
    assert send_notifications() == 1
    queue.mark_failed(lost, "too late to say so")
    assert states() == [("sent", 2, "")]


def test_a_crash_after_the_server_took_it_sends_the_same_mail_again(
    confirm: Confirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm(1)
    with monkeypatch.context() as dying:
        dying.setattr(queue, "mark_sent", _die)
        with pytest.raises(KeyboardInterrupt):
            send_notifications()
    let_time_pass()
    send_notifications()
    first, second = (message.message()["Message-ID"] for message in mail.outbox)
    assert first == second


def _die(claimed: object) -> None:
    raise KeyboardInterrupt


def test_without_a_mail_server_all_wait_and_are_sent_when_it_is_back(box: Box, confirm: Confirm) -> None:
    for order_id in (1, 2):
        confirm(order_id)
    assert send_notifications() == 0
    assert states() == [("failed", 1, "ConnectionRefusedError")] * 2
    assert send_notifications() == 0
    assert states() == [("failed", 1, "ConnectionRefusedError")] * 2, "not before its time"
    let_time_pass(hours=23)
    with box.open():
        assert send_notifications() == 2
    assert states() == [("sent", 2, "")] * 2
    assert [received["Subject"] for received in box.mails] == ["Your order 1 is confirmed", "Your order 2 is confirmed"]


def test_a_mail_that_fails_for_a_day_is_given_up(box: Box, confirm: Confirm, caplog: pytest.LogCaptureFixture) -> None:
    confirm(1)
    let_time_pass(days=1)
    send_notifications()
    assert states() == [("given_up", 1, "ConnectionRefusedError")]
    told_to_the_operator = f"notification {Notification.objects.get().pk} (order.confirmed of order 1) is given up"
    last = caplog.records[-1]
    assert (last.levelno, last.getMessage()) == (logging.ERROR, f"{told_to_the_operator}: ConnectionRefusedError")


def test_a_refused_address_holds_up_nobody_else_and_is_in_no_log(
    box: Box, orders: MadeUpOrders, confirm: Confirm, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    bob = User.objects.create_user(username="bobby", email="bob@example.com")
    confirm(1)
    orders.add(2, user_id=bob.pk)
    told(confirmation(2, bob.pk))
    box.refused.add(ada.email)
    with box.open():
        assert send_notifications() == 1
    assert [received["To"] for received in box.mails] == [bob.email]
    assert states() == [("failed", 1, "SMTPRecipientsRefused 550"), ("sent", 1, "")]
    assert "order.confirmed of order 1" in caplog.text
    assert not any(word in caplog.text for word in ("@example.com", "bobby", "ada"))


def test_without_the_orders_all_wait(orders: MadeUpOrders, confirm: Confirm) -> None:
    for order_id in (1, 2):
        confirm(order_id)
    orders.away = True
    assert send_notifications() == 0
    orders.away = False
    assert states() == [("failed", 1, "PeerUnavailable")] * 2
    let_time_pass()
    assert send_notifications() == 2


def test_an_order_that_is_not_known_is_asked_for_again(orders: MadeUpOrders, ada: User) -> None:
    told(confirmation(1, ada.pk))
    send_notifications()
    assert states() == [("failed", 1, "no such order")]
    orders.add(1, user_id=ada.pk)
    let_time_pass()
    assert send_notifications() == 1


def test_nobody_to_write_to_is_given_up_with_its_reason(orders: MadeUpOrders, confirm: Confirm, ada: User) -> None:
    orders.add(1, user_id=999_999)
    told(confirmation(1, 999_999))
    confirm(2)
    User.objects.filter(pk=ada.pk).update(email="")
    assert send_notifications() == 0
    assert states() == [("given_up", 1, "no such account"), ("given_up", 1, "the account has no address")]


def test_a_closed_account_is_still_told_what_becomes_of_its_orders(confirm: Confirm, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    confirm(1)
    assert send_notifications() == 1


def test_what_cannot_be_made_or_sent_holds_up_nobody_else(
    confirm: Confirm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for order_id in (1, 2, 3):
        confirm(order_id)
    Notification.objects.filter(order_id=1).update(kind="order.refunded")  # whose amount is missing
    send = EmailBackend.send_messages

    def choosy(self: EmailBackend, messages: list[mail.EmailMessage]) -> int:
        if "order 2" in messages[0].subject:
            raise UnicodeError("not with me")
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", choosy)
    assert send_notifications() == 1
    assert states() == [("failed", 1, "KeyError"), ("failed", 1, "UnicodeError"), ("sent", 1, "")]


def test_the_mails_of_an_order_keep_their_order(box: Box, confirm: Confirm, ada: User) -> None:
    confirm(1)
    send_notifications()
    told(OrderShipped(order_id=1, user_id=ada.pk, tracking="X1"))
    with box.open():
        assert send_notifications() == 0, "before the order's first mail is sent"
        let_time_pass()
        assert [send_notifications(), send_notifications()] == [1, 1]
    assert [received["Subject"] for received in box.mails] == [
        "Your order 1 is confirmed",
        "Your order 1 is on its way",
    ]


def test_a_batch_takes_one_statement_for_each_mail_and_two_for_all(
    confirm: Confirm, orders: MadeUpOrders, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for order_id in range(1, 11):
        confirm(order_id)
    with django_assert_num_queries(12, using="users"):
        assert send_notifications() == 10
    assert orders.asked == [tuple(range(1, 11))]
    with django_assert_num_queries(1, using="users"):
        assert send_notifications() == 0


def test_news_that_come_together_take_one_statement(
    ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4, using="users"):  # the others: begin, enter the inbox, end
        told(*(confirmation(order_id, ada.pk) for order_id in range(10)))
    assert Notification.objects.count() == 10


def test_the_pauses_grow_to_an_hour() -> None:
    pauses = [[queue.retry_seconds(attempt) for _ in range(50)] for attempt in (1, 2, 12, 5000)]
    for some, middle in zip(pauses, (5, 10, 3600, 3600), strict=True):
        assert middle * 0.5 <= min(some) < max(some) <= middle * 1.5


def test_a_slow_server_is_left_before_the_leases_end(confirm: Confirm, monkeypatch: pytest.MonkeyPatch) -> None:
    for order_id in (1, 2):
        confirm(order_id)
    monkeypatch.setattr("users.notifications.sending.START_WITHIN", -1.0)
    assert send_notifications() == 0
    assert states() == [("sending", 1, "")] * 2


def test_a_reason_has_the_code_and_not_the_words_of_the_server() -> None:
    assert reason_of(SMTPDataError(554, b"<ada@example.com>: no")) == "SMTPDataError 554"


def test_what_ended_long_ago_is_purged(confirm: Confirm, settings: LazySettings) -> None:
    settings.RETENTION_DAYS = 7
    for order_id in (1, 2, 3):
        confirm(order_id)
    send_notifications()
    Notification.objects.filter(order_id=2).update(status="failed", sent_at=None)
    Notification.objects.exclude(order_id=3).update(created_at=Now() - timedelta(days=7, seconds=1))
    assert purge_notifications() == 1
    assert list(Notification.objects.order_by("order_id").values_list("order_id", flat=True)) == [2, 3]


def test_staff_see_the_log_and_try_again_what_was_given_up(
    box: Box, confirm: Confirm, ada: User, client: Client
) -> None:
    for order_id in (1, 2):
        confirm(order_id)
    let_time_pass(days=1)
    send_notifications()
    client.force_login(User.objects.create_superuser(username="owner", email="owner@shop.example"))
    url = reverse("admin:users_notification_changelist")

    shown = client.get(url, {"q": "2"}).content.decode()
    assert (shown.count("ConnectionRefusedError"), ada.email in shown) == (1, False)
    chosen = Notification.objects.get(order_id=2)
    client.post(url, {"action": "send_again", "_selected_action": chosen.pk})
    with box.open():
        assert send_notifications() == 1
    assert states() == [("given_up", 1, "ConnectionRefusedError"), ("sent", 2, "")]


def test_staff_who_may_only_look_can_try_nothing_again(confirm: Confirm, client: Client) -> None:
    confirm(1)
    Notification.objects.update(status="given_up")
    looking = User.objects.create_user(username="looker", email="looker@shop.example", is_staff=True)
    looking.user_permissions.add(Permission.objects.get(codename="view_notification"))
    client.force_login(looking)
    url = reverse("admin:users_notification_changelist")
    assert "send_again" not in client.get(url).content.decode()
    client.post(url, {"action": "send_again", "_selected_action": Notification.objects.get().pk})
    assert states() == [("given_up", 0, "")]


@pytest.mark.django_db(databases=["users"], transaction=True)
def test_many_senders_at_once_send_each_mail_once(box: Box, confirm: Confirm) -> None:
    for order_id in range(1, 41):
        confirm(order_id)
    with ExitStack() as opened:
        opened.enter_context(box.open())
        sent = all_at_once(4, lambda _: send_notifications(), databases=["users"])
    assert sum(sent) == 40
    assert sorted(received["Message-ID"] for received in box.mails) == sorted(
        Notification.objects.filter(status="sent", attempts=1).values_list("message_id", flat=True)
    )
