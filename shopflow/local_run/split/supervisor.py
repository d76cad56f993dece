"""Starts the processes, starts again those that die, and stops all of them in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from shopflow.local_run.console import Console
from shopflow.local_run.errors import CannotStart
from shopflow.local_run.split.child import Child
from shopflow.local_run.split.leftovers import Leftovers
from shopflow.local_run.split.program import Program
from shopflow.local_run.stopping import Stopping

PATIENCE = 60.0
"""Seconds for all of them to come up."""
SILENCE = 10.0
TRIES = 3
"""Deaths before it was ever well that show that a process cannot be started."""
GRACE = 12.0
"""Seconds to stop: a little more than a server gives the requests under way."""
PAUSE = 0.1


class Supervisor:
    """`hear` gets the lines of each process, with its name; `databases_problem` says why those are gone for good."""

    def __init__(
        self,
        *,
        console: Console,
        stopping: Stopping,
        leftovers: Leftovers,
        hear: Callable[[str, str], object],
        databases_problem: Callable[[], str],
    ) -> None:
        self._console, self._stopping, self._leftovers = console, stopping, leftovers
        self._hear, self._databases_problem = hear, databases_problem
        self._stages: list[list[Child]] = []

    def run(self, stages: Sequence[Sequence[Program]], *, when_ready: Callable[[], object]) -> None:
        """Until a stop is asked for; CannotStart where they do not come up, or the databases are gone for good.

        They stop from the last stage to the first. The last lets people in: it starts when all others are well.
        """
        self._stopping.interrupt = lambda: None  # from here on we look at `requested_at`
        self._stopping.hurry.append(self._kill)
        *behind, front = stages
        try:
            if self._come_up(behind) and self._come_up([front]):
                when_ready()
            while not self._is_asked_to_stop:
                self._look_after()
                time.sleep(PAUSE)
            self._console.say("stopping …")
        finally:
            self._stop()

    @property
    def _is_asked_to_stop(self) -> bool:
        return self._stopping.requested_at is not None

    def _come_up(self, stages: Sequence[Sequence[Program]]) -> bool:
        """True when they are well; False where a stop is asked for before that."""
        waiting: list[Child] = []
        for programs in stages:
            self._stages.append([])
            for program in programs:
                child = Child(program, self._hear)
                self._stages[-1].append(child)
                waiting.append(child)
        self._note()
        began = told = time.monotonic()
        while waiting and not self._is_asked_to_stop:
            self._look_after()
            problems = {child.program.name: problem for child in waiting if (problem := _problem(child))}
            waiting = [child for child in waiting if child.program.name in problems]
            told = self._tell(problems, began, told)
            time.sleep(PAUSE)
        return not self._is_asked_to_stop

    def _tell(self, problems: Mapping[str, str], began: float, told: float) -> float:
        """When it was last said what is being waited for: now and then, until patience ends."""
        now = time.monotonic()
        said = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
        if said and now - began > PATIENCE:
            raise CannotStart(f"not ready after {PATIENCE:.0f} s: {said}")
        if said and now - told > SILENCE:
            self._console.say(f"waiting ({now - began:.0f} s) for {said}")
            return now
        return told

    def _look_after(self) -> None:
        if problem := self._databases_problem():
            raise CannotStart(problem)
        if [child for child in self._all() if child.revive()]:
            self._note()

    def _all(self) -> list[Child]:
        return list(chain.from_iterable(self._stages))

    def _note(self) -> None:
        self._leftovers.note(child.pid for child in self._all())

    def _stop(self) -> None:
        for stage in reversed(self._stages):
            for child in stage:
                child.program.finish()
                child.ask_to_stop()
            deadline = time.monotonic() + GRACE
            for child in stage:
                child.wait(deadline - time.monotonic())
        self._leftovers.forget()

    def _kill(self) -> None:
        for child in self._all():
            child.kill()


def _problem(child: Child) -> str:
    problem = child.problem()
    if problem and child.deaths >= TRIES:
        raise CannotStart(f"{child.program.name} ended {child.deaths} times in a row; its last words are above.")
    return problem
