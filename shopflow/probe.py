"""Is the process in this container well? For health checks: without Django, so that asking costs little.

`python -m shopflow.probe http 8001`, `python -m shopflow.probe grpc 50053 orders /certs`; exit code 0: it is.
"""

from __future__ import annotations

import http.client
import sys
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE = 4.0
"""Seconds; a container's health check gives up after five."""


def http_answers(port: int) -> bool:
    """Whether the web process can serve: its database answers and is migrated."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def grpc_answers(port: int, context: str, certs: Path) -> bool:
    """Whether the context's gRPC service says that it serves; asked with the certificate of the context itself."""
    import grpc  # noqa: PLC0415  # costs a web process's probe a fifth of a second
    from grpc_health.v1 import health_pb2, health_pb2_grpc  # noqa: PLC0415

    authority, key, certificate = (
        (certs / name).read_bytes() for name in ("ca.crt", f"{context}.key", f"{context}.crt")
    )
    credentials = grpc.ssl_channel_credentials(authority, key, certificate)
    options = [("grpc.ssl_target_name_override", context)]
    with grpc.secure_channel(f"{HOST}:{port}", credentials, options) as channel:
        try:
            ask = health_pb2_grpc.HealthStub(channel).Check  # type: ignore[attr-defined]  # made at run time
            answer = ask(health_pb2.HealthCheckRequest(), timeout=PATIENCE)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["http", port]:
            return 0 if http_answers(int(port)) else 1
        case ["grpc", port, context, certs]:
            return 0 if grpc_answers(int(port), context, Path(certs)) else 1
        case _:
            sys.stderr.write(__doc__ or "")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
