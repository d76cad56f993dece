"""HTTP over a plain socket: what a measurement of milliseconds can afford."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from bench.servers import HOST

HEADERS = {"Host": HOST, "X-Forwarded-Proto": "https"}
"""As from the proxy that ends TLS in front of a production server."""

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes


def request(method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    described = {"Content-Type": "application/json", "Content-Length": str(len(body))} if body else {}
    every = {**HEADERS, **described, **(headers or {})}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One that stays open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, message: bytes) -> Answer:
        self._socket.sendall(message)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, body = received.partition(b"\r\n\r\n")
        parts, missing = [body], length_of(head) - len(body)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return Answer(int(head[9:12]), head, b"".join(parts))

    def _more(self) -> bytes:
        if chunk := self._socket.recv(1 << 18):
            return chunk
        raise ConnectionError("the server hung up")


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: bytes) -> Answer:
    writer.write(message)
    head = (await reader.readuntil(b"\r\n\r\n"))[:-4]
    return Answer(int(head[9:12]), head, await reader.readexactly(length_of(head)))


def length_of(head: bytes) -> int:
    found = LENGTH.search(head)
    if found is None:
        raise ValueError("an answer without Content-Length")
    return int(found[1])
