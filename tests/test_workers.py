from __future__ import annotations

import pytest

from tests.workers import LONGEST, group, rank


@pytest.mark.parametrize(
    ("nodeid", "wanted"),
    [
        ("tests/api/test_orders.py::test_a_list[up_split]", "up_split"),
        ("tests/api/test_orders.py::test_a_list[up_split-limit=0]", "up_split"),
        ("tests/api/test_schema.py::test_staff[GET /health][up]", "up"),
        ("tests/docs/test_readme.py::test_the_tour[up-the first time]", "up"),
        ("tests/faults/test_services.py::test_it[orders]", "faults"),
        ("tests/faults/test_callers.py::test_it", "faults"),
        ("tests/browser/test_login.py::test_it[chromium]", "browser"),
        ("orders/tests/test_moves.py::test_it[update]", "orders/tests/test_moves.py"),
    ],
)
def test_what_asks_one_shop_goes_to_one_worker_and_the_rest_by_file(nodeid: str, wanted: str) -> None:
    assert group(nodeid) == wanted


def test_the_longest_come_first() -> None:
    ids = [
        "orders/tests/test_moves.py::test_it[up]",
        "orders/tests/test_moves.py::test_it",
        "tests/e2e/test_up.py::test_it[15]",
        "tests/faults/test_callers.py::test_it",
        "tests/api/test_orders.py::test_a_list[up_split]",
    ]
    assert [rank(id) for id in ids] == [1, len(LONGEST), 4, 2, 0]
