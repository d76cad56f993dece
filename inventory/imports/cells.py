"""A cell: its text, or what is wrong with it before anyone has asked what it should be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bad:
    message: str


Cell = str | Bad
