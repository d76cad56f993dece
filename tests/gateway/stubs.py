"""Services that answer with what they were asked, and whatever else a test wants of them."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

PROBES = "/health/live"
KEYS = "/.well-known/jwks.json"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FETCH")

Trouble = Callable[["Handler"], bool]
"""Does something instead of answering; False: it let the request pass."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == PROBES:
            self.say({})
        elif self.path == KEYS:
            self.say({"keys": self.server.keys})
        else:
            self.server.asked.append(f"{self.command} {self.path}")
            if not self.server.trouble(self):
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.say({"service": self.server.name, "path": self.path, "headers": headers, "length": len(body)})

    def say(self, answer: Any, status: int = 200) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content)

    def log_message(self, *_: Any) -> None: ...


for _method in METHODS:
    setattr(Handler, f"do_{_method}", Handler.answer)


def no_trouble(handler: Handler) -> bool:
    return False


def hang_up(handler: Handler) -> bool:
    """As a process does that is killed: the connection is reset."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()
    return True


def once(trouble: Trouble) -> Trouble:
    left = [trouble]

    def first(handler: Handler) -> bool:
        return bool(left) and left.pop()(handler)

    return first


class Stub(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, name: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.name = name
        self.asked: list[str] = []
        """Method and path of each request, probes and keys apart."""
        self.trouble: Trouble = no_trouble
        self.keys: list[dict[str, Any]] = []
        self._connections: list[socket.socket] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._connections.append(connection)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke off is what many of these tests are about."""

    def start(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def stop(self) -> None:
        """As if the process ended: connections that were kept open break off."""
        self.shutdown()
        self.server_close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
