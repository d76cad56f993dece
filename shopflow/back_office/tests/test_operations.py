"""What waits and what died: who sees it, who replays it, and what is written down of it."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connections
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from contracts.inventory import StockLine
from inventory.models import Reservation
from inventory.services import create_product
from inventory.stock import reserve_stock
from shopflow.back_office.tests.people import member
from shopflow.messaging.models import OutboxEvent
from shopflow.messaging.tests.conftest import cancelled, confirmed

pytestmark = pytest.mark.django_db(databases=settings.CONTEXTS)

BACKLOG = reverse("admin:backlog")
LETTERS = reverse("admin:dead_letters")


@pytest.fixture
def operations() -> Client:
    client = client_of("operations")
    OutboxEvent.objects.using("users").update(delivered_at=Now())  # that there is a new account
    return client


def client_of(*groups: str) -> Client:
    client = Client()
    client.force_login(member(*groups))
    return client


def read(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def dead(order_id: int, error: str = "ValueError: no") -> OutboxEvent:
    return confirmed(order_id, dead_at=Now(), failures=8, attempts=20, last_error=error)


def page_of(event: OutboxEvent) -> str:
    return reverse("admin:dead_letter", args=["orders", event.event_id])


def replay_of(event: OutboxEvent) -> str:
    return reverse("admin:dead_letter_replay", args=["orders", event.event_id])


def dead_ones() -> list[str]:
    dead = OutboxEvent.objects.using("orders").filter(dead_at__isnull=False)
    return list(dead.order_by("id").values_list("aggregate_id", flat=True))


def notes() -> list[tuple[str, str]]:
    entries = LogEntry.objects.order_by("id")
    return [(entry.user.username, entry.get_change_message()) for entry in entries]


def test_the_backlog_says_what_waits_and_why(operations: Client) -> None:
    dead(1)
    cancelled(1)
    confirmed(2, leased_until=Now() + timedelta(seconds=15))
    cancelled(2)
    confirmed(3, failures=1, available_at=Now() + timedelta(seconds=15))
    confirmed(4)
    page = read(operations, BACKLOG)
    reasons = ["behind a dead letter", "is being delivered", "behind an earlier event", "failed, is tried again", "due"]
    assert [page.count(f'<td class="px-3 py-2">{why}</td>') for why in reasons] == [1, 1, 1, 1, 1]
    assert f'{LETTERS}?context=orders">1</a>' in page


def test_an_empty_backlog_says_so(operations: Client) -> None:
    assert "Nothing waits: every event has arrived." in read(operations, BACKLOG)


def test_the_backlog_names_reservations_that_should_be_over(operations: Client) -> None:
    lamp = create_product(name="Lamp", price=100, stock=5)
    ids = [str(uuid.uuid4()) for _ in range(2)]
    for id in ids:
        reserve_stock(reservation_id=id, lines=[StockLine(product_id=lamp, quantity=1)], ttl_seconds=900)
    Reservation.objects.filter(id=ids[0]).update(expires_at=Now() - timedelta(minutes=5))
    page = " ".join(read(operations, BACKLOG).split())
    assert "Held for orders: 2. Expired and not yet released: 1. <strong" in page
    assert reverse("admin:inventory_reservation_change", args=[ids[0]]) in page
    assert ids[1] not in page


def test_a_letter_is_replayed_once_and_that_is_written_down(operations: Client) -> None:
    event = dead(1)
    assert "ValueError: no" in read(operations, LETTERS)
    answer = operations.post(replay_of(event))
    assert (answer.status_code, answer["Location"]) == (302, page_of(event))
    assert "Waiting</strong> to be delivered" in read(operations, page_of(event))
    assert operations.post(replay_of(event)).status_code == 302
    assert "somebody has replayed it before you" in read(operations, page_of(event))
    assert dead_ones() == []
    said = "Replayed this dead letter of orders: order.confirmed of order:1."
    assert notes() == [("member-operations", said)]
    OutboxEvent.objects.using("orders").update(delivered_at=Now())
    assert "Delivered</strong> at" in read(operations, page_of(event))


def test_all_of_a_context_are_replayed(operations: Client) -> None:
    first, second = dead(1), dead(2)
    assert "Replay all of orders" in read(operations, LETTERS)
    operations.post(reverse("admin:dead_letters_replay", args=["users"]))
    assert dead_ones() == ["order:1", "order:2"]
    operations.post(reverse("admin:dead_letters_replay", args=["orders"]))
    assert dead_ones() == []
    said = f"Replayed all 2 dead letters of orders: {first.event_id}, {second.event_id}."
    assert notes() == [("member-operations", said)]
    assert "There are no dead letters: nothing has to be done." in read(operations, LETTERS)


def test_the_list_goes_on_where_a_page_ends(operations: Client) -> None:
    letters = [dead(number) for number in range(1, 62)]
    first = read(operations, LETTERS)
    rest = read(
        operations,
        first.partition(f"{LETTERS}?context=&amp;after=")[2].partition('"')[0].join([f"{LETTERS}?after=", ""]),
    )
    shown = [[str(letter.event_id) in page for letter in letters] for page in (first, rest)]
    assert [sum(page) for page in shown] == [50, 11]
    assert all(one != other for one, other in zip(*shown, strict=True))


def test_a_letter_shows_what_it_says_and_whom_it_holds_up_but_no_address(operations: Client) -> None:
    event = dead(1, error="ValueError: nobody called ada@example.com")
    cancelled(1)
    OutboxEvent.objects.using("orders").filter(pk=event.pk).update(data={"order_id": 1, "to": "ada@example.com"})
    for url in (page_of(event), LETTERS):
        page = read(operations, url)
        assert "ada@example.com" not in page
        assert "nobody called [redacted]" in page
    page = " ".join(read(operations, page_of(event)).split())
    assert "&quot;order_id&quot;: 1" in page
    assert "Behind it, 1 later event of order:1 must wait." in page


def test_what_is_not_there_is_not_found(operations: Client) -> None:
    nothing = uuid.uuid4()
    urls = [f"{LETTERS}orders/{nothing}/", f"{LETTERS}nowhere/{dead(1).event_id}/"]
    assert [operations.get(url).status_code for url in urls] == [404, 404]
    assert operations.post(f"{LETTERS}nowhere/replay/").status_code == 404
    assert operations.post(f"{LETTERS}orders/{nothing}/replay/").status_code == 404


def test_a_replay_is_no_link(operations: Client) -> None:
    assert operations.get(replay_of(dead(1))).status_code == 405


@pytest.mark.parametrize("group", ["catalogue", "stock", "orders"])
def test_other_groups_are_kept_out_of_operations(group: str) -> None:
    client, event = client_of(group), dead(1)
    pages = [BACKLOG, LETTERS, page_of(event), reverse("admin:invariants"), reverse("admin:admin_logentry_changelist")]
    deeds = [replay_of(event), reverse("admin:dead_letters_replay", args=["orders"]), reverse("admin:invariants_run")]
    assert {client.get(url).status_code for url in [*pages, *deeds]} == {403}
    assert {client.post(url).status_code for url in [*pages, *deeds]} == {403}
    assert dead_ones() == ["order:1"]


def test_strangers_are_sent_to_the_door(client: Client) -> None:
    event = dead(1)
    assert [ask(BACKLOG).status_code for ask in (client.get, client.post)] == [302, 302]
    assert client.post(replay_of(event)).status_code == 302
    assert dead_ones() == ["order:1"]


@pytest.mark.parametrize(
    ("name", "budget"),
    [
        ("admin:backlog", {"inventory": 6, "orders": 2, "payments": 2}),
        ("admin:dead_letters", {"inventory": 2, "orders": 2, "payments": 2}),
    ],
)
def test_a_page_asks_as_much_for_many_rows_as_for_none(
    operations: Client,
    name: str,
    budget: dict[str, int],
    django_assert_num_queries: DjangoAssertNumQueries,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(30):
        dead(number + 1)
        confirmed(number + 100)
    with ExitStack() as stack:
        stack.enter_context(django_assert_max_num_queries(14, connection=connections["users"]))  # with the session's
        for context, count in budget.items():
            stack.enter_context(django_assert_num_queries(count, connection=connections[context]))
        read(operations, reverse(name))


def test_a_form_from_elsewhere_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(member("operations"))
    event = dead(1)
    assert client.post(replay_of(event)).status_code == 403
    assert dead_ones() == ["order:1"]
