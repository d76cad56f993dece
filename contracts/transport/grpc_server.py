"""A contract as a gRPC service: one generic servicer for all of them.

The interceptors are those of a call in one process, with two more in front: who calls is read from its certificate and
held against the method's `callers`, and the deadline, the caller and the trace are taken from the wire.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from grpc_status import rpc_status
from opentelemetry.context import attach, detach
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind

from contracts.base import Contract, Method, time_limit
from contracts.caller import calling_as
from contracts.errors import CallerNotAllowed, ContractError, DeadlineExceeded, Internal, MalformedRequest
from contracts.transport.codec import codec_of
from contracts.transport.errors import to_status
from contracts.transport.hooks import Hooks
from contracts.transport.interceptors import Call, limited, measured, served, traced
from contracts.transport.metadata import caller_from, incoming
from contracts.transport.sizes import carried

logger = logging.getLogger("shopflow.contracts")

UNIDENTIFIED = "unidentified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What stands before every call of a server."""

    identify: Callable[[grpc.ServicerContext], str] | None = None
    """The caller's name, from its certificate. None: whoever reaches us may call, because something else sees to it."""
    around: Callable[[grpc.ServicerContext], AbstractContextManager[object]] = nullcontext
    """Entered in the thread of the call: no stale database connection before it, no statement after its deadline."""


def contract_handler(
    contract: type[Contract], implementation: Contract, *, gate: Gate, hooks: Hooks
) -> grpc.GenericRpcHandler:
    """`implementation` as the gRPC service of its contract."""
    answers = {
        method: _through_the_codec(method, getattr(implementation, name)) for name, method in contract.methods.items()
    }
    return service_handler(f"{contract.package}.{contract.__name__}", answers, gate=gate, hooks=hooks)


def service_handler(
    service: str, answers: Mapping[Method, Call], *, gate: Gate, hooks: Hooks
) -> grpc.GenericRpcHandler:
    """Any unary methods, each from bytes to bytes, behind the gate and the interceptors."""
    handlers: dict[str, Any] = {
        method.rpc_name: grpc.unary_unary_rpc_method_handler(_handler(method, answer, gate, hooks))
        for method, answer in answers.items()
    }
    return grpc.method_handlers_generic_handler(service, handlers)


def _through_the_codec(method: Method, implementation: Call) -> Call:
    request, response = codec_of(method.request), codec_of(method.response)

    def answer(data: bytes) -> bytes:
        try:
            asked = request.decode(data)
        except (DecodeError, ValueError) as error:
            raise MalformedRequest(method=method.full_name) from error
        reply = response.encode(implementation(asked))
        carried(data, reply)
        return reply

    return answer


def _handler(method: Method, answer: Call, gate: Gate, hooks: Hooks) -> Callable[[bytes, grpc.ServicerContext], Any]:
    call = served(method, answer, hooks.unavailable, also=(MalformedRequest,))
    if hooks.observer is not None:
        call = measured(method, call, hooks.observer)
    if hooks.tracer is not None:
        call = traced(method, call, hooks.tracer, kind=SpanKind.SERVER)
    call = limited(method, call)

    def handle(data: bytes, context: grpc.ServicerContext) -> Any:
        try:
            return _on_behalf_of_its_caller(method, call, data, context, gate)
        except Exception as error:  # noqa: BLE001 - gRPC would tell the caller what it says
            status = _status_of(method, error)
        return context.abort_with_status(status)

    return handle


def _status_of(method: Method, error: Exception) -> grpc.Status:
    """What is no error of the contracts, or cannot be sent, is a fault of ours; the caller learns no more."""
    with suppress(TypeError):
        if isinstance(error, ContractError):
            return rpc_status.to_status(to_status(error))
    logger.error("%s broke", method.full_name, exc_info=error)
    return rpc_status.to_status(to_status(Internal(method=method.full_name)))


def _on_behalf_of_its_caller(method: Method, call: Call, data: bytes, context: grpc.ServicerContext, gate: Gate) -> Any:
    if not context.is_active():  # it waited too long for a thread: nobody would learn what it did
        raise DeadlineExceeded(method=method.full_name)
    name = _admitted(method, context, gate)
    carrier = incoming(context.invocation_metadata())
    token = attach(extract(carrier))
    try:
        with (
            time_limit(context.time_remaining()),
            calling_as(caller_from(carrier, service=name)),
            gate.around(context),
        ):
            return call(data)
    finally:
        detach(token)


def _admitted(method: Method, context: grpc.ServicerContext, gate: Gate) -> str:
    if gate.identify is None:
        return UNIDENTIFIED
    name = gate.identify(context)
    if name not in method.callers:
        logger.warning("%s refused: %s may not call it", method.full_name, name)
        raise CallerNotAllowed(method=method.full_name, caller=name)
    return name
