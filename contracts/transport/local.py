"""A contract in this process: the same interceptors as over the wire, around a plain call.

`fast` hands the frozen request to the implementation as it is. `strict` sends request, response and errors through the
codec and back, so that nothing works here that would not work over the wire.
"""

from __future__ import annotations

from typing import TypeVar

from contracts.base import Contract, Method
from contracts.transport.hooks import Hooks
from contracts.transport.interceptors import (
    Call,
    limited,
    measured,
    served,
    traced,
    unless_in_transaction,
)

C = TypeVar("C", bound=Contract)


def local_client(contract: type[C], implementation: C, *, strict: bool, hooks: Hooks) -> C:
    """`implementation` behind the interceptors of design §3, as an instance of `contract`."""
    calls = {
        name: staticmethod(_compiled(method, getattr(implementation, name), strict=strict, hooks=hooks))
        for name, method in contract.methods.items()
    }
    client: C = type(f"Local{contract.__name__}", (contract,), {"__slots__": (), **calls})()
    return client


def _compiled(method: Method, implementation: Call, *, strict: bool, hooks: Hooks) -> Call:
    """The interceptors in their order, outermost first. The caller's identity is a context variable: it is there."""
    call = served(method, implementation, hooks.unavailable)
    if hooks.observer is not None:
        call = measured(method, call, hooks.observer)
    if hooks.tracer is not None:
        call = traced(method, call, hooks.tracer)
    if hooks.guard is not None:
        call = unless_in_transaction(method, call, hooks.guard)
    return limited(method, call)
