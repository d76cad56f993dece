"""One HTTP request to a receiver: bounded in time, to an address that was checked, without redirects."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from http.client import HTTPException
from time import monotonic
from typing import Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from users.webhooks.addresses import AddressRefused, Target, Unresolved, parse, resolve

LIMIT_SECONDS: Final = 5.0
"""From the first packet to the status of the answer, however slowly the bytes come."""


class Failure(StrEnum):
    """Why there is no status."""

    UNRESOLVED = "unresolved"
    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
    TLS_FAILED = "tls_failed"
    NO_ANSWER = "no_answer"
    NOT_HTTP = "not_http"
    INTERNAL = "internal"
    """Our own mistake; the log has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of one attempt: the status of the answer, or why there is none. What the answer said is not even read."""

    status_code: int | None = None
    failure: Failure | None = None
    milliseconds: int

    @property
    def delivered(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def gone(self) -> bool:
        return self.status_code == 410


def send(*, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
    started = monotonic()
    status: int | None = None
    failure: Failure | None = None
    try:
        status = _post(url, headers, body)
    except Unresolved:
        failure = Failure.UNRESOLVED
    except AddressRefused:
        failure = Failure.ADDRESS_REFUSED
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        failure = _failure(error)
    return Outcome(status_code=status, failure=failure, milliseconds=round((monotonic() - started) * 1000))


class _Unreachable(OSError):
    """No connection to any of the addresses."""


class _Overdue(OSError):
    """The receiver took too long."""


def _failure(error: Exception) -> Failure:
    match error:
        case _Overdue():
            return Failure.NO_ANSWER
        case _Unreachable():
            return Failure.UNREACHABLE
        case ssl.SSLError():
            return Failure.TLS_FAILED
    return Failure.NOT_HTTP


def _post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    target = parse(url)
    addresses = resolve(target)
    until = monotonic() + LIMIT_SECONDS
    opened = _connect(addresses, target.port, until=until)
    with _no_longer_than(until, opened), closing(_connection(target, opened)) as connection:
        connection.request("POST", target.path, body=body, headers=headers, preload_content=False)
        return int(connection.getresponse().status)


def _connect(addresses: Sequence[str], port: int, *, until: float) -> socket.socket:
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=max(0.001, until - monotonic()))
        except OSError:
            if monotonic() >= until:
                raise _Overdue from None
    raise _Unreachable


@contextmanager
def _no_longer_than(until: float, opened: socket.socket) -> Iterator[None]:
    """A time-out of a socket starts anew with each byte. So the connection is cut when all of the time is up."""
    with closing(opened.dup()) as same:  # TLS takes the socket itself over
        timer = threading.Timer(until - monotonic(), _cut, (same,))
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception as error:
            raise (_Overdue() if monotonic() >= until else error) from error
        finally:
            timer.cancel()
            timer.join()


def _cut(opened: socket.socket) -> None:
    try:
        opened.shutdown(socket.SHUT_RDWR)
    except OSError:  # the receiver was faster
        return


class _PlainConnection(HTTPConnection):
    opened: socket.socket

    def _new_conn(self) -> socket.socket:
        return self.opened


class _SecureConnection(HTTPSConnection):
    opened: socket.socket

    def _new_conn(self) -> socket.socket:
        return self.opened


def _connection(target: Target, opened: socket.socket) -> HTTPConnection:
    """On a connection that is made already; the name stays, for the certificate and the Host header."""
    connection: _PlainConnection | _SecureConnection
    if target.secure:
        connection = _SecureConnection(target.host, target.port, timeout=LIMIT_SECONDS, ssl_context=tls_context())
    else:
        connection = _PlainConnection(target.host, target.port, timeout=LIMIT_SECONDS)
    connection.opened = opened
    return connection


@cache
def tls_context() -> ssl.SSLContext:
    """Trusts whom the system trusts."""
    return ssl.create_default_context()
