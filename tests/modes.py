"""The two ways in which the whole shop runs; a suite that is true of the shop is true of both."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from shopflow.gateway.places import ADMIN_PORT, GRPC_PORTS, HTTP_PORTS
from shopflow.local_run.port import HOST, is_free
from tests.e2e.shop import Shop

ONE_PROCESS, SPLIT = "up", "up_split"
BOTH = [pytest.param(mode, marks=pytest.mark.xdist_group(mode)) for mode in (ONE_PROCESS, SPLIT)]
"""For `params`: all that asks the shop of one mode runs in one worker, so that each is started once."""

OFFSETS = range(11_000, 15_000, 10)
"""Beyond the ports that the system gives to whoever asks for any."""


def start(mode: str, state: Path, *, port: int | None = None, **environment: str) -> Shop:
    if mode == SPLIT:
        environment.setdefault("SHOPFLOW_PORT_OFFSET", str(free_offset()))
    return Shop(state, port=port, command=mode, **environment)


def free_offset() -> int:
    """Of the ports of a split; another run that looks for one at this moment hardly finds the same."""
    usual = (ADMIN_PORT, *HTTP_PORTS.values(), *GRPC_PORTS.values())
    return next(
        offset
        for offset in random.sample(OFFSETS, len(OFFSETS))
        if all(is_free(HOST, number + offset) for number in usual)
    )
