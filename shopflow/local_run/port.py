"""Whether a port can be had, asked before anything slow begins."""

from __future__ import annotations

import socket

from shopflow.local_run.errors import CannotStart

HOST = "127.0.0.1"


def require_free(port: int, *, owner: str = "", remedy: str = "") -> None:
    """CannotStart, with whose port it is and what can be done; the defaults are those of the shop's own port."""
    whose = f" (of {owner})" if owner else ""
    try:
        _bind(HOST, port)
    except PermissionError:
        raise CannotStart(f"port {port}{whose} needs more rights than this user has; try PORT=8000.") from None
    except OverflowError:
        raise CannotStart(f"there is no port {port}{whose}.") from None
    except OSError:
        remedy = remedy or f"choose another: PORT={port + 1}"
        raise CannotStart(f"port {port}{whose} is in use. Stop what uses it, or {remedy}") from None


def is_free(host: str, port: int) -> bool:
    """Where granian or Envoy would share the port with its present owner."""
    try:
        _bind(host, port)
    except (OSError, OverflowError):
        return False
    return True


def _bind(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
