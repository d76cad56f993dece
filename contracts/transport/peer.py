"""Another service: its channel, opened when it is first needed, and what we make of its failures.

A call that was not answered either never ran or may have run; who asked for a change must know which. Only a method
that may be repeated is tried again, here and nowhere else. A peer that keeps failing is left alone for a moment: then
one call tries it, while the others are still turned away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import grpc
from circuitbreaker import CircuitBreaker
from google.protobuf.message import DecodeError
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from contracts.base import Method, time_left
from contracts.transport.channel import RenewedChannel
from contracts.transport.metadata import outgoing

ATTEMPTS = 3
FAILURES_BEFORE_REST = 5
REST_SECONDS = 1
NEVER_SENT = (
    "failed to connect to all addresses",
    "connections to all backends failing",
    "errors resolving",
    "DNS resolution failed",
    "empty address list",
)
"""How gRPC begins to tell that it found nobody to send the call to. Any other words: it may have been sent."""
TOO_BUSY = "Concurrent RPC limit exceeded"
CLOSED = "closed channel"


class Unanswered(Exception):
    """No word came from the implementation. `ran`: whether it may have run all the same."""

    def __init__(self, code: grpc.StatusCode, *, ran: bool) -> None:
        super().__init__(code.name)
        self.code = code
        self.ran = ran


class TurnedAway(Unanswered):
    """The peer is left alone for the moment: nothing was sent."""

    def __init__(self) -> None:
        super().__init__(grpc.StatusCode.UNAVAILABLE, ran=False)


class Answered(Exception):
    """The implementation, or what stands before it, answered with an error. `ran`: as if it had not answered."""

    def __init__(self, status: Status, *, ran: bool = False) -> None:
        super().__init__(status.message)
        self.status = status
        self.ran = ran


class Peer:
    """`open_channel` is called in the process that makes the calls: a channel does not survive a fork.

    `renewed` opens another one where the last that was opened is out of date, such as by its certificate.
    """

    def __init__(
        self,
        name: str,
        open_channel: Callable[[], grpc.Channel],
        renewed: Callable[[], grpc.Channel | None] = lambda: None,
    ) -> None:
        self.name = name
        self._channel = RenewedChannel(open_channel, renewed)
        self._trying = threading.Lock()
        self._breaker = CircuitBreaker(
            failure_threshold=FAILURES_BEFORE_REST,
            recovery_timeout=REST_SECONDS,
            expected_exception=Unanswered,
            name=name,
        )

    def channel(self) -> grpc.Channel:
        return self._channel.get()

    def close(self) -> None:
        self._channel.close()

    def caller_of(self, method: Method) -> Callable[[bytes], bytes]:
        """Sends one request, within the time that is left; raises Answered or Unanswered."""
        path = f"/{method.contract}/{method.rpc_name}"
        last: tuple[grpc.Channel | None, Any] = None, None

        def send(data: bytes) -> bytes:
            nonlocal last
            channel, (of, stub) = self._channel.get(), last
            if channel is not of:
                stub = channel.unary_unary(path)
                last = channel, stub
            timeout, metadata = time_left(), outgoing()
            try:
                reply: bytes = stub(data, timeout=timeout, metadata=metadata)
            except grpc.RpcError as error:
                told = _told(error)
                if isinstance(told, Unanswered):
                    self._channel.suspect()
                raise told from None
            except ValueError as error:
                if CLOSED not in str(error):  # under our hands, by another thread; anything else is a mistake of ours
                    raise
                raise Unanswered(grpc.StatusCode.UNAVAILABLE, ran=False) from None
            return reply

        once = self._guarded(send)
        return _repeated(once) if method.idempotent else once

    def _guarded(self, send: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        breaker = self._breaker

        def guarded(data: bytes) -> bytes:
            if breaker.closed:
                with breaker:
                    return send(data)
            if not self._trying.acquire(blocking=False):
                raise TurnedAway
            try:
                if breaker.opened:
                    raise TurnedAway
                with breaker:
                    return send(data)
            finally:
                self._trying.release()

        return guarded


def _repeated(once: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """The same call again, after a moment that differs for each caller, while there is time for it."""

    def repeated(data: bytes) -> bytes:
        ran = False

        def attempt() -> bytes:
            nonlocal ran
            try:
                return once(data)
            except (Answered, Unanswered) as error:
                ran = error.ran = ran or error.ran  # an earlier attempt may have run, even where the last one did not
                raise

        return RETRYING(attempt)

    return repeated


def _worth_repeating(error: BaseException) -> bool:
    if isinstance(error, TurnedAway):
        return False
    return isinstance(error, Unanswered) and error.code is grpc.StatusCode.UNAVAILABLE


def _out_of_time(state: RetryCallState) -> bool:
    left = time_left()
    return left is not None and left <= state.upcoming_sleep


RETRYING = Retrying(
    retry=retry_if_exception(_worth_repeating),
    wait=wait_random_exponential(multiplier=0.05, max=0.5),
    stop=lambda state: stop_after_attempt(ATTEMPTS)(state) or _out_of_time(state),
    reraise=True,
)


def _told(error: Any) -> Answered | Unanswered:
    """What gRPC's error says of the call."""
    try:
        status = rpc_status.from_call(error)
    except (DecodeError, ValueError):  # somebody on the way rewrote it: the call got further than that
        return Unanswered(error.code(), ran=True)
    if status is not None:
        return Answered(status)
    code, details = error.code(), error.details() or ""
    if code is grpc.StatusCode.UNAVAILABLE:
        return Unanswered(code, ran=not details.startswith(NEVER_SENT))
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and details.startswith(TOO_BUSY):
        return Unanswered(grpc.StatusCode.UNAVAILABLE, ran=False)
    if code in _ANSWERED_BY_GRPC:
        return Answered(Status(code=code.value[0], message=details), ran=_ANSWERED_BY_GRPC[code])
    return Unanswered(code, ran=True)


_ANSWERED_BY_GRPC = {
    grpc.StatusCode.UNIMPLEMENTED: False,
    grpc.StatusCode.PERMISSION_DENIED: False,
    grpc.StatusCode.UNAUTHENTICATED: False,
    grpc.StatusCode.RESOURCE_EXHAUSTED: True,
}
"""What stands around the implementation refused, and whether that may have run: an answer can be too large for us."""
