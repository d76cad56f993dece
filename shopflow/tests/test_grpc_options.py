"""gRPC takes any option and says nothing of one that it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # its stubs leave it out

from shopflow.grpc import channels, server

CORE = Path(cygrpc.__file__).read_bytes()
OPTIONS = sorted({name for name, _ in (*channels.OPTIONS, *server.OPTIONS)})


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_is_one_that_grpc_knows(name: str) -> None:
    assert name.encode() in CORE


def test_one_that_it_does_not_know_is_noticed() -> None:
    assert b"grpc.http2.min_recv_ping_interval_without_data_ms" not in CORE
