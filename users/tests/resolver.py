"""A name server that says what a test wants, and remembers who asked."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import pytest


class Resolver:
    """Each look-up of a known name takes the next answer; the last one stays. Other names are really looked up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self._answers: dict[str, list[Sequence[str]]] = {}
        self._really = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def knows(self, name: str, *answers: Sequence[str]) -> None:
        self._answers[name] = list(answers)

    def _look_up(self, host: str, port: int, *rest: Any, **options: Any) -> Any:
        if host not in self._answers:
            return self._really(host, port, *rest, **options)
        self.asked.append(host)
        answers = self._answers[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [entry for address in found for entry in self._really(address, port, *rest, **options)]
