"""Where a server is reached. Settings ask before any server runs, so the answer depends on the data directory alone."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from urllib.parse import quote

ROLE = "shopflow"
PORT = 5432
"""No TCP port is opened; the number is only part of the socket's name."""

SOCKET = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 103
"""macOS's limit; Linux allows 107."""

PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
"""What needs no quoting but the slash's, in any library that reads a database URL."""


def socket_directory(data_dir: Path) -> Path:
    """Beside the data where that path is short and plain, else a directory in the system's own for such files."""
    data_dir = data_dir.absolute()
    beside = data_dir.with_name(data_dir.name + "-socket")
    if len(os.fsencode(beside / SOCKET)) <= LONGEST_SOCKET_PATH and PLAIN.fullmatch(str(beside)):
        return beside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"shopflow-{digest}"


def database_url(data_dir: Path, name: str, *, role: str = ROLE, password: str = "") -> str:
    who = f"{role}:{quote(password, safe='')}" if password else role
    return f"postgresql://{who}@{quote(str(socket_directory(data_dir)), safe='')}:{PORT}/{name}"
