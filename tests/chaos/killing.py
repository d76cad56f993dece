"""What can be killed of a running shop, by kind. Each returns once it is back."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Mapping

import psutil

from tests import modes
from tests.crash.world import World
from tests.durability.mall import CONTEXTS
from tests.faults.service import Service

Kill = Callable[[], None]


def kinds(world: World) -> Mapping[str, list[Kill]]:
    """By kind, the ways to kill one of it."""
    if world.mode == modes.ONE_PROCESS:
        return {
            "web": [lambda: kill_web(world)],
            "everything but PostgreSQL": [lambda: kill_all(world, postgres_too=False)],
            "everything": [lambda: kill_all(world, postgres_too=True)],
            "PostgreSQL": [lambda: kill_postgres(world)],
        }
    return {
        "web": [_service(world, name) for name in (*CONTEXTS, "backoffice")],
        "gRPC": [_service(world, f"{name}-grpc") for name in CONTEXTS],
        "worker": [_service(world, f"{name}-worker") for name in CONTEXTS],
        "beat": [_service(world, "beat")],
        "Envoy": [_service(world, "gateway")],
        "Redis": [_service(world, "redis")],
        "Redis with its data": [lambda: kill_redis_and_its_data(world)],
        "PostgreSQL": [lambda: kill_postgres(world)],
    }


def kill_web(world: World) -> None:
    """The worker of the web server: it has every context, the relay and the jobs."""
    children = psutil.Process(world.mall.shop.process.pid).children()
    (worker,) = [child for child in children if "manage.py" in " ".join(child.cmdline())]
    worker.kill()
    world.is_well()


def kill_all(world: World, *, postgres_too: bool) -> None:
    world.mall.kill(postgres_too=postgres_too)
    world.is_well()


def kill_redis_and_its_data(world: World) -> None:
    shutil.rmtree(world.mall.state / "redis" / "appendonlydir", ignore_errors=True)
    Service(world.mall.shop, "redis").kill()


def kill_postgres(world: World) -> None:
    """It stops at once, as for a power cut, and recovers what was committed."""
    children = psutil.Process(world.mall.shop.process.pid).children()
    (server,) = [child for child in children if "postgres" in child.name() and "-D" in child.cmdline()]
    server.send_signal(signal.SIGQUIT)
    server.wait(30)
    world.books.rows("orders", "SELECT 1 AS one")  # waits for it
    world.is_well()


def _service(world: World, name: str) -> Kill:
    return lambda: Service(world.mall.shop, name).kill()
