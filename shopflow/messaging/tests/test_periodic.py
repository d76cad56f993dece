"""A job runs in its own time: by itself, or when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from shopflow.jobs import JOBS
from shopflow.messaging.periodic import Job, JobThread


class Work:
    """Each run waits for its turn."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.turns = threading.Semaphore(0)
        self.runs = 0

    def __call__(self) -> None:
        self.runs += 1
        self.begun.release()
        assert self.turns.acquire(timeout=30)

    def has_begun(self) -> bool:
        return self.begun.acquire(timeout=30)

    def has_begun_meanwhile(self) -> bool:
        return self.begun.acquire(timeout=0.1)


@contextmanager
def running(job: Job, *, keeps_time: bool = True) -> Iterator[JobThread]:
    thread = JobThread(job, keeps_time=keeps_time)
    thread.start()
    yield thread
    thread.stop()
    assert isinstance(job.run, Work)
    job.run.turns.release(100)
    thread.join(30)


def test_it_runs_at_once_and_then_every_so_often() -> None:
    work = Work()
    with running(Job(work, seconds=0.01, called="work")):
        for _ in range(3):
            assert work.has_begun()
            work.turns.release()


def test_what_need_not_run_at_once_waits_for_its_time() -> None:
    work = Work()
    with running(Job(work, seconds=600, at_start=False, called="work")):
        assert not work.has_begun_meanwhile()


def test_where_another_keeps_the_time_it_runs_when_told_and_once_more_if_told_while_it_runs() -> None:
    work = Work()
    with running(Job(work, seconds=0.01, called="work"), keeps_time=False) as thread:
        assert not work.has_begun_meanwhile()
        thread.wake()
        assert work.has_begun()
        for _ in range(5):
            thread.wake()
        work.turns.release(2)
        assert work.has_begun()
        assert not work.has_begun_meanwhile()
    assert work.runs == 2


def test_the_jobs_of_a_context_have_names_of_their_own() -> None:
    for jobs in JOBS.values():
        names = [job.name for job in jobs]
        assert sorted(set(names)) == sorted(names)
        assert {"purge_messages", "watch_invariants"} <= set(names)
