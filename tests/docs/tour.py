"""Reads the tour out of README.md, takes it, and compares what it answers with what README.md shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STEP = re.compile(r"```bash\n(?P<commands>.*?)```\n(?:```text\n(?P<shown>.*?)```\n)?", re.DOTALL)
END_OF_STEP = "=== end of step ==="


@dataclass(frozen=True, slots=True)
class Step:
    commands: str
    shown: str

    def answers_with(self, output: str) -> bool:
        """`…` stands for anything within a line; alone on a line, for any lines."""
        lines = ["(?:.*\n)*" if line == "…\n" else _line(line) for line in self.shown.splitlines(keepends=True)]
        return re.fullmatch("".join(lines), output) is not None


def _line(shown: str) -> str:
    return ".*".join(re.escape(part) for part in shown.split("…"))


def steps(readme: str) -> list[Step]:
    return [Step(found["commands"], found["shown"] or "") for found in STEP.finditer(readme)]


def take(tour: list[Step], *, port: int, state: Path) -> list[str]:
    """What each step printed, all of them pasted into one shell."""
    pasted = "".join(f"{step.commands}echo '{END_OF_STEP}'\n" for step in tour)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    shell = subprocess.run(
        ["bash"],
        input=pasted,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env={"HOME": str(state), "PATH": path, "PORT": str(port), "SHOPFLOW_STATE": str(state)},
        text=True,
        timeout=120,
        check=True,
    )
    return shell.stdout.split(f"{END_OF_STEP}\n")[:-1]
