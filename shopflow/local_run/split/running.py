"""All of the split, from the databases to the gateway."""

from __future__ import annotations

import os

from django.conf import settings

from shopflow.certificates import provide_certificates
from shopflow.gateway import places, starting
from shopflow.gateway.rendering import policy, render
from shopflow.local_run.console import Console
from shopflow.local_run.errors import CannotStart
from shopflow.local_run.preparing import prepared
from shopflow.local_run.split.database_urls import database_urls
from shopflow.local_run.split.greeting import greet
from shopflow.local_run.split.leftovers import PATIENCE, Leftovers
from shopflow.local_run.split.ports import Ports
from shopflow.local_run.split.probes import redis_problem
from shopflow.local_run.split.program import Program
from shopflow.local_run.split.programs import Split
from shopflow.local_run.split.redis_server import redis_program, redis_url
from shopflow.local_run.split.supervisor import Supervisor
from shopflow.local_run.split.voices import Voices
from shopflow.local_run.stopping import Stopping


def run(port: int, console: Console, stopping: Stopping, *, coloured: bool) -> None:
    ports = Ports.moved(port, settings.PORT_OFFSET)
    leftovers = Leftovers(settings.STATE_DIR / "split.pids")
    was_killed = leftovers.end()
    ports.require_free(patience=PATIENCE if was_killed else 0)
    _require_redis()
    with prepared(console, stopping) as shop:
        provide_certificates(settings.CERTS)
        stages = _stages(ports)
        names = [program.name for stage in stages for program in stage]
        ports.require_free()
        console.say(f"{len(names)} processes …")
        Supervisor(
            console=console,
            stopping=stopping,
            leftovers=leftovers,
            hear=Voices(console, names, coloured=coloured).hear,
            databases_problem=shop.databases_problem,
        ).run(stages, when_ready=lambda: greet(ports, shop.staff, console))


def _stages(ports: Ports) -> list[list[Program]]:
    inherited = dict(os.environ)  # handed on; what is in it is the settings' business
    own_redis = [] if settings.REDIS_URL else [redis_program(settings.STATE_DIR / "redis")]
    split = Split(
        ports=ports,
        certs=settings.CERTS,
        redis_url=settings.REDIS_URL or redis_url(settings.STATE_DIR / "redis"),
        databases=database_urls(inherited),
        inherited=inherited,
    )
    return [
        own_redis,
        [split.beat(), *(split.worker(context) for context in settings.CONTEXTS)],
        [split.grpc(context) for context in settings.CONTEXTS],
        [*(split.http(context) for context in settings.CONTEXTS), split.back_office()],
        [split.gateway(_envoy(ports))],
    ]


def _envoy(ports: Ports) -> tuple[str, ...]:
    config = settings.STATE_DIR / "envoy.yaml"
    place = places.local(
        port=ports.gateway,
        admin_port=ports.admin,
        http_ports=ports.http,
        grpc_ports=ports.grpc,
        certs=settings.CERTS,
    )
    config.write_text(render(place, policy(place)))
    return starting.command(config)


def _require_redis() -> None:
    if settings.REDIS_URL and (problem := redis_problem(settings.REDIS_URL)):
        raise CannotStart(f"REDIS_URL: {problem}")
