"""The other side of a calibration: a gRPC server of every contract whose implementations have their answer ready.

`python -m shopflow.split_cost.echo CERTS` reads one line, the size of each method's response, says its port, and tells
the CPU time that it has used whenever it reads another line. It ends with its input.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import process_time
from typing import Any

import grpc

from contracts.base import Contract, Method
from contracts.transport.grpc_server import Gate, contract_handler
from contracts.transport.hooks import Hooks
from shopflow.grpc.credentials import server_credentials
from shopflow.grpc.identity import identify
from shopflow.split_cost.estimate import CONTRACTS
from shopflow.split_cost.messages import message

NAME = "inventory"
"""Whose certificate it shows: one server stands for every context."""


def main(certs: Path) -> None:
    sizes: dict[str, float] = json.loads(sys.stdin.readline())
    server = grpc.server(ThreadPoolExecutor(8), handlers=list(_handlers(sizes)), options=(("grpc.so_reuseport", 0),))
    port = server.add_secure_port("127.0.0.1:0", server_credentials(certs, NAME))
    server.start()
    _say(port)
    for _ in sys.stdin:
        _say(process_time())
    server.stop(None)


def _handlers(sizes: Mapping[str, float]) -> Iterator[grpc.GenericRpcHandler]:
    for contract in CONTRACTS.values():
        yield contract_handler(contract, _echoing(contract, sizes), gate=Gate(identify=identify), hooks=Hooks())


def _echoing(contract: type[Contract], sizes: Mapping[str, float]) -> Contract:
    """Each of its methods gives one and the same response, of the size that was asked for."""

    def answering(method: Method) -> Any:
        response = message(method.response, size=sizes.get(method.full_name, 0))
        return staticmethod(lambda _: response)

    answers = {name: answering(method) for name, method in contract.methods.items()}
    echo: Contract = type(f"Echo{contract.__name__}", (contract,), answers)()
    return echo


def _say(value: float) -> None:
    print(value, flush=True)  # noqa: T201  # this is how it answers


if __name__ == "__main__":
    main(Path(sys.argv[1]))
