"""The peers of this process: where each is, and how a channel to it behaves."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import Any

import grpc
from django.conf import settings
from grpc_health.v1 import health_pb2, health_pb2_grpc

from contracts.transport.peer import Peer
from shopflow.grpc.credentials import Watched, channel_credentials
from shopflow.grpc.expiry import watch_expiry

LARGEST_MESSAGE = 16 * 1024 * 1024
LARGEST_ERROR = 256 * 1024
"""Errors come as metadata, and some quote what was asked."""
SERVICE_CONFIG: dict[str, Any] = {"loadBalancingConfig": [{"round_robin": {}}]}
OPTIONS: tuple[tuple[str, str | int], ...] = (
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.enable_retries", 0),  # contracts.transport.peer repeats, and knows what may have run
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.dns_min_time_between_resolutions_ms", 1_000),
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    ("grpc.max_metadata_size", LARGEST_ERROR),
    ("grpc.use_local_subchannel_pool", 1),
)


def open_channel(context: str, address: str) -> grpc.Channel:
    """To every address that the name has, in turn; whoever answers there must have the certificate of `context`."""
    target = f"dns:///{address}"
    if settings.GRPC_PLAINTEXT:
        return grpc.insecure_channel(target, OPTIONS)
    credentials = channel_credentials(settings.CERTS, settings.SERVICE)
    return grpc.secure_channel(target, credentials, (*OPTIONS, ("grpc.ssl_target_name_override", context)))


def require_credentials() -> None:
    """ImproperlyConfigured at the start of a process, rather than at its first call; and word when they end."""
    if not settings.GRPC_PLAINTEXT:
        channel_credentials(settings.CERTS, settings.SERVICE)
        watch_expiry()


@cache
def peer_of(context: str) -> Peer:
    """The one peer, with its one channel, that all calls of this process to `context` share."""
    opened = partial(open_channel, context, settings.PEERS[context])
    if settings.GRPC_PLAINTEXT:
        return Peer(context, opened)
    return Peer(context, opened, partial(Watched(settings.CERTS, settings.SERVICE).renewed, opened))


def peer_answers(context: str, *, seconds: float = 1.0) -> bool:
    """Whether the context's service, and what it needs, is well: by the standard health service."""
    health = health_pb2_grpc.HealthStub(peer_of(context).channel())
    try:
        answer = health.Check(health_pb2.HealthCheckRequest(), timeout=seconds)  # type: ignore[attr-defined]  # made at run time
    except grpc.RpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
