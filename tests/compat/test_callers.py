"""Who may ask the services of the first ShopFlow, and what a server tells of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from inventory import services
from inventory.models import Product
from shopflow.certificates import SERVICES
from tests.compat.client import Ask, Fields, Refusal, channel, refusal

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases=["users", "inventory"])]

FOR_EVERY_SERVICE = [
    ("user.UserService/ValidateToken", {}),
    ("inventory.InventoryService/GetProduct", {}),
    ("inventory.InventoryService/CheckStock", {"quantity": 1}),
]
FOR_ORDERS = {
    "user.UserService/GetUser": "user.UserService/get_user",
    "inventory.InventoryService/UpdateStock": "inventory.InventoryService/update_stock",
}
NATIVE = {"user": "shopflow.users.v1.UsersService", "inventory": "shopflow.inventory.v1.InventoryService"}
COMPAT = {"user": "user.UserService", "inventory": "inventory.InventoryService"}
HEALTH = "grpc.health.v1.Health"
REFLECTION = "grpc.reflection.v1alpha.ServerReflection"


@pytest.mark.parametrize("identity", SERVICES)
@pytest.mark.parametrize(("method", "fields"), FOR_EVERY_SERVICE)
def test_every_service_may_look(ask: Ask, method: str, fields: Fields, identity: str) -> None:
    answer = ask(method, identity=identity, **fields)
    assert not isinstance(answer, Refusal) or answer.code == "NOT_FOUND"


@pytest.mark.parametrize("identity", [name for name in SERVICES if name != "orders"])
@pytest.mark.parametrize("method", FOR_ORDERS)
def test_the_rest_is_for_orders_alone(ask: Ask, method: str, identity: str) -> None:
    facts = (("caller", identity), ("method", FOR_ORDERS[method]))
    assert ask(method, identity=identity) == Refusal("PERMISSION_DENIED", "CALLER_NOT_ALLOWED", facts)


def test_a_caller_that_is_refused_changes_no_stock(ask: Ask) -> None:
    product_id = services.create_product(name="Lamp", price=100, stock=10)
    method = "inventory.InventoryService/UpdateStock"
    answer = ask(method, identity="users", product_id=product_id, quantity_change=-1)
    assert isinstance(answer, Refusal)
    assert answer.code == "PERMISSION_DENIED"
    assert Product.objects.get(id=product_id).stock == 10


def test_without_a_certificate_nobody_gets_in(ask: Ask) -> None:
    assert ask("user.UserService/ValidateToken", identity=None, token="") == Refusal("UNAVAILABLE")


@pytest.mark.parametrize("package", COMPAT)
def test_bytes_that_are_no_message_are_refused(certs: Path, ports: dict[str, int], package: str) -> None:
    method = f"/{COMPAT[package]}/{'ValidateToken' if package == 'user' else 'UpdateStock'}"
    with channel(certs, ports[package], "orders") as opened:
        call: Any = opened.unary_unary(method)
        with pytest.raises(grpc.RpcError) as caught:
            call(b"\xff\xff", timeout=10)
    answer = refusal(caught.value)
    assert (answer.code, answer.reason) == ("INVALID_ARGUMENT", "MALFORMED_REQUEST")


@pytest.mark.parametrize("package", COMPAT)
def test_reflection_lists_the_native_and_the_first_service(certs: Path, ports: dict[str, int], package: str) -> None:
    with channel(certs, ports[package], "orders") as opened:
        listed = ProtoReflectionDescriptorDatabase(opened).get_services()
    assert sorted(listed) == sorted([NATIVE[package], COMPAT[package], HEALTH, REFLECTION])


@pytest.mark.parametrize("package", COMPAT)
def test_reflection_tells_every_method(certs: Path, ports: dict[str, int], package: str) -> None:
    with channel(certs, ports[package], "orders") as opened:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(opened))
        methods = [list(pool.FindServiceByName(name[package]).methods_by_name) for name in (NATIVE, COMPAT)]
    assert (
        methods
        == {
            "user": [["GetUser", "GetUsers", "FindUsers"], ["ValidateToken", "GetUser"]],
            "inventory": [
                ["GetProducts", "GetProductsOnSale", "ReserveStock", "CommitReservation", "ReleaseReservation"],
                ["GetProduct", "CheckStock", "UpdateStock"],
            ],
        }[package]
    )


@pytest.mark.parametrize("package", COMPAT)
def test_the_health_of_the_first_service_can_be_asked(certs: Path, ports: dict[str, int], package: str) -> None:
    with channel(certs, ports[package], "orders") as opened:
        stub: Any = health_pb2_grpc.HealthStub(opened)
        answer = stub.Check(health_pb2.HealthCheckRequest(service=COMPAT[package]), timeout=10)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
