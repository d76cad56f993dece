"""Several processes work on the imports, and each of them may die at any time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from urllib.parse import quote

import pytest
from django.db import OperationalError, connections

from inventory.errors import ImportMoved
from inventory.import_models import Import, ImportState
from inventory.imports import deciding, job
from inventory.imports.job import MOST_ATTEMPTS, run_imports
from inventory.imports.progress import Progress
from inventory.models import MovementKind, Product, StockMovement
from inventory.tests.conftest import make_product
from inventory.tests.imports.conftest import ACTOR, STOCK, check, confirm
from shopflow.messaging.models import OutboxEvent
from tests.e2e.shop import PATIENCE, ROOT, until

pytestmark = pytest.mark.django_db(databases=["inventory"], transaction=True)


@pytest.fixture
def counted() -> Import:
    """Three products, whose counts are confirmed and not yet applied."""
    for number in range(3):
        make_product(sku=f"L-{number}", stock_level=10)
    it = check("sku,counted\nL-0,7\nL-1,8\nL-2,9\n", kind=STOCK)
    deciding.confirm(import_id=it.pk, actor_id=ACTOR)
    return it


def stocks() -> list[int]:
    return [*Product.objects.order_by("sku").values_list("stock", flat=True)]


def counts() -> list[int]:
    return [*StockMovement.objects.filter(kind=MovementKind.COUNT).order_by("id").values_list("delta", flat=True)]


@contextmanager
def halting(step: int) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that stands still, its transaction open, once it has told of this step."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "SHOPFLOW_"))}
    away = ",".join(f"{name}=grpc://127.0.0.1:1" for name in ("users", "orders", "payments"))
    settings = {
        "DJANGO_SETTINGS_MODULE": "shopflow.settings.local",
        "SHOPFLOW_PEERS": f"inventory=local,{away}",
        "INVENTORY_DATABASE_URL": database_url(),
    }
    command = [sys.executable, "-m", "inventory.tests.imports.halting", str(step)]
    process = subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env={**inherited, **settings}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "halted\n"
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)
        process.stdout.close()


def database_url() -> str:
    settings = connections["inventory"].settings_dict
    host = quote(str(settings["HOST"]), safe="")
    return f"postgres://{settings['USER']}:{quote(settings['PASSWORD'])}@{host}:{settings['PORT']}/{settings['NAME']}"


@pytest.mark.e2e
def test_a_process_that_is_killed_in_the_middle_leaves_nothing_half_done(counted: Import) -> None:
    sent = OutboxEvent.objects.using("inventory").count()
    with halting(2) as process:
        counted.refresh_from_db()
        assert (counted.state, counted.done, counted.total) == (ImportState.APPLYING, 2, 3)  # seen from outside
        assert (stocks(), counts()) == ([10, 10, 10], [])
        assert run_imports() == 0  # it is taken
        process.kill()
        process.wait(PATIENCE)
        until(lambda: run_imports() == 1, "the lock of the dead process")
    counted.refresh_from_db()
    assert (counted.state, counted.attempts) == (ImportState.APPLIED, 2)
    assert (stocks(), counts()) == ([7, 8, 9], [-3, -2, -1])
    assert OutboxEvent.objects.using("inventory").count() == sent + 3


def test_an_import_that_kills_its_process_each_time_is_given_up(counted: Import) -> None:
    Import.objects.filter(pk=counted.pk).update(attempts=MOST_ATTEMPTS)
    run_imports()
    counted.refresh_from_db()
    assert counted.state == ImportState.FAILED
    assert counted.error.startswith("The process that worked on it died each time.")
    assert stocks() == [10, 10, 10]
    deciding.check_again(import_id=counted.pk)
    run_imports()
    assert confirm(counted).state == ImportState.APPLIED


def test_a_fault_of_ours_changes_nothing_and_holds_up_nobody(counted: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    tell = Progress.tell

    def break_once(self: Progress, done: int, total: int) -> None:
        monkeypatch.setattr(Progress, "tell", tell)
        raise ZeroDivisionError

    monkeypatch.setattr(Progress, "tell", break_once)
    other = deciding.upload(kind=STOCK, file_name="b.csv", content=b"sku,counted\nL-0,1\n", actor_id=ACTOR)
    assert run_imports() == 2
    counted.refresh_from_db()
    assert (counted.state, stocks(), counts()) == (ImportState.FAILED, [10, 10, 10], [])
    assert Import.objects.get(pk=other).state == ImportState.CHECKED


def test_a_database_that_goes_away_is_waited_for(counted: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*given: object) -> None:
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setitem(job.STEPS, ImportState.APPLYING, away)
        with pytest.raises(OperationalError):
            run_imports()
    counted.refresh_from_db()
    assert counted.state == ImportState.APPLYING
    assert run_imports() == 1
    assert stocks() == [7, 8, 9]


def test_processes_share_the_work_and_do_each_import_once(counted: Import) -> None:
    more = [
        deciding.upload(kind=STOCK, file_name="b.csv", content=b"sku,counted\nL-0,1\n", actor_id=ACTOR)
        for _ in range(5)
    ]
    barrier = Barrier(4)

    def work() -> int:
        barrier.wait()
        try:
            return run_imports()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        done = [future.result() for future in [pool.submit(work) for _ in range(4)]]
    assert sum(done) >= 6
    assert (stocks(), counts()) == ([7, 8, 9], [-3, -2, -1])
    assert {*Import.objects.filter(pk__in=more).values_list("state", flat=True)} == {ImportState.CHECKED}


def test_two_confirmations_at_once_apply_it_once(counted: Import) -> None:
    with pytest.raises(ImportMoved):
        deciding.confirm(import_id=counted.pk, actor_id=ACTOR)
    run_imports()
    assert counts() == [-3, -2, -1]
