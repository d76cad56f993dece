"""The invariants as a page: what the last run found, who asked, and another run at the press of a button."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from io import StringIO

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from inventory.models import Product
from inventory.services import create_product
from shopflow.back_office import invariant_process, invariant_runs
from shopflow.back_office.invariant_runs import NAMED, TakenForDead, begin, recording
from shopflow.back_office.models import InvariantRun
from shopflow.back_office.tests.people import member
from shopflow.invariants import reading
from shopflow.invariants.base import Invariant, Reading, check
from shopflow.invariants.every import EVERY

pytestmark = pytest.mark.django_db(databases=settings.CONTEXTS)

PAGE = reverse("admin:invariants")
RUN = reverse("admin:invariants_run")
LEDGER = "The stock of each product is the sum of its ledger"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "check", partial(check, pauses=()))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs for which a process would have been started."""
    runs: list[int] = []
    monkeypatch.setattr(invariant_process, "_start", runs.append)
    return runs


@pytest.fixture
def operations() -> Client:
    client = Client()
    client.force_login(member("operations"))
    return client


def read(client: Client, url: str = PAGE) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def silent() -> None:
    InvariantRun.objects.update(alive_until=F("started_at") - timedelta(seconds=1))


def states() -> list[str]:
    return list(InvariantRun.objects.order_by("pk").values_list("state", flat=True))


def test_before_the_first_run_it_says_what_to_do(operations: Client) -> None:
    assert "Nobody has asked yet. Press “Run now”." in read(operations)


def test_a_run_is_asked_for_once_and_that_is_written_down(operations: Client, started: list[int]) -> None:
    operations.post(RUN)
    operations.post(RUN)
    (run,) = InvariantRun.objects.all()
    assert started == [run.pk]
    page = read(operations)
    assert "A run is under way already: you see it below." in page
    assert f"<strong>Under way</strong>: 0 of {len(EVERY)} rules are read." in page
    assert "Asked for by member-operations at" in page
    (entry,) = LogEntry.objects.all()
    assert (entry.get_change_message(), entry.object_id) == ("Asked for a run of the invariants.", str(run.pk))


def test_what_is_read_is_seen_at_once(operations: Client) -> None:
    run_id = begin()
    assert run_id
    with recording(run_id) as tell:
        tell(EVERY[0], Reading(1234, frozenset()))
        page = read(operations)
        assert f"<strong>Under way</strong>: 1 of {len(EVERY)} rules are read." in page
        assert "1,234" in page
        assert 'hx-trigger="every 1s"' in page
    assert f"<strong>Under way</strong>: 1 of {len(EVERY)}" not in read(operations)


def test_a_clean_shop_is_told_from_a_broken_one_by_name(operations: Client) -> None:
    lamp = create_product(name="Lamp", price=100, stock=5)
    call_command("verify_shop", stdout=StringIO())
    page = read(operations)
    assert f"All {len(EVERY)} rules hold" in page
    assert "Asked for by the command line at" in page
    assert "every 1s" not in page
    Product.objects.filter(pk=lamp).update(stock=F("stock") - 1)
    with pytest.raises(CommandError):
        call_command("verify_shop", stdout=StringIO())
    page = read(operations)
    assert f"1 of {len(EVERY)} rules does not hold" in page
    assert f'{LEDGER} <ul class="mt-4 text-red-600 dark:text-red-400"> <li>product {lamp}</li> </ul>' in page
    first = InvariantRun.objects.earliest("pk")
    assert f"All {len(EVERY)} rules hold" in read(operations, f"{PAGE}?run={first.pk}")


def test_of_many_breaches_some_are_named() -> None:
    run_id = begin()
    assert run_id
    with recording(run_id) as tell:
        tell(EVERY[0], Reading(100, frozenset(f"product {number}" for number in range(NAMED + 7))))
    run = InvariantRun.objects.get()
    assert (run.broken, run.readings[0]["breaches"], len(run.readings[0]["names"])) == (1, NAMED + 7, NAMED)


def test_the_command_says_nothing_of_a_run_while_another_is_under_way(started: list[int]) -> None:
    begin()
    call_command("verify_shop", stdout=StringIO())
    assert states() == ["running"]


def test_a_run_that_fails_says_why(operations: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Reading:
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr(reading, "EVERY", [Invariant("it fails", fails)])
    with pytest.raises(ZeroDivisionError):
        call_command("verify_shop", stdout=StringIO())
    assert states() == ["failed"]
    assert f"Failed</strong> after 0 of {len(EVERY)} rules: ZeroDivisionError: nothing to divide by" in read(operations)


def test_a_run_that_is_silent_has_died_and_makes_way(operations: Client, started: list[int]) -> None:
    operations.post(RUN)
    silent()
    page = read(operations)
    assert "Died</strong>: its process ended before its time" in page
    assert "every 1s" not in page
    operations.post(RUN)
    assert states() == ["died", "running"]
    assert len(started) == 2


def test_one_that_was_taken_for_dead_says_no_more() -> None:
    run_id = begin()
    assert run_id

    def comes_back() -> None:
        with recording(run_id) as tell:
            silent()
            assert begin()
            tell(EVERY[0], Reading(1, frozenset()))

    with pytest.raises(TakenForDead):
        comes_back()
    assert states() == ["died", "running"]
    with pytest.raises(CommandError, match="not under way"):
        call_command("verify_shop", "--run", str(run_id), stdout=StringIO())


def test_a_process_that_cannot_be_started_is_told(operations: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invariant_process, "COMMAND", ("/nowhere/python",))
    operations.post(RUN)
    page = read(operations)
    assert "No process could be started for it (FileNotFoundError). Try again in a moment." in page
    assert states() == ["failed"]


def test_the_oldest_runs_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invariant_runs, "KEPT", 3)
    for _ in range(6):
        run_id = begin()
        assert run_id
        with recording(run_id):
            pass
    assert InvariantRun.objects.count() == 4


def test_who_may_only_look_finds_no_button(started: list[int]) -> None:
    user = member()
    user.user_permissions.set(Permission.objects.filter(codename="view_invariantrun"))
    client = Client()
    client.force_login(user)
    assert "Run now" not in read(client)
    assert client.post(RUN).status_code == 403
    assert started == []


def test_a_run_is_no_link(operations: Client, started: list[int]) -> None:
    assert operations.get(RUN).status_code == 405
    assert started == []


def test_the_page_asks_as_much_for_many_runs_as_for_one(
    operations: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        InvariantRun.objects.create(state="finished", actor_id=number, alive_until=Now(), finished_at=Now())
    with ExitStack() as stack:
        for context, most in {"users": 14, "inventory": 0, "orders": 0, "payments": 0}.items():
            stack.enter_context(django_assert_max_num_queries(most, connection=connections[context]))
        read(operations)
