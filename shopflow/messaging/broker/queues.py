"""The queues: which there are, and which a worker looks into first."""

from __future__ import annotations

from collections.abc import Iterable

from kombu.utils.scheduling import priority_cycle


def outcomes(context: str) -> str:
    """What became of the events of `context`."""
    return f"outcomes.{context}"


def events(context: str, *, retried: bool = False) -> str:
    """Events for `context`."""
    return f"events.{context}.retried" if retried else f"events.{context}"


def jobs(context: str) -> str:
    return f"jobs.{context}"


def queues_of(contexts: Iterable[str]) -> list[str]:
    """All that a worker of these contexts consumes, the most urgent first."""
    found = [
        queue
        for context in contexts
        for queue in (outcomes(context), events(context), jobs(context), events(context, retried=True))
    ]
    return sorted(found, key=rank)


def rank(queue: str) -> int:
    """An outcome frees the next event of its aggregate; a job wants a moment; what failed before can wait for both."""
    kind, _, rest = queue.partition(".")
    if rest.endswith(".retried"):
        return 3
    return {"outcomes": 0, "events": 1, "jobs": 2}.get(kind, 4)


class MostUrgentFirst(priority_cycle):  # type: ignore[misc]  # a class without types
    """For Redis: Celery tells it the queues of a worker in no order. RabbitMQ serves each of them in turn."""

    def consume(self, n: int) -> list[str]:
        return sorted(self.items[:n], key=rank)
