"""What each process of the split is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shopflow.local_run.errors import CannotStart
from shopflow.local_run.split.ports import Ports
from shopflow.local_run.split.programs import Split

CONTEXTS = ("users", "inventory", "orders", "payments")
INHERITED = {
    "PATH": "/bin",
    "SHOPFLOW_STATE": "/srv/state",
    "SHOPFLOW_LOG_LEVEL": "DEBUG",
    "SHOPFLOW_ADMIN_PASSWORD": "secret",
    "SHOPFLOW_JWT_PRIVATE_KEY": "pem",
    "SHOPFLOW_METRICS_PORT": "9100",
    "SHOPFLOW_SERVE": "docs",
    "SHOPFLOW_GRPC_PLAINTEXT": "1",
    "USERS_DATABASE_URL": "postgresql://superuser@host/users",
}


@pytest.fixture
def split() -> Split:
    return Split(
        ports=Ports.moved(8000, 0),
        certs=Path("/srv/certs"),
        redis_url="unix:///srv/redis.sock",
        databases={context: f"postgresql://{context}:pw@host/{context}" for context in CONTEXTS},
        inherited=INHERITED,
    )


def test_a_process_of_a_context_is_told_what_it_needs_and_nothing_of_another(split: Split) -> None:
    assert split.http("orders").environment == {
        "PATH": "/bin",
        "PYTHONUNBUFFERED": "1",
        "REDIS_URL": "unix:///srv/redis.sock",
        "ORDERS_DATABASE_URL": "postgresql://orders:pw@host/orders",
        "SHOPFLOW_CERTS": "/srv/certs",
        "SHOPFLOW_JWKS_URL": "http://127.0.0.1:8001/.well-known/jwks.json",
        "SHOPFLOW_LOG_LEVEL": "DEBUG",
        "SHOPFLOW_PEERS": (
            "users=grpc://127.0.0.1:50051,inventory=grpc://127.0.0.1:50052,orders=local,payments=grpc://127.0.0.1:50054"
        ),
        "SHOPFLOW_PROXIES": "1",
        "SHOPFLOW_PUBLIC_URL": "http://127.0.0.1:8000",
        "SHOPFLOW_RELAY_THREAD": "0",
        "SHOPFLOW_SERVE": "orders",
        "SHOPFLOW_SERVICE": "orders",
        "SHOPFLOW_SINK": "celery",
        "SHOPFLOW_STATE": "/srv/state",
    }


def test_the_services_know_of_the_proxies_in_front_of_the_gateway(split: Split) -> None:
    """Whose number they add to their own: else all shoppers behind one would share a throttle."""
    behind = replace(split, inherited={**INHERITED, "SHOPFLOW_GATEWAY_PROXIES": "1"})
    told = behind.http("users").environment
    assert (told["SHOPFLOW_PROXIES"], told["SHOPFLOW_GATEWAY_PROXIES"]) == ("1", "1")


def test_only_users_has_the_key_that_signs_tokens_and_serves_the_documents(split: Split) -> None:
    having = [context for context in CONTEXTS if "SHOPFLOW_JWT_PRIVATE_KEY" in split.http(context).environment]
    assert having == ["users"]
    assert split.http("users").environment["SHOPFLOW_SERVE"] == "users,docs"
    assert "SHOPFLOW_JWKS_URL" not in split.grpc("users").environment


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_worker_is_told_what_its_context_is_and_has_no_other_database(split: Split, context: str) -> None:
    """Its handlers and its jobs call peers, under the name of the context."""
    worker = split.worker(context)
    assert worker.command[1:] == ("manage.py", "worker", context)
    assert worker.environment == split.grpc(context).environment
    urls = [name for name in worker.environment if name.endswith("_DATABASE_URL")]
    assert urls == [f"{context.upper()}_DATABASE_URL"]


def test_the_back_office_is_told_of_every_database_and_of_no_peer_no_broker_and_no_key_that_signs(split: Split) -> None:
    """Its people change what they see in its own process; what that causes, the workers tell to others."""
    program = split.back_office()
    assert program.command[1:] == ("manage.py", "serve_http", "backoffice", "--port", "8005")
    assert program.environment == {
        "PATH": "/bin",
        "PYTHONUNBUFFERED": "1",
        **{f"{context.upper()}_DATABASE_URL": f"postgresql://{context}:pw@host/{context}" for context in CONTEXTS},
        "SHOPFLOW_JWKS_URL": "http://127.0.0.1:8001/.well-known/jwks.json",
        "SHOPFLOW_LOG_LEVEL": "DEBUG",
        "SHOPFLOW_PROXIES": "1",
        "SHOPFLOW_PUBLIC_URL": "http://127.0.0.1:8000",
        "SHOPFLOW_RELAY_THREAD": "0",
        "SHOPFLOW_SERVE": "backoffice",
        "SHOPFLOW_STATE": "/srv/state",
    }


def test_beat_is_told_where_the_broker_is_and_nothing_else(split: Split) -> None:
    assert split.beat().environment == {
        "DJANGO_SETTINGS_MODULE": "shopflow.settings.offline",
        "PATH": "/bin",
        "PYTHONUNBUFFERED": "1",
        "REDIS_URL": "unix:///srv/redis.sock",
        "SHOPFLOW_LOG_LEVEL": "DEBUG",
        "SHOPFLOW_PUBLIC_URL": "http://127.0.0.1:8000",
        "SHOPFLOW_RELAY_THREAD": "0",
        "SHOPFLOW_SINK": "celery",
        "SHOPFLOW_STATE": "/srv/state",
    }


def test_only_payments_and_the_back_office_which_gives_money_back_have_what_opens_the_provider(split: Split) -> None:
    stripe = {"SHOPFLOW_PAYMENT_PROVIDER": "stripe", "SHOPFLOW_STRIPE_KEY": "sk", "SHOPFLOW_STRIPE_WEBHOOK_SECRET": "s"}
    told = replace(split, inherited={**INHERITED, **stripe})
    for context in CONTEXTS:
        for program in (told.http(context), told.grpc(context), told.worker(context)):
            given = {name: value for name, value in program.environment.items() if name in stripe}
            assert given == (stripe if context == "payments" else {})
    assert stripe.items() <= told.back_office().environment.items()
    assert not set(stripe) & {*told.beat().environment, *told.gateway(("envoy",)).environment}


def test_the_gateway_is_told_of_no_database(split: Split) -> None:
    environment = split.gateway(("envoy",)).environment
    assert [name for name in environment if name.endswith("_DATABASE_URL")] == []


def test_the_gateway_is_told_of_no_broker_whose_url_may_hold_a_password(split: Split) -> None:
    told = replace(split, inherited={**INHERITED, "SHOPFLOW_BROKER_URL": "amqp://shop:secret@rabbit//"})
    assert told.worker("orders").environment["SHOPFLOW_BROKER_URL"] == "amqp://shop:secret@rabbit//"
    assert not {"SHOPFLOW_BROKER_URL", "REDIS_URL"} & told.gateway(("envoy",)).environment.keys()


def test_every_port_but_the_gateways_can_be_moved() -> None:
    ports = Ports.moved(9000, 1000)
    assert (ports.gateway, ports.admin) == (9000, 10901)
    assert dict(ports.http) == dict(zip((*CONTEXTS, "backoffice"), (9001, 9003, 9002, 9004, 9005), strict=True))
    assert dict(ports.grpc) == {"users": 51051, "inventory": 51052, "orders": 51053, "payments": 51054}


def test_the_gateway_cannot_have_the_port_of_another_process() -> None:
    with pytest.raises(CannotStart, match=r"^port 8001 is another process's of the split; choose another: PORT=8000$"):
        Ports.moved(8001, 0)
