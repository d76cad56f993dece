"""One embedded server, as a direct child of this process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psutil
import psycopg
from psycopg import sql

from shopflow.parent import dying_with_us
from shopflow.postgres import account, leftovers
from shopflow.postgres.address import SOCKET, database_url, socket_directory
from shopflow.postgres.configuration import ACCESS, DISPOSABLE, INITDB, SETTINGS

PATIENCE = 30.0
"""Seconds for an orderly stop; after that PostgreSQL is told to quit at once, and recovers at its next start."""

ORPHANS = "is still in use"
"""What PostgreSQL says while processes of a killed server still have its shared memory. They end by themselves."""

SILENCE = 5.0
"""Seconds to wait before saying why."""


class PostgresError(RuntimeError):
    """PostgreSQL cannot be started here."""


class EmbeddedPostgres:
    """`report` hears one line about whatever takes long."""

    def __init__(
        self, data_dir: Path, *, fsync: bool = True, report: Callable[[str], object] = lambda _line: None
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.log = self.data_dir.with_name(self.data_dir.name + ".log")
        self._settings = SETTINGS if fsync else {**SETTINGS, **DISPOSABLE}
        self._fsync = fsync
        self._report = report
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns once it accepts connections, however long a recovery takes."""
        self.stop()
        who = account.identity(self.data_dir)
        account.make_runnable(who)
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        self._stop_leftover()
        self._initialise(who)
        self._launch(who)
        self._wait_until_ready(who)

    def stop(self, *, hurry: bool = False) -> None:
        """Orderly; in a hurry at once, which costs the next start a recovery but no data."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGQUIT if hurry else signal.SIGINT)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(PATIENCE)

    def create_databases(self, names: Iterable[str]) -> None:
        """Those that are not there yet."""
        with psycopg.connect(database_url(self.data_dir, "postgres"), autocommit=True) as connection:
            existing = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            for name in names:
                if name not in existing:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _stop_leftover(self) -> None:
        server = leftovers.live_server(self.data_dir)
        if server is None:
            return
        self._report("stopping the PostgreSQL of an earlier run")
        try:
            server.send_signal(signal.SIGINT)
            server.wait(PATIENCE)
        except psutil.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)
            server.wait(PATIENCE)
        except psutil.NoSuchProcess:
            return

    def _initialise(self, who: account.Identity) -> None:
        """Made beside its place and renamed: a data directory is whole or absent."""
        if (self.data_dir / "PG_VERSION").exists():
            return
        prefix = self.data_dir.name + "-new."
        for unfinished in self.data_dir.parent.glob(prefix + "*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix=prefix, dir=self.data_dir.parent))
        account.hand_over(fresh, who)
        options = [*INITDB, *([] if self._fsync else ["--no-sync"])]
        initdb = self._spawn(["initdb", "--pgdata", fresh, *options], who, signal.SIGTERM, stdout=subprocess.PIPE)
        output, _ = initdb.communicate()
        if initdb.returncode != 0:
            said = output.decode(errors="replace").strip() or f"it ended with {initdb.returncode}"
            raise PostgresError(f"initdb failed: {said}")
        try:
            fresh.rename(self.data_dir)
        except OSError as error:
            raise PostgresError(f"{self.data_dir} is in the way: it is not a PostgreSQL data directory") from error

    def _launch(self, who: account.Identity) -> None:
        sockets = socket_directory(self.data_dir)
        account.own_directory(sockets, who)
        for stale in (SOCKET, SOCKET + ".lock"):  # nobody serves this data directory, so nobody has this socket
            (sockets / stale).unlink(missing_ok=True)
        (self.data_dir / "pg_hba.conf").write_text(ACCESS)
        settings = {**self._settings, "unix_socket_directories": str(sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("wb") as log:
            self._process = self._spawn(["postgres", "-D", self.data_dir, *options], who, signal.SIGINT, stdout=log)

    def _spawn(
        self,
        command: list[str | Path],
        who: account.Identity,
        at_parents_death: signal.Signals,
        stdout: IO[bytes] | int,
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # our own binaries
            dying_with_us(
                at_parents_death,
                [account.binaries() / command[0], *command[1:]],
                user=who.get("user"),
                group=who.get("group"),
            ),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            cwd="/",
            # without the PG* variables and the locale of whoever started us
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            start_new_session=True,  # Ctrl-C in the terminal is for us; we stop it when nobody needs it any more
        )

    def _wait_until_ready(self, who: account.Identity) -> None:
        began = told = time.monotonic()
        while self._process and leftovers.status(self.data_dir, self._process.pid) != "ready":
            try:
                self._process.wait(0.02)
            except subprocess.TimeoutExpired:
                if time.monotonic() - told > SILENCE:
                    told = time.monotonic()
                    self._report(f"PostgreSQL is recovering what an earlier run left ({told - began:.0f} s)")
                continue
            end = _tail(self.log)
            if ORPHANS not in end or time.monotonic() - began > PATIENCE:
                raise PostgresError(f"PostgreSQL did not start; the end of {self.log}:\n{end}")
            self._launch(who)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-5:])
