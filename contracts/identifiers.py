"""Identifiers that contexts choose themselves travel as the text of a UUID, written in one way."""

from __future__ import annotations

from uuid import UUID


def is_uuid(text: str) -> bool:
    """Whether it is a UUID in its canonical form: lower case, with dashes, nothing around it."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
