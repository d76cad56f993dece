"""A process dies before and after each step of an order: in the end all is as if it had not.

SHOPFLOW_CRASH_ROWS=all for each step in every scenario that comes by there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.crash import matrix
from tests.crash.breaking import BREAKS, fits
from tests.crash.matrix import Row
from tests.crash.published import PAGE
from tests.crash.purchase import Purchase
from tests.crash.scenarios import SCENARIOS
from tests.crash.ways import WAYS
from tests.crash.world import World

LATER_SECONDS = 30.0
"""What the dead process held is free again, and what it left behind is old enough to be taken up."""


@pytest.mark.e2e
@pytest.mark.parametrize("row", matrix.rows(), ids=str)
def test_an_order_survives(world: World, row: Row) -> None:
    scenario = SCENARIOS[row.scenario]
    world.is_well()
    purchase = Purchase(world, scenario.method)
    scenario.prepare(purchase)
    world.death.arm(row.point, deaths=row.deaths)
    with ThreadPoolExecutor(1) as pool:  # it may only return once it was repeated by the gateway
        acting = pool.submit(scenario.act, purchase)
        try:
            for death in range(1, row.deaths + 1):
                struck = partial(world.death.struck, death)
                world.until(struck, lambda: f"nobody came by {row.point}: {purchase.where()}")
                world.death.are_seen()
                purchase.time_passes(LATER_SECONDS)
        finally:
            world.death.disarm()
    acting.result()
    scenario.finish(purchase)
    assert scenario.judge(purchase) == []


@pytest.mark.e2e
def test_the_books_are_right_after_all_of_it(world: World) -> None:
    world.mall.drain()
    world.mall.verify()


def test_every_point_of_every_step_is_reached_by_a_scenario() -> None:
    assert [point for point in matrix.points() if not matrix.reaching(point)] == []
    assert matrix.unknown(WAYS) == set()


def test_every_scenario_is_run() -> None:
    assert set(SCENARIOS) - {row.scenario for row in matrix.chosen_rows()} == set()


def test_every_row_is_published() -> None:
    page = PAGE.read_text()
    assert [str(row) for row in matrix.rows() if f"| {row.dies} | {row.scenario} |" not in page] == []
    assert "BROKEN" not in page


def test_each_compensation_can_still_be_broken_on_purpose() -> None:
    """By `python -m tests.crash.breaking`, which shows that its rows turn red then."""
    assert [broken.says for broken in BREAKS if not fits(broken)] == []
