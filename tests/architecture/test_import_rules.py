"""Each import rule holds, and each catches what it is there for: a violation planted in a copy of the code."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]

VIOLATIONS = [
    ("direction", "orders/services.py", "import inventory.services"),
    ("direction", "inventory/stock.py", "from orders import models"),
    ("direction", "payments/local.py", "from users.models import User"),
    ("direction", "users/services.py", "from shopflow import wiring"),
    ("direction", "contracts/ports.py", "import orders.local"),
    ("direction", "contracts/base.py", "from shopflow import routing"),
    ("inside", "orders/selectors.py", "from orders import services"),
    ("inside", "inventory/models.py", "from inventory import selectors"),
    ("inside", "users/services.py", "from users.api import views"),
    ("inside", "inventory/services.py", "from inventory import local"),
    ("inside", "orders/unheard_of.py", ""),
    ("plain", "contracts/money.py", "import django"),
    ("plain", "contracts/transport/local.py", "from django.db import connections"),
    ("plain", "contracts/errors.py", "import contracts.http.schema"),
    ("no-http-below-the-api", "orders/services.py", "from rest_framework.request import Request"),
    ("no-http-below-the-api", "inventory/selectors.py", "from contracts.http import paging"),
    ("stubs", "orders/moves.py", "from contracts.generated.shopflow.orders.v1 import orders_pb2"),
    ("conventions", "users/admin/accounts.py", "from contracts.http import fields"),
    ("pages", "orders/services.py", "from contracts.back_office import audit"),
    ("environment", "shopflow/wiring.py", "from shopflow.settings import environment"),
]


def lint(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command; "]
    command[-1] += "sys.path.insert(0, '.'); lint_imports_command()"
    return subprocess.run([*command, "--no-cache", *arguments], cwd=root, capture_output=True, text=True, check=False)


def names(contract_id: str) -> str:
    return str(next(contract["name"] for contract in CONFIGURATION["contracts"] if contract["id"] == contract_id))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", root)
    for package in CONFIGURATION["root_packages"]:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def test_every_rule_holds() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


def test_every_rule_has_a_planted_violation() -> None:
    assert {contract["id"] for contract in CONFIGURATION["contracts"]} == {planted for planted, _, _ in VIOLATIONS}


def test_only_tests_are_let_off_a_rule() -> None:
    let_off = [line for contract in CONFIGURATION["contracts"] for line in contract.get("ignore_imports", [])]
    assert let_off == ["*.tests.** -> **"]


@pytest.mark.parametrize(("contract_id", "path", "line"), VIOLATIONS, ids=lambda value: str(value)[:60])
def test_a_planted_violation_is_caught(copy: Path, contract_id: str, path: str, line: str) -> None:
    victim = copy / path
    before = victim.read_text() if victim.exists() else None
    victim.write_text(f"{before or ''}\n{line}\n")
    try:
        result = lint(copy, "--contract", contract_id)
    finally:
        victim.unlink() if before is None else victim.write_text(before)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{names(contract_id)} BROKEN" in " ".join(result.stdout.split())
