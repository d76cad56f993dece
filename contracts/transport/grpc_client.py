"""A contract in another process: one generic client for all of them, as an instance of the contract."""

from __future__ import annotations

import logging
from typing import Any, TypeVar

import grpc
from google.protobuf.message import DecodeError
from opentelemetry.trace import SpanKind

from contracts.base import Contract, Method
from contracts.errors import ContractError, DeadlineExceeded, Failed, Internal, OutcomeUnknown, PeerUnavailable
from contracts.transport.codec import codec_of
from contracts.transport.errors import from_status
from contracts.transport.hooks import Hooks
from contracts.transport.interceptors import FAILURES, Call, limited, measured, traced, unless_in_transaction
from contracts.transport.peer import Answered, Peer, Unanswered
from contracts.transport.sizes import carried

logger = logging.getLogger("shopflow.contracts")

C = TypeVar("C", bound=Contract)


def grpc_client(contract: type[C], peer: Peer, *, hooks: Hooks) -> C:
    """The contract as `peer` keeps it."""
    calls = {name: staticmethod(_compiled(method, peer, hooks)) for name, method in contract.methods.items()}
    client: C = type(f"Remote{contract.__name__}", (contract,), calls)()
    return client


def _compiled(method: Method, peer: Peer, hooks: Hooks) -> Call:
    """From the inside out, in the order of `local`."""
    call = _over_the_wire(method, peer)
    if hooks.observer is not None:
        call = measured(method, call, hooks.observer)
    if hooks.tracer is not None:
        call = traced(method, call, hooks.tracer, kind=SpanKind.CLIENT)
    if hooks.guard is not None:
        call = unless_in_transaction(method, call, hooks.guard)
    return limited(method, call)


def _over_the_wire(method: Method, peer: Peer) -> Call:
    request, response = codec_of(method.request), codec_of(method.response)
    send = peer.caller_of(method)

    def sent(value: Any) -> Any:
        data = request.encode(value)
        try:
            reply = send(data)
        except Answered as answered:
            raise _declared(method, answered) from None
        except Unanswered as unanswered:
            raise _failure(method, unanswered) from None
        carried(data, reply)
        try:
            return response.decode(reply)
        except (DecodeError, ValueError) as error:
            logger.exception("%s answered with what cannot be read", method.full_name)
            unread = Internal if method.read_only else OutcomeUnknown
            raise unread(method=method.full_name) from error

    return sent


def _declared(method: Method, answered: Answered) -> ContractError:
    """The error as it was raised over there. One that the method does not declare is a fault between the two of us."""
    error = from_status(answered.status, method=method.full_name)
    if isinstance(error, Failed) and answered.ran and not method.read_only:
        return OutcomeUnknown(method=method.full_name)
    if type(error) in (*FAILURES, *method.raises):
        return error
    logger.error("%s answered with %s, which it does not declare", method.full_name, error)
    return Internal(method=method.full_name)


def _failure(method: Method, unanswered: Unanswered) -> Failed:
    name = method.full_name
    logger.warning("%s was not answered: %s", name, unanswered.code.name)
    if unanswered.ran and not method.read_only:
        return OutcomeUnknown(method=name)
    if unanswered.code is grpc.StatusCode.UNAVAILABLE:
        return PeerUnavailable(peer=method.contract)
    if unanswered.code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeadlineExceeded(method=name)
    return Internal(method=name)
