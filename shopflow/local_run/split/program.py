"""What a supervised process is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


def no_problem() -> str:
    return ""


def nothing_to_finish() -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    """The whole of it: what the process is to have of the supervisor's own stands in it, too."""
    says: str = ""
    """What a line of its begins with once it runs; before that, it is not asked for its problem."""
    problem: Callable[[], str] = no_problem
    """Why it cannot be used yet, in a few words; empty: it can."""
    finish: Callable[[], None] = nothing_to_finish
    """Before it is asked to stop: returns when it has nothing under way that the stop would cut short."""
