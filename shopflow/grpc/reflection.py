"""The standard reflection service: which services there are. For people with a certificate, such as with grpcurl."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from shopflow.grpc.lanes import answered_by


def reflection_handler(services: Iterable[str], pool: ThreadPoolExecutor) -> grpc.GenericRpcHandler:
    """Each caller keeps a stream, and so a thread of `pool`, for as long as it likes."""
    servicer = reflection.ReflectionServicer([*services, reflection.SERVICE_NAME])
    method = grpc.stream_stream_rpc_method_handler(
        answered_by(pool, servicer.ServerReflectionInfo),
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    return grpc.method_handlers_generic_handler(reflection.SERVICE_NAME, {"ServerReflectionInfo": method})
