from __future__ import annotations

import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured

from inventory import expiry
from shopflow.settings import base, messages


@pytest.mark.parametrize("seconds", ["0", "60", "86400"])
def test_a_statement_has_a_limit_below_the_grace_of_a_reservation(
    monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    monkeypatch.setenv("SHOPFLOW_STATEMENT_SECONDS", seconds)
    with pytest.raises(ImproperlyConfigured) as refused:
        runpy.run_path(base.__file__)
    assert str(refused.value) == f"SHOPFLOW_STATEMENT_SECONDS must be from 1 to 59; it is {seconds!r}"


def test_the_longest_statement_ends_within_the_grace() -> None:
    assert expiry.GRACE.total_seconds() > base.LONGEST_STATEMENT


def test_the_options_of_a_database_url_win_and_join_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://shop:secret@db:5432/orders?options=-csearch_path%3Dmine&connect_timeout=1&sslmode=require"
    monkeypatch.setenv("ORDERS_DATABASE_URL", url)
    databases = base.database_settings(lambda context: f"postgresql://shop@db/{context}")
    assert databases["orders"]["OPTIONS"] == {
        **base.DATABASE_OPTIONS,
        "connect_timeout": 1,
        "sslmode": "require",
        "options": f"-csearch_path=mine -c statement_timeout={base.STATEMENT_SECONDS}s",
    }
    assert databases["payments"]["OPTIONS"] == base.DATABASE_OPTIONS


def test_a_server_that_vanishes_after_it_took_a_question_is_missed_before_long() -> None:
    """Its time-out is the server's own; without these, a job or a worker's thread would wait for two hours."""
    options = base.DATABASE_OPTIONS
    assert options["keepalives_idle"] + options["keepalives_interval"] + options["tcp_user_timeout"] / 1000 <= 30


@pytest.mark.parametrize(("here", "before_the_gateway", "trusted"), [("0", "0", 0), ("1", "0", 1), ("1", "2", 3)])
def test_the_proxies_in_front_of_the_gateway_are_counted_too(
    monkeypatch: pytest.MonkeyPatch, here: str, before_the_gateway: str, trusted: int
) -> None:
    monkeypatch.setenv("SHOPFLOW_PROXIES", here)
    monkeypatch.setenv("SHOPFLOW_GATEWAY_PROXIES", before_the_gateway)
    assert runpy.run_path(base.__file__)["REST_FRAMEWORK"]["NUM_PROXIES"] == trusted


def test_a_broker_that_celery_could_not_use_is_refused_and_its_password_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHOPFLOW_BROKER_URL", "http://:hush@broker")
    with pytest.raises(ImproperlyConfigured) as refused:
        runpy.run_path(messages.__file__)
    assert str(refused.value) == (
        "REDIS_URL or SHOPFLOW_BROKER_URL must begin with one of "
        "redis://, rediss://, unix://, redis+socket://, amqp://, amqps://"
    )
