"""Reads docker-compose.yml as Docker Compose would, with the variables of an .env."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from typing import Any

import yaml

from tests.e2e.shop import ROOT

FILE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"
CONTEXTS = ("users", "orders", "inventory", "payments")
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<kind>:[?-])(?P<default>[^}]*)\}")


def raw() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return parsed


def resolved(variables: dict[str, str]) -> dict[str, Any]:
    """A variable that is required and not there is a KeyError."""
    answer: dict[str, Any] = _fill(raw(), variables)
    return answer


def _fill(node: Any, variables: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _fill(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value, variables) for value in node]
    return VARIABLE.sub(lambda found: _value(found, variables), node) if isinstance(node, str) else node


def _value(found: re.Match[str], variables: dict[str, str]) -> str:
    if found["kind"] == ":?":
        return variables[found["name"]]
    return variables.get(found["name"]) or found["default"]


@cache
def fresh_env() -> dict[str, str]:
    """What `deploy/compose/new-env` makes up."""
    made = subprocess.run([ROOT / "deploy/compose/new-env"], check=True, capture_output=True, text=True, timeout=60)
    return parse_env(made.stdout)


def parse_env(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@cache
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = resolved(fresh_env())["services"]
    return found


def ours() -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {name: service for name, service in services().items() if "build" in service}
