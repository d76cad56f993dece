"""The console of a local run, on a real pipe."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from io import StringIO
from typing import TextIO

import pytest
from django.core.management.base import OutputWrapper

from shopflow.local_run import console as consoles
from shopflow.local_run.console import Console

LINE = "x" * 200
MUCH = 3000
"""Lines: more than a pipe and the console keep."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consoles, "PATIENCE", 0.1)


def test_a_line_is_written_when_it_has_been_told() -> None:
    output = StringIO()
    console = Console(OutputWrapper(output))
    console.say("hello")
    console.tell("world\n")
    assert output.getvalue() == "  hello\nworld\n"


@pytest.mark.usefixtures("impatient")
def test_a_console_that_nobody_reads_holds_up_nobody_and_says_later_how_much_is_missing() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as reader, os.fdopen(writing, "w") as writer:
        console = Console(OutputWrapper(writer))
        teller = threading.Thread(target=tell_much, args=[console])
        teller.start()
        teller.join(20)
        assert not teller.is_alive()
        *kept, last = read_until("missing", reader)
        assert [int(line.split()[0]) for line in kept] == [*range(len(kept))]
        assert last == f"  {MUCH - len(kept)} lines are missing here: nobody was reading\n"
        console.tell("again")
        assert reader.readline() == "again\n"


def tell_much(console: Console) -> None:
    for number in range(MUCH):
        console.tell(f"{number} {LINE}")


def read_until(word: str, reader: TextIO) -> list[str]:
    read = [reader.readline()]
    while word not in read[-1]:
        read.append(reader.readline())
    return read


def test_what_ends_while_nobody_reads_ends_all_the_same() -> None:
    script = f"""
import sys
from django.core.management.base import OutputWrapper
from shopflow.local_run import console
console.PATIENCE = 0.1
told = console.Console(OutputWrapper(sys.stdout))
for _ in range({MUCH}):
    told.tell({LINE!r})
sys.stderr.write("the end")
sys.stderr.close()
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            assert process.wait(20) == 0
        finally:
            process.kill()
