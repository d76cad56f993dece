"""The shop's own look at its books: a breach is logged and counted; what was purged is none."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings as configured
from django.db.models import F
from prometheus_client import REGISTRY

from inventory.models import Product
from inventory.services import create_product
from shopflow.invariants import watch
from shopflow.invariants.base import check
from shopflow.invariants.watch import watch_invariants
from shopflow.messaging.models import OutboxEvent
from shopflow.messaging.purge import purge_messages

pytestmark = pytest.mark.django_db(databases=configured.CONTEXTS)

LEDGER = "the stock of each product is the sum of its ledger"
TOLD = "every product has its event"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "check", partial(check, pauses=()))


def breaches(rule: str) -> float | None:
    return REGISTRY.get_sample_value("shopflow_invariant_breaches", {"invariant": rule})


def test_a_breach_is_logged_and_counted_until_it_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    lamp = create_product(name="Lamp", price=100, stock=5)
    Product.objects.filter(id=lamp).update(stock=F("stock") - 1)
    watch_invariants("inventory")
    assert breaches(LEDGER) == 1
    assert [record.getMessage() for record in caplog.records] == [f"1 break the rule that {LEDGER}: product {lamp}"]
    Product.objects.filter(id=lamp).update(stock=F("stock") + 1)
    watch_invariants("inventory")
    assert breaches(LEDGER) == 0


def test_another_context_looks_at_its_own_books(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    lamp = create_product(name="Lamp", price=100, stock=5)
    Product.objects.filter(id=lamp).update(stock=F("stock") - 1)
    settings.HOSTED = ("orders",)
    watch_invariants("orders")
    assert caplog.records == []


def test_a_change_whose_event_was_purged_is_no_breach_and_a_new_one_without_is() -> None:
    create_product(name="Lamp", price=100, stock=5)
    longer = timedelta(days=configured.RETENTION_DAYS, seconds=1)
    outbox = OutboxEvent.objects.using("inventory")
    outbox.update(delivered_at=F("created_at") - longer, created_at=F("created_at") - longer)
    Product.objects.update(created_at=F("created_at") - longer)
    assert purge_messages("inventory") == 2
    watch_invariants("inventory")
    assert breaches(TOLD) == 0
    create_product(name="Mug", price=100, stock=5)
    outbox.filter(type="product.created").delete()
    watch_invariants("inventory")
    assert breaches(TOLD) == 1
