"""A real HTTP server in the place of Stripe: it answers what it was told to, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

SHAPES = Path(__file__).parent / "stripe"
"""Bodies as Stripe's API reference shows them."""


def shape(name: str) -> Any:
    return json.loads((SHAPES / f"{name}.json").read_text())


@dataclass(frozen=True, kw_only=True)
class Asked:
    what: str
    """`POST /v1/payment_intents`."""
    form: dict[str, str]
    key: str | None
    token: str | None


@dataclass(kw_only=True)
class Answer:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class StripeServer:
    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: list[Answer] = []
        self.silent = threading.Event()
        """Set, it takes requests and does not answer until `stop`."""
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, name: str, status: int = 200, **headers: str) -> None:
        """The next answer: one of the shapes."""
        self.answer_with((SHAPES / f"{name}.json").read_bytes(), status, **headers)

    def answer_with(self, body: bytes, status: int, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(Answer(body=body, status=status, headers=named))

    def stop(self) -> None:
        """From then on nobody listens at the address."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer("")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _answer(self, sent: str) -> None:
                where = urlsplit(self.path)
                form = {name: values[0] for name, values in parse_qs(sent or where.query).items()}
                token, key = self.headers["Authorization"], self.headers["Idempotency-Key"]
                server.asked.append(Asked(what=f"{self.command} {where.path}", form=form, key=key, token=token))
                if server.silent.is_set():
                    server._stopped.wait(30)
                    return
                answer = server.answers.pop(0)
                with suppress(OSError):  # whoever asked may be gone
                    self.send_response(answer.status)
                    for name, value in {**answer.headers, "Request-Id": "req_1"}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None: ...

        return Handler
