"""The two ways in which the whole shop runs; a suite that is true of the shop is true of both."""

from __future__ import annotations

ONE_PROCESS, SPLIT = "up", "up_split"
"""The commands."""

BOTH = (ONE_PROCESS, SPLIT)
"""For `params` of a fixture. All that asks the shop of one mode runs in one worker: tests/workers.py."""
