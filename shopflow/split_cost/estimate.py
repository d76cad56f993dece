"""From figures and the cost of one call over gRPC to what moving a context out would add to a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_type_hints

from contracts.base import Contract, Method
from contracts.ports import Ports
from shopflow.split_cost.figures import Figures

CONTRACTS: Mapping[str, type[Contract]] = get_type_hints(Ports)
OWNERS: Mapping[str, str] = {
    method.full_name: context for context, contract in CONTRACTS.items() for method in contract.methods.values()
}
METHODS: Mapping[str, Method] = {
    method.full_name: method for contract in CONTRACTS.values() for method in contract.methods.values()
}
OUTSIDE = "gateway"
"""Among the callers of a method, but no context: its calls cross processes already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one call over gRPC, beyond what its implementation does: the caller's wait, and the CPU time of both sides."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What moving `context` out means, per request to the API.

    `seconds`: what requests wait in these calls now. The relay's calls add to the CPU time and to no request's wait.
    `unweighed`: methods whose sizes are not known; their bytes are missing.
    """

    context: str
    calls: float
    relay_calls: float
    bytes: float
    seconds: float
    added_seconds: float
    added_cpu_seconds: float
    unweighed: tuple[str, ...]


def crossing(context: str, figures: Figures) -> list[str]:
    """The methods whose calls would cross the network: the context's own, and those that it calls.

    The metrics do not say who called; the contract does: each method names the contexts that may.
    """
    return [
        name
        for name, calls in figures.calls.items()
        if name in METHODS and calls.count and context in (OWNERS[name], *METHODS[name].callers - {OUTSIDE})
    ]


def shared(name: str) -> bool:
    """Whether several contexts may call it: then only some of its calls cross with one of them, and we count all."""
    return len(METHODS[name].callers - {OUTSIDE}) > 1


def move(context: str, figures: Figures, costs: Mapping[str, Cost]) -> Move:
    """`costs` by the full name of the method."""
    per = 1 / figures.requests.count
    names = crossing(context, figures)
    calls = {name: figures.calls[name] for name in names}
    return Move(
        context=context,
        calls=per * sum(of.by_request.count for of in calls.values()),
        relay_calls=per * sum(of.by_relay.count for of in calls.values()),
        bytes=per * sum(of.count * sum(of.sizes or ()) for of in calls.values()),
        seconds=per * sum(of.by_request.sum for of in calls.values()),
        added_seconds=per * sum(of.by_request.count * costs[name].seconds for name, of in calls.items()),
        added_cpu_seconds=per * sum(of.count * costs[name].cpu_seconds for name, of in calls.items()),
        unweighed=tuple(name for name, of in calls.items() if of.sizes is None),
    )
