"""What Celery is told."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from shopflow.jobs import JOBS
from shopflow.messaging.broker import app as app_module
from shopflow.messaging.broker.app import Broker, created
from shopflow.messaging.broker.beat import JobScheduler, schedule_of
from shopflow.messaging.broker.handing_over import LEASE_SECONDS, BrokerAway
from shopflow.messaging.broker.queues import MostUrgentFirst, queues_of
from shopflow.messaging.broker.tests.processes import Redis
from shopflow.messaging.periodic import Job


@pytest.mark.parametrize("url", ["amqp://guest:guest@rabbit:5672//", "amqps://rabbit/shop"])
def test_rabbitmq_is_a_broker_too(url: str) -> None:
    with created(url).connection_for_write() as connection:
        assert connection.transport.driver_name == "py-amqp"
        transport = connection.transport
        assert transport.Connection(host="rabbit:5672", **connection.transport_options).connect_timeout == 5.0


def test_redis_keeps_a_message_no_longer_than_the_relay_waits() -> None:
    with created("redis+socket:///tmp/nowhere").connection_for_write() as connection:
        assert connection.transport.driver_type == "redis"
        assert connection.transport_options["visibility_timeout"] == LEASE_SECONDS


def test_what_frees_others_comes_first_and_what_failed_before_comes_last() -> None:
    order = ["outcomes.users", "events.users", "jobs.users", "events.users.retried"]
    assert queues_of(["users"]) == order
    cycle = MostUrgentFirst(sorted(order))
    assert cycle.consume(4) == order


def test_a_broker_that_is_away_is_said_to_be_away_and_soon() -> None:
    broker = Broker(created("redis+socket:///tmp/nowhere"))
    began = time.monotonic()
    for ask in (lambda: broker.send("x", queue="events.users"), lambda: broker.is_full("events.users")):
        with pytest.raises(BrokerAway, match="nowhere"):
            ask()
    assert time.monotonic() - began < 5


def test_a_redis_that_takes_no_more_is_as_good_as_away(redis: Redis) -> None:
    """Out of memory here; a full disk and a replica say the same in other words."""
    broker = Broker(created(redis.url))
    broker.send("x", queue="events.users")
    with redis.client() as client:
        client.config_set("maxmemory", 1)
    with pytest.raises(BrokerAway, match="maxmemory"):
        broker.send("x", queue="events.users")


def test_beat_fills_no_queue_from_which_nobody_takes(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "FULL", 3)
    scheduler = scheduler_of(redis)
    for _ in range(10):
        tick(scheduler)
    with redis.client() as client:
        assert client.llen("jobs.users") == 3
        client.delete("jobs.users")
        tick(scheduler)
        assert client.llen("jobs.users") == 1


def test_a_clock_that_is_set_back_stops_no_job(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = scheduler_of(redis)
    tick(scheduler)
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr(scheduler.app, "now", lambda: an_hour_ago)
    monkeypatch.setattr("shopflow.messaging.broker.beat.time.time", an_hour_ago.timestamp)
    scheduler.tick()
    monkeypatch.setattr(scheduler.app, "now", lambda: an_hour_ago + timedelta(seconds=11))
    monkeypatch.setattr("shopflow.messaging.broker.beat.time.time", (an_hour_ago + timedelta(seconds=11)).timestamp)
    scheduler.tick()
    with redis.client() as client:
        assert client.llen("jobs.users") == 2


def scheduler_of(redis: Redis) -> JobScheduler:
    app = created(redis.url)
    app.conf.beat_schedule = schedule_of({"users": [Job(print, seconds=10.0)]})
    return JobScheduler(app)


def tick(scheduler: JobScheduler) -> None:
    """As if its time had come."""
    for entry in scheduler.schedule.values():
        entry.last_run_at -= timedelta(seconds=11)
    scheduler._heap = None
    scheduler.tick()


def test_each_job_of_each_context_is_told_to_the_workers_of_that_context() -> None:
    schedule = schedule_of(JOBS)
    assert len(schedule) == sum(len(jobs) for jobs in JOBS.values())
    for context in settings.CONTEXTS:
        for job in JOBS[context]:
            entry = schedule[f"{context}.{job.name}"]
            assert entry["schedule"] == job.seconds
            assert entry["kwargs"] == {"context": context, "name": job.name}
            assert entry["options"]["queue"] == f"jobs.{context}"
            assert entry["options"]["expires"] >= max(60.0, job.seconds)
