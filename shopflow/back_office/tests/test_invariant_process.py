"""A run of the invariants in its real process: it outlasts the request, and its death is seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connections
from django.db.models import F
from django.db.transaction import atomic
from django.test import Client
from django.urls import reverse

from shopflow.back_office.models import InvariantRun
from shopflow.back_office.tests.people import member
from shopflow.invariants.every import EVERY
from shopflow.tests.test_grpc_process import url_of
from tests.e2e.shop import PATIENCE, until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(databases=settings.CONTEXTS, transaction=True)]

PAGE = reverse("admin:invariants")
RUN = reverse("admin:invariants_run")


@pytest.fixture(autouse=True)
def _children(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """What the page starts uses the databases of the tests; none of it is left behind."""
    monkeypatch.setenv("SHOPFLOW_STATE", str(tmp_path))
    for context in settings.CONTEXTS:
        monkeypatch.setenv(f"{context.upper()}_DATABASE_URL", url_of(connections[context].settings_dict))
    yield
    for process in children():
        process.kill()
        process.wait(PATIENCE)


@pytest.fixture
def office() -> Client:
    client = Client()
    client.force_login(member("operations"))
    return client


def children() -> list[psutil.Process]:
    return [process for process in psutil.Process().children() if "verify_shop" in process.cmdline()]


def page(client: Client) -> str:
    return " ".join(client.get(PAGE).content.decode().split())


def newest() -> InvariantRun:
    return InvariantRun.objects.latest("pk")


def test_a_run_that_is_killed_has_died_and_another_runs_to_its_end(office: Client) -> None:
    with atomic(using="inventory"), connections["inventory"].cursor() as cursor:
        cursor.execute("LOCK TABLE inventory_product IN ACCESS EXCLUSIVE MODE")  # its first statement waits
        office.post(RUN)
        (child,) = children()
        begun = newest().alive_until
        until(lambda: newest().alive_until < begun, "the process to take its lease")
        taken = newest().alive_until
        until(lambda: newest().alive_until > taken, "its heart to beat")
        office.post(RUN)
        assert children() == [child]
        child.kill()
        until(lambda: not child.is_running(), "it to be gone, and no zombie")
        assert "<strong>Under way</strong>" in page(office)
        InvariantRun.objects.update(alive_until=F("started_at") - timedelta(seconds=1))
        assert "Died</strong>: its process ended before its time, after 0 of" in page(office)
    office.post(RUN)
    until(lambda: newest().state != "running", "the other to end")
    assert [run.state for run in InvariantRun.objects.order_by("pk")] == ["died", "finished"]
    assert (len(newest().readings), newest().broken, newest().error) == (len(EVERY), 0, "")
    assert f"All {len(EVERY)} rules hold" in page(office)
