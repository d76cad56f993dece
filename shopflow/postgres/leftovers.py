"""What an earlier run that was killed may have left in a data directory."""

from __future__ import annotations

from pathlib import Path

import psutil

NO_PROCESS = 2**31 - 1
"""More than any system gives to a process."""


def live_server(data_dir: Path) -> psutil.Process | None:
    """The server that still runs on this data directory, if there is one.

    A pid file whose number now belongs to another process would keep PostgreSQL from starting. It is not removed but
    given a number that no process has: PostgreSQL then checks itself that no orphan still uses the shared memory
    that the rest of the file names.
    """
    pid_file = data_dir / "postmaster.pid"
    try:
        pid, *rest = pid_file.read_text().splitlines()
        process = psutil.Process(int(pid))
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None
    except ValueError:  # killed between creating the file and writing it: nothing else had been touched yet
        pid_file.unlink()
        return None
    if _serves(process, data_dir):
        return process
    pid_file.write_text("\n".join([str(NO_PROCESS), *rest]) + "\n")
    return None


def _serves(process: psutil.Process, data_dir: Path) -> bool:
    try:
        return str(data_dir) in process.cmdline() and "postgres" in process.name()
    except (psutil.AccessDenied, psutil.NoSuchProcess):  # another user's, or dead and not buried yet
        return False


def status(data_dir: Path, pid: int) -> str:
    """What the server with this pid says of itself: starting, ready, stopping, or nothing yet."""
    try:
        lines = (data_dir / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return ""
    return lines[7].strip() if len(lines) > 7 and lines[0] == str(pid) else ""
