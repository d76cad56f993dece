"""What is left of an import in the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from inventory.errors import ImportMoved
from inventory.import_models import Import, ImportState
from inventory.imports import deciding
from inventory.imports.limits import DAYS_KEPT
from inventory.imports.purging import purge_imports
from inventory.models import Product
from inventory.tests.conftest import make_product
from inventory.tests.imports.conftest import ACTOR, apply, check, differences, undo

pytestmark = pytest.mark.django_db(databases=["inventory"])

FILE = "sku,price\nLAMP,30\n"


def aged(it: Import, *, days: int = DAYS_KEPT + 1) -> Import:
    past = Now() - timedelta(days=days)
    Import.objects.filter(pk=it.pk).update(created_at=past, checked_at=past)
    return it


def size(it: Import) -> int:
    it = Import.objects.get(pk=it.pk)
    return len(it.file.content)


def test_the_bytes_of_old_files_go_and_young_ones_stay() -> None:
    make_product(sku="LAMP")
    old, young = aged(apply(FILE)), aged(apply(FILE), days=DAYS_KEPT - 1)
    assert (purge_imports(), purge_imports()) == (1, 0)
    assert (size(old), size(young)) == (0, len(FILE))


def test_what_was_changed_stays_for_the_record_and_can_be_undone() -> None:
    make_product(sku="LAMP", price=2550)
    it = aged(apply(FILE))
    purge_imports()
    assert differences(it) == [(2, "LAMP", {"price": 2550}, {"price": 3000})]
    assert undo(it).state == ImportState.UNDONE
    assert Product.objects.get().price == 2550


def test_what_nobody_confirmed_is_given_up() -> None:
    make_product(sku="LAMP")
    it = aged(check(FILE))
    assert purge_imports() == 1
    it.refresh_from_db()
    assert (it.state, size(it), differences(it)) == (ImportState.FAILED, 0, [])
    assert it.error.startswith("Nobody confirmed it within 90 days")
    with pytest.raises(ImportMoved):
        _confirm(it)
    with pytest.raises(ImportMoved):
        deciding.check_again(import_id=it.pk)


def test_what_is_under_way_is_left_alone() -> None:
    make_product(sku="LAMP")
    it = aged(check(FILE))
    _confirm(it)
    assert (purge_imports(), size(it)) == (0, len(FILE))


def _confirm(it: Import) -> None:
    deciding.confirm(import_id=it.pk, actor_id=ACTOR)
