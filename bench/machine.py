"""What it ran on, without saying whose machine it is."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("django", "djangorestframework", "granian", "psycopg")


def facts(postgres: str) -> dict[str, str]:
    return {
        "CPU": f"{_cpu_model()}, {psutil.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "PostgreSQL": postgres,
        **{name: version(name) for name in PACKAGES},
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
