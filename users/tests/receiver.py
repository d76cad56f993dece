"""Somebody else's program: a real HTTP server that takes webhooks, and says what it is told to say."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Taken:
    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


@dataclass
class Receiver:
    url: str
    taken: list[Taken] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: status(204))
    letting_go: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2].partition("/")[0])

    def hangs(self, request: BaseHTTPRequestHandler) -> None:
        """No answer, until the test is over."""
        self.letting_go.wait(30)

    def drips(self, request: BaseHTTPRequestHandler) -> None:
        """An answer that never ends, one byte at a time."""
        while not self.letting_go.wait(0.05):
            try:
                request.wfile.write(b"H")
            except OSError:
                return


@contextmanager
def receiving(*, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.taken.append(Taken(self.path, dict(self.headers), body))
            receiver.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a sender that hung up is what is tested
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    receiver = Receiver(f"{'https' if tls else 'http'}://{host}:{port}/hook")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.letting_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
