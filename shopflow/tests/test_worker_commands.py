"""`manage.py worker` and `beat`: why they do not start."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("command", ["worker", "beat"])
def test_without_a_broker_there_is_nothing_to_do(command: str) -> None:
    with pytest.raises(CommandError, match="set SHOPFLOW_SINK=celery"):
        call_command(command)


def test_a_worker_is_of_the_contexts_that_it_hosts(settings: Any) -> None:
    settings.SINK = "celery"
    settings.HOSTED = ("orders",)
    with pytest.raises(CommandError, match="makes this a worker of orders, not of inventory"):
        call_command("worker", "inventory")


def test_a_relay_that_hands_events_over_itself_needs_every_context(settings: Any) -> None:
    settings.HOSTED = ("orders",)
    with pytest.raises(CommandError, match="puts users, inventory, payments elsewhere"):
        call_command("relay")
