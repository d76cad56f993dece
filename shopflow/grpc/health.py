"""The standard health service, in threads that no call can take.

Check looks at the databases when it is asked. Watch does not: it says that the server runs, and then that it stops.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1.health import HealthServicer
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from shopflow.grpc.database import for_one_call
from shopflow.grpc.lanes import ATTRIBUTE
from shopflow.observability.health import unreachable

OVERALL = ""
THREADS = ThreadPoolExecutor(2, thread_name_prefix="grpc-health")


class Health(HealthServicer):
    def __init__(self, contexts: Mapping[str, str]) -> None:
        """`contexts`: for each service by its full name, the context whose database it needs."""
        super().__init__(experimental_thread_pool=THREADS)
        self._contexts = contexts
        self._draining = False
        for service in (OVERALL, *contexts):
            self.set(service, HealthCheckResponse.SERVING)

    def enter_graceful_shutdown(self) -> None:
        self._draining = True
        super().enter_graceful_shutdown()

    def Check(self, request: HealthCheckRequest, context: grpc.ServicerContext) -> Any:  # noqa: N802
        if not self._draining:
            with for_one_call(context):
                if unreachable(self._needed(request.service)):
                    return HealthCheckResponse(status=HealthCheckResponse.NOT_SERVING)
        return super().Check(request, context)

    setattr(Check, ATTRIBUTE, THREADS)

    def _needed(self, service: str) -> set[str]:
        return {context for name, context in self._contexts.items() if service in (name, OVERALL)}
