"""`kill -9` at any moment: nothing stays behind that blocks the next start, and nothing that was saved is lost."""

from __future__ import annotations

import signal
from contextlib import suppress

import psutil
import pytest

from tests.e2e.conftest import StartShop
from tests.e2e.shop import Shop, until

pytestmark = pytest.mark.e2e

CUSTOMER = {"username": "maria", "email": "maria@example.com", "password": "a long winter"}
LOGIN = {"email": CUSTOMER["email"], "password": CUSTOMER["password"]}


def during_initdb(shop: Shop) -> None:
    until(lambda: list(shop.state.glob("postgres-new.*/base")), "initdb at work")


def as_postgresql_starts(shop: Shop) -> None:
    until((shop.state / "postgres" / "postmaster.pid").exists, "a pid file")


def during_the_first_migration(shop: Shop) -> None:
    shop.says("tables of users")


def during_the_last_migration(shop: Shop) -> None:
    shop.says("tables of payments")


def while_the_catalogue_loads(shop: Shop) -> None:
    shop.says("demo catalogue")


MOMENTS = [
    during_initdb,
    as_postgresql_starts,
    during_the_first_migration,
    during_the_last_migration,
    while_the_catalogue_loads,
]


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
def test_a_start_killed_in_the_middle_does_not_block_the_next(start_shop: StartShop, moment: object) -> None:
    assert callable(moment)
    shop = start_shop(empty=True)
    moment(shop)
    shop.kill_group()
    again = start_shop().ready()
    assert len(again.ask("GET", "/api/v1/products?limit=5")[1]) == 5
    assert again.stop() == 0


def test_what_a_customer_was_told_survives_the_death_of_the_whole_group(start_shop: StartShop) -> None:
    shop = start_shop().ready()
    assert shop.ask("POST", "/api/v1/users/register", CUSTOMER)[0] == 201
    shop.kill_group()
    again = start_shop().ready()
    assert again.ask("POST", "/api/v1/users/login", LOGIN)[0] == 200


def test_what_a_customer_was_told_survives_the_death_of_everything_at_once(start_shop: StartShop) -> None:
    shop = start_shop().ready()
    assert shop.ask("POST", "/api/v1/users/register", CUSTOMER)[0] == 201
    everything = shop.processes()
    assert len(everything) > 3
    for process in everything:
        with suppress(psutil.NoSuchProcess):  # PostgreSQL's helpers come and go
            process.kill()
    again = start_shop().ready()
    assert again.ask("POST", "/api/v1/users/login", LOGIN)[0] == 200


@pytest.mark.skipif(not psutil.LINUX, reason="elsewhere the kernel does not tell children of their parent's death")
def test_everything_ends_when_only_the_command_itself_is_killed(start_shop: StartShop) -> None:
    shop = start_shop().ready()
    assert len(shop.processes()) > 2
    shop.process.send_signal(signal.SIGKILL)
    shop.ended()
    shop.leaves_nothing()
