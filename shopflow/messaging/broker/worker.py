"""A worker of the contexts of this process: it takes their messages, runs their jobs, and relays their outboxes."""

from __future__ import annotations

import logging
import os
import signal
import socket
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from celery import signals
from celery.apps.worker import Worker as CeleryWorker
from celery.exceptions import CPendingDeprecationWarning, SecurityWarning
from celery.worker import state
from django.conf import settings

from contracts.messaging import Handlers
from shopflow.messaging.broker import queues, tasks
from shopflow.messaging.broker.app import Broker, app
from shopflow.messaging.broker.handing_over import consumers_of, hand_over_once
from shopflow.messaging.periodic import Job, JobThread
from shopflow.messaging.runner import Runner, finish, start_thread

logger = logging.getLogger(__name__)

THREADS = 4
GRACE = 10.0


class Worker(CeleryWorker):  # type: ignore[misc]  # a class without types
    def install_platform_tweaks(self, worker: object) -> None:
        """Either signal is a request to finish what has begun, and to take no more; Celery makes a failure of one."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)


def _stop(*_: object) -> None:
    state.should_stop = 0


def relay_of(handlers: Mapping[str, Handlers]) -> Runner:
    """Puts what is in the outboxes of this process into the queues."""
    broker, consumers = Broker(), consumers_of(handlers)
    return Runner(lambda context: hand_over_once(context, broker, consumers))


def work(
    handlers: Mapping[str, Handlers], jobs: Mapping[str, Sequence[Job]], *, when_running: Callable[[], object]
) -> int:
    """Until SIGTERM or SIGINT; what is under way is finished. Returns the exit code."""
    threads = {
        (context, job.name): JobThread(job, keeps_time=False) for context in settings.HOSTED for job in jobs[context]
    }

    def wake(context: str, name: str) -> None:
        if thread := threads.get((context, name)):
            thread.wake()
        else:
            logger.warning("%s has no job %s in this release", context, name)

    def running(**_: Any) -> None:
        warnings.simplefilter("ignore", CPendingDeprecationWarning)  # Celery has seen to it that they show
        when_running()

    tasks.register(handlers, wake)
    signals.setup_logging.connect(_say_only_what_matters)
    warnings.simplefilter("ignore", SecurityWarning)  # of being root: it is about pickle, and we take only JSON
    signals.worker_ready.connect(running)
    runner = relay_of(handlers)
    worker = Worker(
        app=app,
        queues=queues.queues_of(settings.HOSTED),
        concurrency=THREADS,
        hostname=f"{'-'.join(settings.HOSTED)}.{os.getpid()}@{socket.gethostname()}",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    for thread in threads.values():
        thread.start()
    relaying = start_thread(runner)
    try:
        worker.start()
    finally:
        runner.stop()
        relaying.join(GRACE)
        finish(list(threads.values()))
    return int(worker.exitcode or 0)


def _say_only_what_matters(**_: Any) -> None:
    """Celery asks who sets up the logs: the settings have. It would tell of each message."""
    logging.getLogger("celery").setLevel(logging.WARNING)
