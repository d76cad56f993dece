"""Envoy accepts what is rendered, whatever the mode and the settings."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from shopflow.gateway import places
from shopflow.gateway.places import ANYWHERE, Place
from shopflow.gateway.public import public_methods
from shopflow.gateway.rendering import Policy, render
from tests.gateway.gateway import validate

PLACES = {
    "local": places.local(port=8000, certs=Path("/certs")),
    "local on other ports": places.local(port=9000, admin_port=9999, certs=Path("/certs")),
    "compose": places.compose(),
    "kubernetes": places.kubernetes(),
    "kubernetes in a namespace": places.kubernetes(namespace="shop-2"),
}
POLICIES = {
    "as it comes": Policy(),
    "no limits of rates": Policy(rate=0, login_rate=0),
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
