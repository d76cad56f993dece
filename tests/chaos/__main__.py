"""`python -m tests.chaos --seconds 600 --mode up_split --seed 7`: random kills under load; the figures are printed."""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

import django

from tests import modes

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--mode", choices=modes.BOTH, default=modes.SPLIT)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopflow.settings.test")
    django.setup()
    from tests.chaos.run import run  # needs Django

    print(f"{given.mode}, {given.seconds:.0f} s, seed {given.seed} …", flush=True)  # noqa: T201
    with tempfile.TemporaryDirectory() as folder:
        figures = run(mode=given.mode, seconds=given.seconds, seed=given.seed, state=Path(folder) / "state")
    print(figures)  # noqa: T201
    sys.exit(bool(figures.lost or figures.doubled))
