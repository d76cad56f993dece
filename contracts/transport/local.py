"""A contract in this process: the same interceptors as over the wire, around a plain call.

`fast` hands the frozen request to the implementation as it is. `strict` sends requests, responses and errors through
the codec and back, so that nothing works here that would not work over the wire.

Deadline and caller are context variables: the implementation asks `contracts.base.time_left()` and
`contracts.caller.current_caller()`.
"""

from __future__ import annotations

from typing import Any, TypeVar

from google.rpc.status_pb2 import Status

from contracts.base import Contract, Method
from contracts.errors import ContractError
from contracts.transport.codec import codec_of
from contracts.transport.errors import from_status, to_status
from contracts.transport.hooks import Hooks
from contracts.transport.interceptors import (
    Call,
    limited,
    measured,
    measured_plain,
    served,
    traced,
    unless_in_transaction,
)
from contracts.transport.sizes import carried

C = TypeVar("C", bound=Contract)


def local_client(contract: type[C], implementation: C, *, strict: bool, hooks: Hooks) -> C:
    """`implementation` behind the interceptors of every call, as an instance of `contract`."""
    calls = {
        name: staticmethod(_compiled(method, getattr(implementation, name), strict=strict, hooks=hooks))
        for name, method in contract.methods.items()
    }
    client: C = type(f"Local{contract.__name__}", (contract,), calls)()
    return client


def _compiled(method: Method, implementation: Call, *, strict: bool, hooks: Hooks) -> Call:
    """From the inside out; so a call passes them from the last to the first."""
    if strict:
        call = _through_the_codec(method, implementation, hooks)
    else:
        call = served(method, implementation, hooks.unavailable)
    if hooks.observer is not None:
        call = (measured if strict else measured_plain)(method, call, hooks.observer)
    if hooks.tracer is not None:
        call = traced(method, call, hooks.tracer)
    if hooks.guard is not None:
        call = unless_in_transaction(method, call, hooks.guard)
    return limited(method, call)


def _through_the_codec(method: Method, implementation: Call, hooks: Hooks) -> Call:
    """A request that cannot be sent is its sender's TypeError; a response that cannot is the implementation's fault."""
    request, response = codec_of(method.request), codec_of(method.response)
    name = method.full_name

    def answer(data: bytes) -> bytes:
        return response.encode(implementation(request.decode(data)))

    answered = served(method, answer, hooks.unavailable)

    def sent(value: Any) -> Any:
        data = request.encode(value)
        try:
            reply = answered(data)
        except ContractError as error:
            status = to_status(error).SerializeToString()
            carried(data, status)
            raise from_status(Status.FromString(status), method=name) from error.__cause__  # as `fast` has it
        carried(data, reply)
        return response.decode(reply)

    return sent
