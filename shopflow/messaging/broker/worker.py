"""A worker of the contexts of this process: it takes their messages, runs their jobs, and relays their outboxes."""

from __future__ import annotations

import logging
import os
import socket
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from celery import signals
from celery.exceptions import CPendingDeprecationWarning, SecurityWarning
from django.conf import settings

from contracts.events import Handlers
from shopflow.messaging.broker import app as broker, queues, tasks
from shopflow.messaging.broker.app import app
from shopflow.messaging.broker.handing_over import consumers_of, hand_over_once
from shopflow.messaging.periodic import Job, JobThread
from shopflow.messaging.runner import Runner, finish, start_thread

logger = logging.getLogger(__name__)

THREADS = 4
GRACE = 10.0


def relay_of(handlers: Mapping[str, Handlers]) -> Runner:
    """Puts what is in the outboxes of this process into the queues."""
    consumers = consumers_of(handlers)
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
        when_running()

    _say_only_what_matters()
    tasks.register(handlers, wake)
    signals.setup_logging.connect(_keep_our_logging)
    signals.worker_ready.connect(running)
    runner = relay_of(handlers)
    worker = app.Worker(
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


def _say_only_what_matters() -> None:
    """Not each message, nor that Celery would rather not be root: it means pickle, and we take nothing but JSON."""
    logging.getLogger("celery").setLevel(logging.WARNING)
    warnings.simplefilter("ignore", SecurityWarning)
    warnings.simplefilter("ignore", CPendingDeprecationWarning)


def _keep_our_logging(**_: Any) -> None:
    """Celery asks who sets it up: the settings have."""
