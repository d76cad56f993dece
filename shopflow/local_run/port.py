"""Whether the port can be had, asked before anything slow begins."""

from __future__ import annotations

import socket

from shopflow.local_run.errors import CannotStart

HOST = "127.0.0.1"


def require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise CannotStart(f"port {port} needs more rights than this user has; try PORT=8000.") from None
        except OverflowError:
            raise CannotStart(f"there is no port {port}.") from None
        except OSError:
            raise CannotStart(f"port {port} is in use. Stop what uses it, or choose another: PORT={port + 1}") from None
