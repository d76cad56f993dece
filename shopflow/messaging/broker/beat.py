"""Keeps the time of the periodic jobs, for the workers of all contexts."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from celery.beat import Scheduler, SchedulingError, Service

from shopflow.messaging.broker import queues
from shopflow.messaging.broker.app import Broker, app
from shopflow.messaging.broker.handing_over import BrokerAway
from shopflow.messaging.broker.tasks import RUN_JOB
from shopflow.messaging.periodic import Job

logger = logging.getLogger(__name__)

SHORTEST_LIFE = 60.0
"""Seconds: the clocks of two machines differ, and a message that seems to be from the past would be dropped."""
SET_BACK = 1.0
"""Seconds that a clock goes back at once where somebody sets it."""
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


class JobScheduler(Scheduler):  # type: ignore[misc]  # a class without types
    """Celery's own, for a worker that is away for days, and a clock that is set right."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._broker = Broker(self.app)
        self._clock = _clock()

    def tick(self, *arguments: Any, **options: Any) -> float:
        """When the clock is set back, each job's time starts anew: else none would run until it has caught up."""
        before, self._clock = self._clock, _clock()
        if self._clock < before - SET_BACK:
            for entry in self.schedule.values():
                entry.last_run_at = entry.default_now()
            self._heap = None
        return float(super().tick(*arguments, **options))

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """What has expired lies in its queue until somebody takes it out. So a queue that is full gets no more."""
        try:
            if not self._broker.is_full(entry.options["queue"]):
                self.apply_async(entry, producer=producer, advance=False)
        except (BrokerAway, SchedulingError) as error:
            logger.warning("%s is not told that it is due: %s", entry.name, error)


def _clock() -> float:
    """How far it is ahead of one that nobody sets."""
    return time.time() - time.monotonic()


def service(jobs: Mapping[str, Sequence[Job]]) -> Service:
    """Its schedule is in memory: when it starts, each job's time starts anew."""
    app.conf.beat_schedule = schedule_of(jobs)
    return Service(app, max_interval=LONGEST_PAUSE, scheduler_cls=JobScheduler)
