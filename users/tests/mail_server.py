"""A mail server as small as one can be, in a thread: takes what it is given, and refuses whom it is told to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline():
            verb = line.split(maxsplit=1)[0].upper().rstrip(b":")
            if verb == b"DATA":
                self._take()
            elif verb == b"RCPT" and any(address.encode() in line for address in self.server.box.refused):
                self._say("550 5.1.1 <somebody@example.com> is unknown here")
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _take(self) -> None:
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self.server.box.mails.append(message_from_bytes(b"".join(lines)))
        self._say("250 taken")

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    box: Box


@dataclass
class Box:
    port: int = 0
    mails: list[Message] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    @contextmanager
    def open(self) -> Iterator[Box]:
        """On the port that it had before, if it had one."""
        with _Server(("127.0.0.1", self.port), _Conversation) as server:
            server.box, self.port = self, server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()
