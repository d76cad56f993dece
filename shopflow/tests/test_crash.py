"""The process that reaches the step which the crash file names dies there, once; production never looks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.shop import PATIENCE, ROOT

PROGRAM = """
import sys
from pathlib import Path
from contracts.steps import Step
from shopflow import crash

crash.arm(Path(sys.argv[1]))
for name in ("reserve", "charge"):
    with Step(name):
        print(name, flush=True)
"""


def run(file: Path) -> tuple[int, list[str]]:
    """How the process ended, and the steps whose inside it reached."""
    command = [sys.executable, "-c", PROGRAM, str(file)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)  # noqa: S603
    assert ended.stderr == ""
    return ended.returncode, ended.stdout.split()


@pytest.mark.parametrize(
    ("step", "reached"),
    [
        ("before reserve", []),
        ("after reserve", ["reserve"]),
        ("before charge", ["reserve"]),
        ("after charge", ["reserve", "charge"]),
    ],
)
def test_it_dies_at_the_step_that_the_file_names_and_only_once(tmp_path: Path, step: str, reached: list[str]) -> None:
    file = tmp_path / "crash"
    file.write_text(step + "\n")
    assert run(file) == (-signal.SIGKILL, reached)
    (left,) = tmp_path.iterdir()
    assert left.name.removeprefix("crash.").isdecimal()
    assert run(file) == (0, ["reserve", "charge"])


def test_each_line_is_a_death_of_another(tmp_path: Path) -> None:
    file = tmp_path / "crash"
    file.write_text("before charge\nafter reserve")
    assert run(file) == (-signal.SIGKILL, ["reserve"])
    assert file.read_text() == "after reserve"
    assert run(file) == (-signal.SIGKILL, ["reserve"])
    assert not file.exists()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("step", ["before refund", "reserve", ""])
def test_a_step_that_is_not_reached_kills_nobody(tmp_path: Path, step: str) -> None:
    file = tmp_path / "crash"
    file.write_text(step)
    assert run(file) == (0, ["reserve", "charge"])
    assert file.read_text() == step


def test_production_knows_no_crash_file(tmp_path: Path) -> None:
    settings = {
        "DJANGO_SETTINGS_MODULE": "shopflow.settings.production",
        "SHOPFLOW_SECRET_KEY": "of this test only",
        "SHOPFLOW_PEERS": "orders=local,users=grpc://users:1,inventory=grpc://inventory:1,payments=grpc://payments:1",
        "SHOPFLOW_JWKS_URL": "http://users/.well-known/jwks.json",
        "ORDERS_DATABASE_URL": "postgres://localhost/orders",
        "SHOPFLOW_CRASH_FILE": str(tmp_path / "crash"),
    }
    ended = subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; print(hasattr(settings, 'CRASH_FILE'))"],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (ended.stdout, ended.stderr) == ("False\n", "")
