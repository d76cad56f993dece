"""The Celery app: what it is told, and how a message is put into a queue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from django.conf import settings
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError

from shopflow.messaging.broker.handing_over import LEASE_SECONDS, BrokerAway
from shopflow.messaging.broker.queues import queues_of

SOCKET_SECONDS = 5.0
AT_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
"""How a publication is tried again, on a new connection: whoever wants it to arrive tries again later."""
FULL = 500
"""Messages in a queue. Whoever should take them is away: more of the same would only fill the broker."""


def transport_options(url: str) -> dict[str, Any]:
    """Of the broker that the URL names: RabbitMQ keeps a message for as long as its worker is connected."""
    if url.startswith("amqp"):
        return {**AT_ONCE, **dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), SOCKET_SECONDS)}
    return {
        **AT_ONCE,
        "visibility_timeout": LEASE_SECONDS,  # by then the relay has published it again
        "queue_order_strategy": "shopflow.messaging.broker.queues:MostUrgentFirst",
        "priority_steps": [0],
        "socket_timeout": SOCKET_SECONDS,
        "socket_connect_timeout": SOCKET_SECONDS,
    }


def configuration(url: str) -> dict[str, Any]:
    return {
        "broker_url": url,
        "broker_transport_options": transport_options(url),
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_queues": [Queue(name, Exchange(""), routing_key=name) for name in queues_of(settings.CONTEXTS)],
        "task_create_missing_queues": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_publish_retry_policy": AT_ONCE,
        "worker_prefetch_multiplier": 1,
        "worker_pool": "threads",
        "worker_consumer": "shopflow.messaging.broker.connection:PatientConsumer",
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_enable_remote_control": False,
    }


def created(url: str) -> Celery:
    app = Celery("shopflow", fixups=[], set_as_current=False)
    app.conf.update(configuration(url))
    return app


app = created(settings.BROKER_URL)


class Broker:
    """Puts messages into queues. Raises BrokerAway."""

    def __init__(self, app: Celery = app) -> None:
        self._app = app

    def send(self, task: str, *, queue: str, **arguments: Any) -> None:
        """Nothing of the arguments is repeated in the message's headers, which may be logged."""
        with self._answering():
            self._app.send_task(task, kwargs=arguments, queue=queue, argsrepr="", kwargsrepr="")

    def is_full(self, queue: str) -> bool:
        with self._answering(), self._app.producer_or_acquire() as producer:
            declared: Any = self._app.amqp.queues[queue].bind(producer.channel).queue_declare()
            return bool(declared.message_count >= FULL)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, OSError, *self._app.connection().connection_errors) as error:
            raise BrokerAway(f"{type(error).__name__}: {error}") from error
