"""Keeps the time of the periodic jobs, for the workers of all contexts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from celery.beat import Scheduler, Service

from shopflow.messaging.broker import queues
from shopflow.messaging.broker.app import app
from shopflow.messaging.broker.tasks import RUN_JOB
from shopflow.messaging.periodic import Job

SHORTEST_LIFE = 60.0
"""Seconds: the clocks of two machines differ, and a message that seems to be from the past would be dropped."""
LONGEST_PAUSE = 1.0
"""Seconds between two looks at the schedule, so that a stop is heard soon."""


def schedule_of(jobs: Mapping[str, Sequence[Job]]) -> dict[str, dict[str, Any]]:
    """A message that no worker takes in time expires: hours later they would all come at once."""
    return {
        f"{context}.{job.name}": {
            "task": RUN_JOB,
            "schedule": job.seconds,
            "kwargs": {"context": context, "name": job.name},
            "options": {"queue": queues.jobs(context), "expires": max(SHORTEST_LIFE, 2 * job.seconds)},
        }
        for context, its in jobs.items()
        for job in its
    }


def service(jobs: Mapping[str, Sequence[Job]]) -> Service:
    """Its schedule is in memory: when it starts, each job's time starts anew."""
    app.conf.beat_schedule = schedule_of(jobs)
    return Service(app, max_interval=LONGEST_PAUSE, scheduler_cls=Scheduler)
