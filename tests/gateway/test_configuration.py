"""Envoy accepts what is rendered, whatever the mode and the settings."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from shopflow.gateway import places
from shopflow.gateway.places import ANYWHERE, Place
from shopflow.gateway.public import public_methods
from shopflow.gateway.rendering import UNLIMITED, Policy, render
from tests.e2e.shop import ROOT
from tests.gateway.gateway import validate

FILTER = "envoy.filters.http.local_ratelimit"
PLACES = {
    "local": places.local(port=8000, certs=Path("/certs")),
    "local on other ports": places.local(port=9000, admin_port=9999, certs=Path("/certs")),
    "compose": places.compose(),
    "kubernetes": places.kubernetes(),
    "kubernetes in a namespace": places.kubernetes(namespace="shop-2"),
}
POLICIES = {
    "as it comes": Policy(),
    "no limits of rates": Policy(rate=0, login_rate=0, client_rate=0, client_login_rate=0),
    "limits for one client alone": Policy(rate=0, login_rate=0),
    "no limits for one client": Policy(client_rate=0, client_login_rate=0),
    "origins": Policy(cors_origins=("https://shop.example", "http://localhost:3000")),
    "behind a proxy, in a hurry": Policy(proxies=1, seconds=1),
}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_envoy_accepts_the_configuration(place: Place, policy: Policy, certs: Path, tmp_path: Path) -> None:
    validate(replace(place, certs=certs), policy, tmp_path / "envoy.yaml")


def test_a_path_with_blanks_and_quotes_is_taken_as_it_is(certs: Path, tmp_path: Path) -> None:
    odd = tmp_path / 'it\'s "mine" {{ here }}: #1'
    odd.symlink_to(certs)
    validate(places.local(port=8000, certs=odd), Policy(), tmp_path / "envoy.yaml")


@pytest.mark.parametrize("mode", ["local", "compose", "kubernetes"])
def test_the_command_prints_the_configuration_of_a_mode(mode: str) -> None:
    printed = StringIO()
    with override_settings(PORT=8123):
        call_command("gateway_config", mode=mode, stdout=printed)
    listener = yaml.safe_load(printed.getvalue())["static_resources"]["listeners"][0]["address"]["socket_address"]
    assert (
        listener
        == {
            "local": {"address": "127.0.0.1", "port_value": 8123},
            "compose": {"address": ANYWHERE, "port_value": 8000},
            "kubernetes": {"address": ANYWHERE, "port_value": 8000},
        }[mode]
    )


def test_the_command_reads_the_settings() -> None:
    printed = StringIO()
    with override_settings(
        GATEWAY_RATE=77,
        GATEWAY_LOGIN_RATE=7,
        GATEWAY_CLIENT_RATE=33,
        GATEWAY_CLIENT_LOGIN_RATE=3,
        CORS_ORIGINS=["https://shop.example"],
        GATEWAY_PROXIES=2,
    ):
        call_command("gateway_config", stdout=printed)
    expected = Policy(
        rate=77,
        login_rate=7,
        client_rate=33,
        client_login_rate=3,
        cors_origins=("https://shop.example",),
        proxies=2,
    )
    assert printed.getvalue() == render(places.local(port=settings.PORT, certs=settings.CERTS), expected)


def limits(configuration: str) -> dict[str, list[int]]:
    """Of each bucket of all requests and of logins: for all, then for one address."""
    manager = yaml.safe_load(configuration)["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
    of_all = next(one for one in manager["typed_config"]["http_filters"] if one["name"] == FILTER)["typed_config"]
    routes = manager["typed_config"]["route_config"]["virtual_hosts"][0]["routes"]
    of_logins = next(one for one in routes if one.get("name") == "login")["typed_per_filter_config"] or {}
    return {"all": _buckets(of_all), "logins": _buckets(of_logins.get(FILTER, {}))}


def _buckets(limit: dict[str, Any]) -> list[int]:
    return [
        one["token_bucket"]["max_tokens"] for one in (limit, *limit.get("descriptors", ())) if "token_bucket" in one
    ]


@pytest.mark.parametrize("settings_module", ["local", "offline"])
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("local", {"all": [2000], "logins": [100]}),
        ("compose", {"all": [2000, 500], "logins": [100, 20]}),
        ("kubernetes", {"all": [2000, 500], "logins": [100, 20]}),
    ],
)
def test_one_address_has_a_limit_wherever_there_are_others(
    mode: str, expected: dict[str, list[int]], settings_module: str
) -> None:
    assert limits(printed_with(settings_module, mode=mode)) == expected


def test_what_the_operator_says_goes_before_what_suits_the_place() -> None:
    said = {"SHOPFLOW_GATEWAY_CLIENT_RATE": "33", "SHOPFLOW_GATEWAY_CLIENT_LOGIN_RATE": "3"}
    assert limits(printed_with("local", mode="local", **said)) == {"all": [2000, 33], "logins": [100, 3]}
    none = dict.fromkeys(said, "0")
    assert limits(printed_with("offline", mode="kubernetes", **none)) == {"all": [2000], "logins": [100]}


def printed_with(settings_module: str, *, mode: str, **environment: str) -> str:
    """By a process of its own: settings are read once."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHOPFLOW_GATEWAY_")}
    module = {"DJANGO_SETTINGS_MODULE": f"shopflow.settings.{settings_module}"}
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", "gateway_config", "--mode", mode],
        env={**inherited, **module, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(rate=0), {"all": [UNLIMITED, 500], "logins": [100, 20]}),
        (Policy(login_rate=0), {"all": [2000, 500], "logins": [2000, 20]}),
        (Policy(rate=0, login_rate=0), {"all": [UNLIMITED, 500], "logins": [UNLIMITED, 20]}),
        (Policy(login_rate=0, client_login_rate=0), {"all": [2000, 500], "logins": []}),
        (Policy(rate=0, login_rate=0, client_rate=0, client_login_rate=0), {"all": [], "logins": []}),
    ],
)
def test_without_a_limit_for_all_each_address_keeps_its_own(policy: Policy, expected: dict[str, list[int]]) -> None:
    assert limits(render(PLACES["kubernetes"], policy)) == expected


def test_services_are_found_by_the_names_of_their_place() -> None:
    hosts = {mode: (str(place.http["orders"]), str(place.grpc["orders"])) for mode, place in PLACES.items()}
    assert hosts["compose"] == ("orders:8002", "orders-grpc:50053")
    assert hosts["kubernetes in a namespace"] == (
        "orders.shop-2.svc.cluster.local:8002",
        "orders-grpc.shop-2.svc.cluster.local:50053",
    )


@pytest.mark.parametrize("mode", ["compose", "kubernetes"])
def test_the_figures_of_a_service_are_no_business_of_the_world(mode: str) -> None:
    assert '"/metrics"' in render(PLACES["local"], Policy())
    assert '"/metrics"' not in render(PLACES[mode], Policy())


def test_public_are_the_methods_that_say_so_and_they_can_be_repeated() -> None:
    assert {(method.context, method.path) for method in public_methods()} == {
        ("inventory", "/shopflow.inventory.v1.InventoryService/GetProductsOnSale"),
        ("users", "/user.UserService/ValidateToken"),
        ("inventory", "/inventory.InventoryService/GetProduct"),
        ("inventory", "/inventory.InventoryService/CheckStock"),
    }
    assert all(method.repeatable for method in public_methods())
