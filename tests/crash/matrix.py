"""The rows of the crash matrix: each point of each step, in the scenarios that come by there.

`WAYS` is written by hand, so that it says what is meant to happen; a step that is not in it fails a test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from contracts.steps import STEPS
from shopflow import urls, wiring
from tests.crash.scenarios import SCENARIOS
from tests.crash.ways import TWICE, WAYS

SELECTION = os.environ.get("SHOPFLOW_CRASH_ROWS", "")
"""SHOPFLOW_CRASH_ROWS=all: each point in each scenario that comes by there, not in one of them; and those at which
whoever comes to finish dies, too. Or rows, with `;`."""
assert urls.urlpatterns, wiring.HANDLERS  # all that has steps is imported by now


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    point: str
    scenario: str
    deaths: int = 1
    """Of the second dies whoever comes to finish what the first had left."""

    @property
    def dies(self) -> str:
        return self.point if self.deaths == 1 else f"{self.point}, twice"

    def __str__(self) -> str:
        return f"{self.dies}: {self.scenario}"


def points() -> list[str]:
    """Every one, in the order of the table."""
    names = sorted(STEPS, key=lambda name: list(WAYS).index(name) if name in WAYS else len(WAYS))
    return [point for name in names for point in (STEPS[name].before, STEPS[name].after)]


def every_row() -> Iterator[Row]:
    for point in points():
        for scenario in reaching(point):
            yield Row(point=point, scenario=scenario)


def chosen_rows() -> list[Row]:
    """For each point one scenario, in turn, so that all scenarios are among them."""
    taken = dict.fromkeys(SCENARIOS, 0)
    chosen = []
    for point in points():
        if ways := reaching(point):
            least = min(ways, key=lambda name: taken[name])
            taken[least] += 1
            chosen.append(Row(point=point, scenario=least))
    return chosen


def reaching(point: str) -> Sequence[str]:
    when, _, step = point.partition(" ")
    return WAYS.get(step, {}).get(when, ())


def rows() -> list[Row]:
    if SELECTION not in ("", "all"):
        return [_named(row) for row in SELECTION.split(";")]
    if not SELECTION:
        return chosen_rows()
    return [*every_row(), *(Row(point=point, scenario=scenario, deaths=2) for point, scenario in TWICE.items())]


def _named(row: str) -> Row:
    dies, _, scenario = row.partition(": ")
    point, _, twice = dies.partition(", ")
    return Row(point=point, scenario=scenario, deaths=2 if twice else 1)


def unknown(ways: Mapping[str, Mapping[str, Sequence[str]]]) -> set[str]:
    """Steps and scenarios that are named and are not there."""
    named = set(chain.from_iterable(chain.from_iterable(way.values()) for way in ways.values()))
    return (set(ways) - set(STEPS)) | (named - set(SCENARIOS))
