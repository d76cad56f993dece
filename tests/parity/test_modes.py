"""One process and the split say the same to the same, word for word, and have the same rows in the end.

SHOPFLOW_PARITY_SEED=7 for another conversation, SHOPFLOW_PARITY_STEPS=2000 for a longer one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests import modes
from tests.api.client import Client
from tests.api.conftest import STAFF, log_in
from tests.durability.mall import Mall
from tests.parity.conversation import Conversation
from tests.parity.normal import Names, rows, told

pytestmark = pytest.mark.e2e

SEED = int(os.environ.get("SHOPFLOW_PARITY_SEED", "1"))
STEPS = int(os.environ.get("SHOPFLOW_PARITY_STEPS", "300"))


def test_both_modes_answer_alike_and_leave_the_same_rows(tmp_path: Path, prepared_state: Callable[[], Path]) -> None:
    prepared = prepared_state()
    with ThreadPoolExecutor(2) as pool:
        split = pool.submit(_whole_run, modes.SPLIT, tmp_path / "split", prepared)
        whole = pool.submit(_whole_run, modes.ONE_PROCESS, tmp_path / "whole", prepared)
    said, kept = whole.result()
    said_split, kept_split = split.result()
    assert len(said) > STEPS
    assert {status for *_, (status, *_) in said} >= {200, 201, 204, 400, 401, 403, 404, 405, 409, 422}
    different = [f"{one}\n{other}" for one, other in zip(said, said_split, strict=False) if one != other]
    assert "\n\n".join(different[:3]) == ""
    assert len(said) == len(said_split)
    for table in kept:
        missing = [row for row in kept[table] if row not in kept_split[table]]
        assert (table, missing[:3], len(kept[table])) == (table, [], len(kept_split[table]))
    assert kept == kept_split


def _whole_run(mode: str, state: Path, prepared: Path) -> tuple[list[Any], dict[str, list[str]]]:
    """Every question with its answer, and every row at the end."""
    mall, names = Mall(mode, state, prepared=prepared), Names()
    try:
        client = Client(mall.url)
        conversation = Conversation(client, log_in(client, **STAFF)["access_token"], SEED)
        said = [(method, path, told(answer, mall.url, names)) for method, path, answer in conversation.of(STEPS)]
        mall.drain()
        mall.wait_for_mails()
        mall.verify()
        return said, rows(mall, names)
    finally:
        mall.close()
