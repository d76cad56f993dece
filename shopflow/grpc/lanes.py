"""Threads for each kind of call, so that none can take those of another.

A gRPC server has one pool of threads and one limit of calls for all that it serves. A function with a pool of its own,
by gRPC's attribute for that, is answered there.
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

import grpc

from contracts.transport.peer import TOO_BUSY

ATTRIBUTE = "experimental_thread_pool"
REFUSAL = f"{TOO_BUSY}!"
"""Its first words tell our own clients that the call never ran."""


class Lane(ThreadPoolExecutor):
    """So many threads, and so many calls that may wait for them."""

    def __init__(self, name: str, *, threads: int, waiting: int) -> None:
        super().__init__(threads, thread_name_prefix=f"grpc-{name}")
        self.room = threads + waiting
        self._inside = 0
        self._count = Lock()

    @property
    def full(self) -> bool:
        return self._inside >= self.room

    @property
    def half_full(self) -> bool:
        return self._inside >= self.room // 2

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        with self._count:
            self._inside += 1
        future = super().submit(function, *args, **kwargs)
        future.add_done_callback(self._left)
        return future

    def _left(self, _: Future[Any]) -> None:
        with self._count:
            self._inside -= 1


class InLane(grpc.GenericRpcHandler):
    """A handler whose calls are turned away while `lane` is full: their callers know that they never ran.

    Those of `public` methods, by their paths, are turned away while it is half full, so that the public never fills it.
    """

    def __init__(
        self,
        handler: grpc.GenericRpcHandler,
        lane: Lane,
        *,
        door: ThreadPoolExecutor,
        public: Collection[str] = (),
    ) -> None:
        def turn_away(_: Any, context: grpc.ServicerContext) -> Any:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, REFUSAL)

        self._handler = handler
        self._lane = lane
        self._public = public
        refusal: Any = grpc.stream_stream_rpc_method_handler(answered_by(door, turn_away))  # it reads no request
        self._turned_away = refusal

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """Asked in the one thread that also hands the calls to their lanes."""
        found = self._handler.service(handler_call_details)
        public = handler_call_details.method in self._public
        full = self._lane.half_full if public else self._lane.full
        return self._turned_away if found is not None and full else found


def answered_by(pool: ThreadPoolExecutor, answer: Any) -> Any:
    """`answer`, in a thread of `pool`."""

    def answered(request: Any, context: grpc.ServicerContext) -> Any:
        return answer(request, context)

    setattr(answered, ATTRIBUTE, pool)
    return answered
