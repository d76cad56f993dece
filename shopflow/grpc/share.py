"""A part of a server's threads is as much as the public may hold: what the shop's own services need is left to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import BoundedSemaphore
from typing import Any

import grpc

from shopflow.grpc.identity import identify
from shopflow.grpc.lanes import ATTRIBUTE, REFUSAL

Answer = Callable[[Any, grpc.ServicerContext], Any]


class Share(grpc.ServerInterceptor):
    """`caller` may have so many `calls` under way; more are turned away at once, and it knows that they never ran."""

    def __init__(self, *, caller: str, calls: int) -> None:
        self._caller = caller
        self._left = BoundedSemaphore(calls)

    def intercept_service(self, continuation: Any, handler_call_details: grpc.HandlerCallDetails) -> Any:
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None or hasattr(handler.unary_unary, ATTRIBUTE):
            return handler
        return grpc.unary_unary_rpc_method_handler(
            partial(self._within, handler.unary_unary),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _within(self, answer: Answer, request: Any, context: grpc.ServicerContext) -> Any:
        if identify(context) != self._caller:
            return answer(request, context)
        if not self._left.acquire(blocking=False):
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, REFUSAL)
        try:
            return answer(request, context)
        finally:
            self._left.release()
