"""Finds what import linting cannot see: one context reaching into another's tables or models by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

CONTEXTS = ("users", "inventory", "orders", "payments")
RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}


def couplings(context: str, source: str) -> list[str]:
    """What in a module of `context` names another context's tables, models or database, with its line."""
    others = [other for other in CONTEXTS if other != context]
    tables = re.compile(rf"\b({'|'.join(others)})_[a-z]+\b(?=[\s.,;()\"']|$)")
    found = [f"{line}: {what}" for line, what in _calls(ast.parse(source), others)]
    for line, text in _strings(ast.parse(source)):
        if re.search(r"\b(select|insert|update|delete|join|from|table)\b", text, re.IGNORECASE) or " " not in text:
            found += [f"{line}: table {match.group()}" for match in tables.finditer(text)]
    return found


def _strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _calls(tree: ast.AST, others: list[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [str(argument.value) for argument in _arguments(node) if isinstance(argument, ast.Constant)]
            if name == "get_model":
                yield node.lineno, "get_model"
            elif name in RELATIONS and any(text.split(".")[0].lower() in others for text in texts):
                yield node.lineno, f"{name} to {texts[0]}"
            elif name in {"using", "atomic", "cursor"} and any(text in others for text in texts):
                yield node.lineno, f"{name} of {texts[0]}"
        elif isinstance(node, ast.Subscript) and ast.unparse(node) in {f"connections[{other!r}]" for other in others}:
            yield node.lineno, ast.unparse(node)


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def modules_of(root: Path, context: str) -> list[Path]:
    return [path for path in sorted((root / context).rglob("*.py")) if "tests" not in path.parts]
