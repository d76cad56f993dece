"""`manage.py migrate`: every context's database, or the one that is named."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db(databases=["users", "inventory", "orders", "payments"])


def headings(**options: Any) -> list[str]:
    output = StringIO()
    call_command("migrate", stdout=output, no_color=True, **options)
    return [line for line in output.getvalue().splitlines() if line.startswith("The ")]


def test_migrates_every_database_where_none_is_named() -> None:
    assert headings() == [f"The {context} database" for context in ("users", "inventory", "orders", "payments")]


def test_migrates_only_the_database_that_is_named() -> None:
    assert headings(database="orders") == []


def test_checks_the_databases_that_it_migrates() -> None:
    """As on the command line: `call_command` leaves the checks out where it is not told."""
    assert len(headings(skip_checks=False)) == 4
    assert headings(skip_checks=False, database="orders") == []
