"""A change that a peer of the previous release would not survive is caught: what was on the wire means what it meant.

buf compares the .proto files; that what is new can be missing, and that errors keep their facts, is compared here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pool import Default, DescriptorPool

from contracts.generate import PROTO
from contracts.tests import previous
from contracts.tests.previous import buf, build, messages_in
from contracts.tests.strategies import records
from contracts.transport.agreement import message_of

IMAGES = [previous.CONTRACTS, previous.FIRST_SHOPFLOW]
FAILURE = 100
"""How buf exits where it has found something."""
GONE = "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED"
VALUE_GONE = "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED"
LEVEL = "RPC_SAME_IDEMPOTENCY_LEVEL"
INVENTORY = "shopflow/inventory/v1/inventory.proto"
FIRST_USERS = "compat/v0/user.proto"
BEFORE = messages_in(previous.CONTRACTS)

BREAKING = {
    "a number that changes": (INVENTORY, "int64 stock = 7;", "int64 stock = 9;", GONE),
    "a type that changes": (INVENTORY, "int64 stock = 7;", "string stock = 7;", "FIELD_WIRE_JSON_COMPATIBLE_TYPE"),
    "a name that changes": (INVENTORY, "int64 stock = 7;", "int64 left = 7;", "FIELD_SAME_JSON_NAME"),
    "a field that goes": (INVENTORY, "bool active = 8;", "", GONE),
    "a value that goes": (INVENTORY, "RESERVATION_STATE_EXPIRED = 4;", "", VALUE_GONE),
    "one that becomes many": (INVENTORY, "string sku", "repeated string sku", "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"),
    "a method that goes": (INVENTORY, "rpc GetProducts(", "rpc ListProducts(", "RPC_NO_DELETE"),
    "a method no longer repeatable": (INVENTORY, "option idempotency_level = IDEMPOTENT;", "", LEVEL),
    "a service that goes": (INVENTORY, "service InventoryService", "service StockService", "PACKAGE_SERVICE_NO_DELETE"),
    "the first's number": (FIRST_USERS, "string email = 2;", "string email = 5;", GONE),
    "the first's type": (FIRST_USERS, "bool valid = 1;", "string valid = 1;", "FIELD_WIRE_JSON_COMPATIBLE_TYPE"),
    "the first's method": (FIRST_USERS, "rpc GetUser(", "rpc FindUser(", "RPC_NO_DELETE"),
    "the first's package": (FIRST_USERS, "package user;", "package shopflow.user;", "PACKAGE_NO_DELETE"),
}
COMPATIBLE = {
    "a new field": (INVENTORY, "bool active = 8;", "bool active = 8;\n  optional string colour = 9;"),
    "a new method": (
        INVENTORY,
        "  // Makes a held reservation final",
        "  rpc LookAgain(shopflow.inventory.v1.GetProducts) returns (Products);\n\n  // Makes a held reservation final",
    ),
    "a field that goes, but not its number": (INVENTORY, "bool active = 8;", 'reserved 8;\n  reserved "active";'),
    "another comment": (INVENTORY, "// What can still be sold.", "// What is left."),
}
NEWS = {
    "optional": ("optional string colour = 9;", []),
    "repeated": ("repeated string colours = 9;", []),
    "always there": ("string colour = 9;", ["shopflow.inventory.v1.Product.colour"]),
    "always there, a message": ("shopflow.money.v1.Money cost = 9;", ["shopflow.inventory.v1.Product.cost"]),
}


def planted(target: Path, path: str, old: str, new: str) -> Path:
    """A copy of the .proto files in which `old` has become `new`."""
    copy = Path(shutil.copytree(PROTO, target / "proto"))
    text = (copy / path).read_text()
    assert old in text
    (copy / path).write_text(text.replace(old, new))
    return copy


def broken(proto: Path) -> set[str]:
    """The rules that the files break, held against the previous contracts and the first ShopFlow."""
    compared = [buf("breaking", proto, "--against", image, "--error-format", "json") for image in IMAGES]
    assert {result.returncode for result in compared} <= {0, FAILURE}, compared
    return {json.loads(line)["type"] for result in compared for line in result.stdout.splitlines()}


def cannot_be_missing(pool: DescriptorPool) -> Iterator[str]:
    """Fields that are new in messages of the previous release, and that its peers would have had to send."""
    for cls in records():
        name = message_of(cls).DESCRIPTOR.full_name
        before, after = _found(BEFORE, name), pool.FindMessageTypeByName(name)
        for field in after.fields if before else ():
            if field.number not in before.fields_by_number and not (field.is_repeated or _optional(field)):
                yield field.full_name


def _optional(field: FieldDescriptor) -> bool:
    return field.containing_oneof is not None


def _found(pool: DescriptorPool, message: str) -> Any:
    try:
        return pool.FindMessageTypeByName(message)
    except KeyError:
        return None


def test_the_proto_files_keep_to_the_rules() -> None:
    result = buf("lint", PROTO)
    assert (result.returncode, result.stdout) == (0, "")


def test_nothing_on_the_wire_has_changed_its_meaning() -> None:
    assert broken(PROTO) == set()


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING)
def test_a_change_that_breaks_a_peer_is_caught(tmp_path: Path, change: tuple[str, str, str, str]) -> None:
    path, old, new, rule = change
    assert rule in broken(planted(tmp_path, path, old, new))


@pytest.mark.parametrize("change", COMPATIBLE.values(), ids=COMPATIBLE)
def test_a_change_that_breaks_nobody_is_let_through(tmp_path: Path, change: tuple[str, str, str]) -> None:
    assert broken(planted(tmp_path, *change)) == set()


def test_what_is_new_can_be_missing() -> None:
    assert list(cannot_be_missing(Default())) == []


@pytest.mark.parametrize(("field", "found"), NEWS.values(), ids=NEWS)
def test_a_new_field_that_must_be_there_is_caught(tmp_path: Path, field: str, found: list[str]) -> None:
    image = tmp_path / "planted.binpb"
    build(planted(tmp_path, INVENTORY, "bool active = 8;", f"bool active = 8;\n  {field}"), image)
    assert list(cannot_be_missing(messages_in(image))) == found


def test_the_errors_of_the_previous_release_are_still_told() -> None:
    assert lost_errors(json.loads(previous.ERRORS.read_text()), previous.errors_of_today()) == []


def lost_errors(before: previous.Errors, today: previous.Errors) -> list[str]:
    return [code for code, error in before.items() if not _understood(error, today.get(code))]


def _understood(before: dict[str, Any], today: dict[str, Any] | None) -> bool:
    """The same status and facts of the same types; a fact that is new can be missing."""
    if today is None or before["status"] != today["status"]:
        return False
    known, facts = before["facts"], today["facts"]
    new = [kind for name, kind in facts.items() if name not in known]
    return known.items() <= facts.items() and all(kind.endswith(" | None") for kind in new)


SHORT = {"status": "FAILED_PRECONDITION", "facts": {"product_id": "int"}}


@pytest.mark.parametrize(
    ("today", "lost"),
    [
        ({"out_of_stock": SHORT}, []),
        ({"out_of_stock": SHORT, "another": SHORT}, []),
        ({"out_of_stock": {**SHORT, "facts": {"product_id": "int", "hint": "str | None"}}}, []),
        ({"out_of_stock": {**SHORT, "facts": {"product_id": "int", "hint": "str"}}}, ["out_of_stock"]),
        ({"out_of_stock": {**SHORT, "facts": {"product_id": "str"}}}, ["out_of_stock"]),
        ({"out_of_stock": {**SHORT, "facts": {}}}, ["out_of_stock"]),
        ({"out_of_stock": {**SHORT, "status": "ABORTED"}}, ["out_of_stock"]),
        ({"sold_out": SHORT}, ["out_of_stock"]),
    ],
)
def test_an_error_that_a_peer_would_no_longer_understand_is_caught(today: previous.Errors, lost: list[str]) -> None:
    assert lost_errors({"out_of_stock": SHORT}, today) == lost


def test_a_release_records_what_it_says(tmp_path: Path) -> None:
    previous.record(tmp_path)
    recorded = messages_in(tmp_path / previous.CONTRACTS.name)
    for cls in records():
        descriptor = message_of(cls).DESCRIPTOR
        fields = {field.name: field.number for field in descriptor.fields}
        found = recorded.FindMessageTypeByName(descriptor.full_name).fields
        assert {field.name: field.number for field in found} == fields
    assert json.loads((tmp_path / previous.ERRORS.name).read_text()) == previous.errors_of_today()
