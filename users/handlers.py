"""What the users context does when something happened elsewhere."""

from __future__ import annotations

from contracts.events import Handlers

HANDLERS: Handlers = {}
