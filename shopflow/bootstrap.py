"""A virtual environment with the project's dependencies, made on first use and repaired when an install was cut short.

Only the standard library, and nothing that Python 3.8 cannot read: who has an old Python should read one clear line.
`python3 -m shopflow.bootstrap --dev` installs what the tests and the linters need, too.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / ".venv.lock"
"""Held while installing. Where it is not empty, an install began and did not end."""

PROJECT = ROOT / "pyproject.toml"
CONSTRAINTS = ROOT / "constraints.txt"
PROGRESS = 10.0
"""Seconds between two lines that say what pip does."""

STEP = re.compile(r"^(Collecting|Downloading|Using cached|Installing collected packages|Building)\b[^(]*", re.MULTILINE)


def ensure_environment(*, local: bool = True) -> None:
    """Returns in an interpreter that has the dependencies; where this one has not, in its place.

    `local`: with the servers of a run on this machine, too, which production's settings do without.
    """
    _require_python()
    in_venv = Path(sys.prefix).resolve() == VENV.resolve()
    if _is_current(dev=False) if in_venv else _has(_requirements(dev=False, local=local)):
        return
    install(dev=False)
    if in_venv:
        return
    os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606  # no shell is meant


def install(*, dev: bool) -> None:
    """Makes `.venv` what pyproject.toml and constraints.txt say. Quick where it is that already."""
    if _is_current(dev=dev):
        return
    with _lock() as lock:
        if _is_current(dev=dev):
            return
        was_cut_short = bool(lock.read())
        lock.write("installing")
        lock.flush()
        if was_cut_short or not os.access(PYTHON, os.X_OK):
            _create(lock)
        dev = dev or _stamp(dev=True).exists()
        for kind in (False, True):
            _stamp(dev=kind).unlink(missing_ok=True)
        _pip(_requirements(dev=dev), lock)
        for kind in {False, dev}:
            _stamp(dev=kind).write_text(_fingerprint(dev=kind))
        lock.truncate(0)


def _require_python() -> None:
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        _stop(f"ShopFlow needs Python {OLDEST[0]}.{OLDEST[1]} or newer; {sys.executable} is {found}.")


def _requirements(*, dev: bool, local: bool = True) -> list[str]:
    import tomllib  # noqa: PLC0415  # older Pythons have none

    project = tomllib.loads(PROJECT.read_text())["project"]
    groups = project.get("optional-dependencies", {})
    wanted = [group for group, is_wanted in (("local", local), ("dev", dev)) if is_wanted and group in groups]
    return [*project["dependencies"], *(requirement for group in wanted for requirement in groups[group])]


def _fingerprint(*, dev: bool) -> str:
    return hashlib.sha256("\n".join([*_requirements(dev=dev), CONSTRAINTS.read_text()]).encode()).hexdigest()


def _stamp(*, dev: bool) -> Path:
    return VENV / (".installed-dev" if dev else ".installed")


def _is_current(*, dev: bool) -> bool:
    try:
        return os.access(PYTHON, os.X_OK) and _stamp(dev=dev).read_text() == _fingerprint(dev=dev)
    except FileNotFoundError:
        return False


def _has(requirements: list[str]) -> bool:
    """Whether this interpreter has them all, in the pinned versions: a container's, or an environment of one's own."""
    pins = re.findall(r"^([\w.-]+)==(\S+)", CONSTRAINTS.read_text(), re.MULTILINE)
    pinned = {_normal(name): version for name, version in pins}
    for requirement in requirements:
        name = _normal(re.split(r"[^\w.-]", requirement)[0])
        try:
            if importlib.metadata.version(name) != pinned.get(name):
                return False
        except importlib.metadata.PackageNotFoundError:
            return False
    return True


def _normal(name: str) -> str:
    """A package's name as any index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@contextmanager
def _lock() -> Iterator[TextIO]:
    with LOCK.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another process is installing the dependencies; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        yield lock


def _create(lock: TextIO) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        _stop("Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv")
    _say("creating .venv")
    _run([sys.executable, "-m", "venv", "--clear", VENV], lock, log=LOCK.with_suffix(".log"), what="create .venv")


def _pip(requirements: list[str], lock: TextIO) -> None:
    began = time.monotonic()
    _say(f"installing {len(requirements)} packages and what they need (a minute or two the first time)")
    command: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
    ]
    _run([*command, "-c", CONSTRAINTS, *requirements], lock, log=VENV / "install.log", what="install the dependencies")
    _say(f"installed in {time.monotonic() - began:.0f} s")


def _run(command: list[str | Path], lock: TextIO, *, log: Path, what: str) -> None:
    """Shares the lock with the child: where we are killed alone, it stays locked until the child has ended, too."""
    began = time.monotonic()
    with log.open("w") as output:
        child = subprocess.Popen(  # noqa: S603  # a fixed command
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, pass_fds=[lock.fileno()]
        )
        while child.poll() is None:
            try:
                child.wait(PROGRESS)
            except subprocess.TimeoutExpired:
                steps = [match.group().strip() for match in STEP.finditer(log.read_text())]
                _say(f"  {time.monotonic() - began:3.0f} s  {steps[-1][:90] if steps else ''}")
    if child.returncode != 0:
        lines = log.read_text().splitlines()
        errors = [line for line in lines if line.startswith("ERROR")] or lines
        _stop("\n".join([f"Cannot {what}:", *errors[-3:], f"The whole output: {log}"]))


def _say(line: str) -> None:
    """On standard error: what the command itself prints may go into a file."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201  # this is a command's output


def _stop(line: str) -> NoReturn:
    sys.exit(line)


if __name__ == "__main__":
    _require_python()
    install(dev="--dev" in sys.argv[1:])
