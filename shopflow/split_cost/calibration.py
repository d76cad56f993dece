"""What a call over gRPC costs on this machine: measured, with the real codec, client and server, over mutual TLS."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import grpc
from django.conf import settings

from contracts.transport.grpc_client import grpc_client
from contracts.transport.hooks import Hooks
from contracts.transport.peer import Peer
from shopflow.certificates import ensure_certificates
from shopflow.grpc.channels import OPTIONS
from shopflow.grpc.credentials import channel_credentials
from shopflow.split_cost.echo import NAME
from shopflow.split_cost.estimate import CONTRACTS, METHODS, OUTSIDE, OWNERS, Cost
from shopflow.split_cost.figures import NoFigures
from shopflow.split_cost.messages import message

SECONDS = 1.0
"""For all methods together."""
WARM_UP = 50
LEAST = 20

Sizes = tuple[float, float]
Clock = Callable[[], float]


def calibrate(sizes: Mapping[str, Sizes], *, seconds: float = SECONDS) -> dict[str, Cost]:
    """For each method by its full name: one call after another to another process, with messages of these sizes."""
    with TemporaryDirectory() as directory:
        certs = Path(directory)
        ensure_certificates(certs)
        responses = {name: response for name, (_, response) in sizes.items()}
        with _echo(certs, responses) as (port, cpu):
            return {
                name: _cost_of(name, request, certs=certs, port=port, cpu=cpu, seconds=seconds / len(sizes))
                for name, (request, _) in sizes.items()
            }


@contextmanager
def _echo(certs: Path, responses: Mapping[str, float]) -> Iterator[tuple[int, Clock]]:
    """The port of the other process, and the CPU time that it and this one have used together."""
    command = [sys.executable, "-m", "shopflow.split_cost.echo", str(certs)]
    with subprocess.Popen(  # noqa: S603  # our own module
        command, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as other:

        def ask(line: str) -> str:
            if other.stdin is None or other.stdout is None:
                raise TypeError("both are pipes")
            other.stdin.write(f"{line}\n")
            if not (answer := other.stdout.readline()):
                raise NoFigures("the gRPC server of the calibration did not start")
            return answer

        port = int(ask(json.dumps(responses)))
        yield port, lambda: process_time() + float(ask(""))


def _cost_of(name: str, size: float, *, certs: Path, port: int, cpu: Clock, seconds: float) -> Cost:
    method = METHODS[name]
    credentials = channel_credentials(certs, min(method.callers - {OUTSIDE}))
    options = (*OPTIONS, ("grpc.ssl_target_name_override", NAME))
    peer = Peer(NAME, partial(grpc.secure_channel, f"127.0.0.1:{port}", credentials, options))
    try:
        client = grpc_client(CONTRACTS[OWNERS[name]], peer, hooks=Hooks())
        return _measure(partial(getattr(client, method.name), message(method.request, size=size)), cpu, seconds)
    finally:
        peer.close()


def _measure(call: Callable[[], object], cpu: Clock, seconds: float) -> Cost:
    """The median wait, which a pause of the machine does not move, and the mean CPU time."""
    for _ in range(WARM_UP):
        call()
    waits: list[float] = []
    used, end = cpu(), perf_counter() + seconds
    while len(waits) < LEAST or perf_counter() < end:
        started = perf_counter()
        call()
        waits.append(perf_counter() - started)
    return Cost(seconds=median(waits), cpu_seconds=(cpu() - used) / len(waits))
