"""Real processes, small ones: shells that say something, sleep or die."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import psutil
import pytest
from django.core.management.base import OutputWrapper

from shopflow.local_run.console import Console
from shopflow.local_run.errors import CannotStart
from shopflow.local_run.split import supervisor as supervising
from shopflow.local_run.split.leftovers import Leftovers
from shopflow.local_run.split.program import Program
from shopflow.local_run.split.supervisor import Supervisor
from shopflow.local_run.split.voices import Voices
from shopflow.local_run.stopping import Stopping
from tests.e2e.shop import until

NAMES = ("one", "another", "gateway")
UNTIL_STOPPED = "trap 'echo bye; exit' TERM; while :; do sleep 0.05; done"


def program(name: str, script: str, *, says: str = "", problem: Callable[[], str] = lambda: "") -> Program:
    environment = {"PATH": os.environ["PATH"]}
    return Program(name=name, command=("/bin/sh", "-c", script), environment=environment, says=says, problem=problem)


GATEWAY = program("gateway", f"echo open; {UNTIL_STOPPED}", says="open")


class Run:
    """A supervisor at work in this thread; `then` is done in another once it is ready, and then it is asked to stop."""

    def __init__(self, folder: Path) -> None:
        self.output = StringIO()
        self.stopping = Stopping()
        self.leftovers = Leftovers(folder / "split.pids")
        self.databases_problem = ""

    def __call__(self, *programs: Program, then: Callable[[], object] = lambda: None) -> str:
        console = Console(OutputWrapper(self.output))
        supervisor = Supervisor(
            console=console,
            stopping=self.stopping,
            leftovers=self.leftovers,
            hear=Voices(console, NAMES, coloured=False).hear,
            databases_problem=lambda: self.databases_problem,
        )

        def use() -> None:
            try:
                then()
            finally:
                self.stop()

        users: list[threading.Thread] = []

        def when_ready() -> None:
            users.append(threading.Thread(target=use))
            users[0].start()

        supervisor.run([list(programs), [GATEWAY]], when_ready=when_ready)
        for user in users:
            user.join()
        until(lambda: self.said.count("gateway | bye") or not self.said.count("gateway | open"), "the last words")
        return self.said

    @property
    def said(self) -> str:
        return re.sub(" +[|] ", " | ", self.output.getvalue())

    def stop(self) -> None:
        self.stopping.requested_at = time.monotonic()

    def says(self, line: str, times: int = 1) -> None:
        until(lambda: self.said.splitlines().count(line) >= times, f"{line!r}, {times} times, in\n{self.said}")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    before = psutil.Process().children()
    yield Run(tmp_path)
    assert psutil.Process().children() == before


def test_each_line_comes_whole_and_under_the_name_of_its_process(run: Run) -> None:
    script = "printf 'to '; sleep 0.05; echo stdout; echo to stderr >&2; printf '\\377\\n'"
    run(program("one", f"{script}; {UNTIL_STOPPED}"))
    lines = run.output.getvalue().splitlines()
    assert "one     | to stdout" in lines
    assert "one     | to stderr" in lines
    assert "one     | \N{REPLACEMENT CHARACTER}" in lines


def test_the_front_opens_when_all_behind_it_are_well_and_closes_first(run: Run) -> None:
    waits = iter(["not yet", "nearly"])
    said = run(
        program("one", f"sleep 0.3; echo up; {UNTIL_STOPPED}", says="up", problem=lambda: next(waits, "")),
        program("another", UNTIL_STOPPED),
    ).splitlines()
    assert said.index("one | up") < said.index("gateway | open") < said.index("gateway | bye")
    assert said.index("gateway | bye") < said.index("one | bye")
    assert next(waits, None) is None


def test_what_dies_is_started_again_with_longer_and_longer_pauses(run: Run) -> None:
    again = "one | ended (exit code 3); starting it again in {} s"

    def then() -> None:
        for pause in ("0.2", "0.4", "0.8"):
            run.says(again.format(pause))

    said = run(program("one", "echo hello; sleep 0.2; exit 3"), then=then)
    assert said.count("one | hello") >= 3


def test_what_was_well_and_is_killed_again_and_again_is_back_at_once_each_time(run: Run) -> None:
    def then() -> None:
        for times in (1, 2, 3):
            run.says("one | one runs", times=times)
            children = psutil.Process().children()
            next(child for child in children if "one runs" in " ".join(child.cmdline())).kill()
            run.says("one | ended (SIGKILL); starting it again in 0.2 s", times=times)

    run(program("one", f"echo one runs; {UNTIL_STOPPED}", says="one"), then=then)


def test_what_cannot_be_started_again_just_now_is_tried_again(run: Run, tmp_path: Path) -> None:
    shell, away = tmp_path / "shell", tmp_path / "away"
    shell.symlink_to("/bin/sh")
    one = program("one", f"echo one runs; {UNTIL_STOPPED}", says="one")

    def then() -> None:
        shell.rename(away)
        next(child for child in psutil.Process().children() if str(shell) in child.cmdline()).kill()
        run.says(f"one | cannot be started: No such file or directory: {shell}")
        away.rename(shell)
        run.says("one | one runs", times=2)

    run(dataclasses.replace(one, command=(str(shell), *one.command[1:])), then=then)


def test_what_cannot_be_started_at_all_is_one_line_and_the_others_are_stopped(run: Run, tmp_path: Path) -> None:
    missing = dataclasses.replace(program("another", "", says="up"), command=(str(tmp_path / "missing"),))
    with pytest.raises(CannotStart, match=r"^another ended 3 times in a row; its last words are above\.$"):
        run(program("one", UNTIL_STOPPED), missing)
    assert f"another | cannot be started: No such file or directory: {tmp_path / 'missing'}" in run.said


def test_gives_up_on_a_process_that_dies_again_and_again_before_it_was_ever_well(run: Run) -> None:
    with pytest.raises(CannotStart, match=r"^another ended 3 times in a row; its last words are above\.$"):
        run(program("one", UNTIL_STOPPED), program("another", "echo no such file; exit 1", says="up"))
    assert run.said.splitlines().count("another | no such file") == 3
    assert "gateway" not in run.said


def test_gives_up_on_a_process_that_never_gets_well(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "PATIENCE", 0.6)
    monkeypatch.setattr(supervising, "SILENCE", 0.2)
    with pytest.raises(CannotStart, match=r"^not ready after 1 s: one: no database$"):
        run(program("one", UNTIL_STOPPED, problem=lambda: "no database"))
    assert "  waiting (0 s) for one: no database" in run.output.getvalue()


def test_ends_where_its_databases_are_gone_for_good(run: Run) -> None:
    def then() -> None:
        run.databases_problem = "PostgreSQL cannot be started again"
        run.says("gateway | bye")

    with pytest.raises(CannotStart, match=r"^PostgreSQL cannot be started again$"):
        run(program("one", UNTIL_STOPPED), then=then)


def test_a_stop_while_they_come_up_is_not_said_to_be_ready(run: Run) -> None:
    threading.Timer(0.3, run.stop).start()
    said = run(program("one", UNTIL_STOPPED, problem=lambda: "never"), then=lambda: pytest.fail("ready"))
    assert "gateway" not in said
    assert said.endswith("stopping …\none | bye\n")


def test_what_does_not_stop_is_killed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "GRACE", 0.3)
    said = run(program("one", "trap '' TERM; echo deaf; while :; do sleep 0.05; done", says="deaf"))
    assert "one | has not stopped in 0 s; killing it" in said


def test_a_second_request_does_not_wait_for_what_hangs(run: Run) -> None:
    began = time.monotonic()
    threading.Timer(1.5, lambda: [act() for act in run.stopping.hurry]).start()
    run(program("one", "trap '' TERM; echo deaf; while :; do sleep 0.05; done", says="deaf"))
    assert time.monotonic() - began < supervising.GRACE / 2


def test_a_reader_who_has_gone_stops_nobody(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def gone(text: str) -> int:
        tries.append(text)
        raise BrokenPipeError

    monkeypatch.setattr(run.output, "write", gone)
    run(
        program("one", f"while :; do echo much; sleep 0.01; done & {UNTIL_STOPPED}"),
        then=lambda: until(lambda: len(tries) > 50, "lines"),
    )


@contextmanager
def sleeper() -> Iterator[psutil.Process]:
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.kill()


def test_what_a_killed_run_left_is_killed_before_the_next_but_nobody_else(run: Run) -> None:
    with sleeper() as left, sleeper() as stranger:
        run.leftovers.note([left.pid, stranger.pid])
        path = run.leftovers._path
        path.write_text(path.read_text().replace(f"{stranger.pid} ", f"{stranger.pid} 1"))  # it began at another time
        assert run.leftovers.end()
        assert not left.is_running()
        assert stranger.is_running()
    assert not run.leftovers.end()


def test_names_are_coloured_where_somebody_looks_and_wants_it() -> None:
    output = StringIO()
    Voices(Console(OutputWrapper(output)), ["orders", "orders-grpc"], coloured=True).hear("orders", "hello")
    assert output.getvalue() == "\033[33morders      | \033[0mhello\n"
