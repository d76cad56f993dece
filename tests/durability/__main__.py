"""`python -m tests.durability 20`: so many rounds of `kill -9` under load."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    os.environ["SHOPFLOW_KILL_ROUNDS"] = sys.argv[1] if len(sys.argv) > 1 else "20"
    sys.exit(pytest.main([str(Path(__file__).parent), "-q"]))
