"""What happens around every call, whatever carries it. Each interceptor takes a call and gives it back wrapped."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import count
from time import monotonic, perf_counter
from typing import Any

from opentelemetry.trace import SpanKind, StatusCode, Tracer

from contracts.base import DEADLINE, Method
from contracts.errors import (
    ContractError,
    DeadlineExceeded,
    Failed,
    Internal,
    OutcomeUnknown,
    PeerUnavailable,
    TransactionOpen,
)
from contracts.transport.hooks import CallObserver
from contracts.transport.sizes import CARRIED, scales

logger = logging.getLogger("shopflow.contracts")

Call = Callable[[Any], Any]

FAILURES: tuple[type[ContractError], ...] = (DeadlineExceeded, PeerUnavailable, OutcomeUnknown, Internal)
"""How any call can fail, declared or not."""

WEIGHED = 64
"""Where calls are plain ones, one in so many is encoded to learn its size."""


def limited(method: Method, call: Call) -> Call:
    """Within the method's limit and what is left of the limit around it; not at all if nothing is left.

    A call under way is not interrupted: an answer that comes late is still the answer. What runs inside asks
    `contracts.base.time_left()`.
    """
    timeout = method.timeout
    name = method.full_name

    def within_limit(request: Any) -> Any:
        now = monotonic()
        outer = DEADLINE.get()
        inner = now + timeout
        if outer is not None:
            if outer <= now:
                raise DeadlineExceeded(method=name)
            inner = min(inner, outer)
        token = DEADLINE.set(inner)
        try:
            return call(request)
        finally:
            DEADLINE.reset(token)

    return within_limit


def unless_in_transaction(method: Method, call: Call, guard: Callable[[Method], None]) -> Call:
    def guarded(request: Any) -> Any:
        guard(method)
        return call(request)

    return guarded


def traced(method: Method, call: Call, tracer: Tracer, *, kind: SpanKind = SpanKind.INTERNAL) -> Call:
    """A span per call; it says which method and how it ended, and nothing of what was asked."""
    attributes = {"rpc.system": "shopflow", "rpc.service": method.contract, "rpc.method": method.name}

    def in_span(request: Any) -> Any:
        with tracer.start_as_current_span(
            method.full_name,
            kind=kind,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                return call(request)
            except ContractError as error:
                span.set_attribute("error.type", error.code)
                if isinstance(error, Failed):
                    span.set_status(StatusCode.ERROR)
                raise

    return in_span


def measured(method: Method, call: Call, observer: CallObserver) -> Call:
    """Tells how long a call took, how it ended, and what it carried if the transport within says so."""

    def timed(request: Any) -> Any:
        token = CARRIED.set(None)
        started = perf_counter()
        outcome = "ok"
        try:
            return call(request)
        except Exception as error:
            outcome = _code(error)
            raise
        finally:
            seconds, sizes = perf_counter() - started, CARRIED.get()
            CARRIED.reset(token)
            observer(method, seconds, outcome, sizes)

    return timed


def measured_plain(method: Method, call: Call, observer: CallObserver) -> Call:
    """The same where nothing is encoded: one call in `WEIGHED` is, after its time was taken, to know what it weighs."""
    weigh = scales(method)
    calls = count()

    def timed(request: Any) -> Any:
        started = perf_counter()
        try:
            response = call(request)
        except Exception as error:
            observer(method, perf_counter() - started, _code(error), None)
            raise
        seconds = perf_counter() - started
        observer(method, seconds, "ok", None if next(calls) % WEIGHED else weigh(request, response))
        return response

    return timed


def _code(error: Exception) -> str:
    return error.code if isinstance(error, ContractError) else "error"


def served(
    method: Method,
    call: Call,
    unavailable: tuple[type[Exception], ...],
    *,
    also: tuple[type[ContractError], ...] = (),
) -> Call:
    """Only what the method declares, and the failures of the call itself, leave the context that answers it.

    The class must be exactly a declared one: a subclass that only one context knows could not cross the wire.
    """
    answers = frozenset((*FAILURES, *method.raises, *also))

    def answered(request: Any) -> Any:
        try:
            return call(request)
        except TransactionOpen:
            raise
        except Exception as error:
            if type(error) in answers:
                raise
            raise _failure(method, error, unavailable) from error

    return answered


def _failure(method: Method, error: Exception, unavailable: tuple[type[Exception], ...]) -> Failed:
    """A database that was never reached and one that was lost while committing look the same from here.

    So only a method that changes nothing may say "it never ran". Of the others the caller must know that it may have.
    """
    if isinstance(error, unavailable):
        logger.warning("%s: its database is unavailable (%s)", method.full_name, type(error).__name__)
        if method.read_only:
            return PeerUnavailable(peer=method.contract)
        return OutcomeUnknown(method=method.full_name)
    logger.error("%s broke", method.full_name, exc_info=error)
    return Internal(method=method.full_name)
