"""What is wrong with a file, in words that say where and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` as an editor or a spreadsheet counts them; `column` as the file calls it, or empty for the whole line."""

    line: int
    column: str
    message: str


class Unreadable(Exception):
    """The file as a whole cannot be read, or not beyond this line."""

    def __init__(self, message: str, *, line: int = 1, column: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(line, column, message)


class Refused(Exception):
    """The step would not do what was confirmed, so nothing of it is done."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems
