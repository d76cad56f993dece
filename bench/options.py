"""How long and how much."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

PARTS = ("statements", "orders", "latency", "flash", "catalogue", "back_office", "startup")

WORKERS = 2
THREADS = 4
"""Of each worker: more would wait for the interpreter."""

CONNECTIONS = 16
"""Buyers at once: of the load generator, and the clients of pgbench."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    seconds: float
    rounds: int
    large: int
    pages: int
    goods: int
    orders: int
    staff_requests: int
    buyers: int
    units: int
    parts: tuple[str, ...]
    quick: bool

    @property
    def complete(self) -> bool:
        """A run whose figures are worth keeping."""
        return not self.quick and self.parts == PARTS


def parse(arguments: Sequence[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, help="of one round of orders (6)")
    parser.add_argument("--rounds", type=int, help="of each side, taken in turns (5)")
    parser.add_argument("--products", type=int, help="in the large catalogue (1,000,000)")
    parser.add_argument("--orders", type=int, help="in the back office's shop (1,000,000; a fourth as many products)")
    parser.add_argument("--quick", action="store_true", help="a smoke test: its figures mean little")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    given = parser.parse_args(arguments)
    quick: bool = given.quick
    orders: int = given.orders or (10_000 if quick else 1_000_000)
    return Options(
        seconds=given.seconds or (1.5 if quick else 6.0),
        rounds=given.rounds or (2 if quick else 5),
        large=given.products or (20_000 if quick else 1_000_000),
        pages=40 if quick else 400,
        goods=orders // 4,
        orders=orders,
        staff_requests=20 if quick else 60,
        buyers=1_000 if quick else 10_000,
        units=100 if quick else 1_000,
        parts=tuple(part for part in PARTS if part in given.only),
        quick=quick,
    )
