"""Reads Dockerfile and .dockerignore: what goes into the image, and what runs in it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from dataclasses import dataclass, field

from tests.e2e.shop import ROOT

DOCKERFILE = ROOT / "Dockerfile"


@dataclass
class Stage:
    base: str
    environment: dict[str, str] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    user: str = ""
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)


def stages() -> list[Stage]:
    found: list[Stage] = []
    for keyword, rest in _instructions():
        if keyword == "FROM":
            found.append(Stage(base=rest.split()[0]))
            continue
        stage = found[-1]
        match keyword:
            case "ENV":
                stage.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            case "RUN":
                stage.runs.append(rest)
            case "USER":
                stage.user = rest
            case "CMD":
                stage.command = json.loads(rest)
            case "HEALTHCHECK":
                stage.health = json.loads(rest.partition("CMD ")[2])
    return found


def _instructions() -> list[tuple[str, str]]:
    lines = [line for line in DOCKERFILE.read_text().splitlines() if line and not line.startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ")
    return [(keyword, rest.strip()) for keyword, _, rest in (line.partition(" ") for line in whole.splitlines())]


def context() -> list[str]:
    """The files that the builder is sent: what git has or would take, less what .dockerignore leaves out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    return [path for path in listed.stdout.splitlines() if (ROOT / path).exists() and not _ignored(path, rules)]


def _ignored(path: str, rules: list[str]) -> bool:
    """The last rule that names the path or a folder above it decides."""
    ignored = False
    for rule in rules:
        if _pattern(rule.removeprefix("!")).fullmatch(path):
            ignored = not rule.startswith("!")
    return ignored


def _pattern(rule: str) -> re.Pattern[str]:
    anywhere = rule.startswith("**/")
    name = re.escape(rule.removeprefix("**/")).replace(r"\*", "[^/]*")
    return re.compile(("(?:.*/)?" if anywhere else "") + name + "(?:/.*)?")
