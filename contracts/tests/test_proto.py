"""The dataclasses and the .proto files agree, and a test here fails for each way in which they might not."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import make_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

from contracts.base import Contract, rpc
from contracts.generate import GENERATED, generate
from contracts.tests.strategies import CONTRACTS, records
from contracts.transport.agreement import contract_disagreements, message_of
from contracts.transport.codec import codec_between, codec_of
from contracts.users import GetUser, User

SAMPLE = """
syntax = "proto3";
package shopflow.sample.v1;
enum Colour { COLOUR_UNSPECIFIED = 0; COLOUR_RED = 1; COLOUR_BLUE = 2; }
message Note {
  optional string text = 1;
  optional int64 stars = 2;
  repeated Colour colours = 3;
  optional Colour main = 4;
  bool read = 5;
}
"""


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def with_green() -> Any:
    class Colour(StrEnum):
        RED = "red"
        BLUE = "blue"
        GREEN = "green"

    return Colour


FIELDS: dict[str, Any] = {
    "text": str | None,
    "stars": int | None,
    "colours": tuple[Colour, ...],
    "main": Colour | None,
    "read": bool,
}


def note_class(**changed: Any) -> type:
    """A dataclass like the sample, but for the fields given; a field without a type is left out."""
    kept = [(name, of) for name, of in (FIELDS | changed).items() if of is not Ellipsis]
    return make_dataclass("Note", kept, frozen=True, slots=True, kw_only=True)


@pytest.fixture(scope="module")
def note(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The message class of the sample above."""
    folder = tmp_path_factory.mktemp("proto")
    (folder / "sample.proto").write_text(SAMPLE)
    assert protoc.main(["protoc", f"-I{folder}", f"--descriptor_set_out={folder}/sample.bin", "sample.proto"]) == 0
    parsed = descriptor_pb2.FileDescriptorSet.FromString((folder / "sample.bin").read_bytes())
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(parsed.file[0].SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shopflow.sample.v1.Note"))


def files_of(root: Path) -> dict[Path, bytes]:
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*.py*") if path.suffix in (".py", ".pyi")}


def test_the_generated_stubs_are_those_of_the_proto_files(tmp_path: Path) -> None:
    generate(tmp_path)
    assert files_of(tmp_path) == files_of(GENERATED)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
def test_every_contract_agrees_with_its_service(contract: type[Contract]) -> None:
    assert list(contract_disagreements(contract)) == []


@pytest.mark.parametrize("record", records(), ids=lambda record: record.__name__)
def test_every_record_agrees_with_its_message(record: type) -> None:
    codec_of(record)
    assert message_of(record).DESCRIPTOR.name == record.__name__


def test_the_proto_files_hold_no_message_that_nobody_uses() -> None:
    files = {message_of(record).DESCRIPTOR.file for record in records()}
    assert {name for file in files for name in file.message_types_by_name} == {record.__name__ for record in records()}


@pytest.mark.parametrize("text", [None, "", "late"])
@pytest.mark.parametrize("stars", [None, 0, 5])
@pytest.mark.parametrize("main", [None, Colour.RED])
def test_nothing_and_the_empty_value_stay_different(
    note: Any, text: str | None, stars: int | None, main: Colour | None
) -> None:
    cls = note_class()
    codec = codec_between(cls, note)
    value = cls(text=text, stars=stars, colours=(Colour.BLUE, Colour.RED), main=main, read=True)

    back = codec.decode(codec.encode(value))

    assert back == value
    assert type(back.colours[0]) is Colour


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"text": int | None}, "Note.text is int | None, but shopflow.sample.v1.Note.text is optional string"),
        ({"text": str}, "Note.text is str, but shopflow.sample.v1.Note.text is optional string"),
        ({"read": bool | None}, "Note.read is bool | None, but shopflow.sample.v1.Note.read is bool"),
        ({"read": float}, "Note.read is float, but shopflow.sample.v1.Note.read is bool"),
        (
            {"colours": Colour},
            "Note.colours is Colour, but shopflow.sample.v1.Note.colours is repeated shopflow.sample.v1.Colour",
        ),
        (
            {"main": User | None},
            "Note.main is User | None, but shopflow.sample.v1.Note.main is optional shopflow.sample.v1.Colour",
        ),
        ({"stars": ...}, "shopflow.sample.v1.Note.stars is not in Note"),
        ({"size": int}, "Note.size is not in shopflow.sample.v1.Note"),
        ({"main": with_green() | None}, "COLOUR_GREEN is only in one of Colour and shopflow.sample.v1.Colour"),
        ({"read": list[str]}, "Note.read: list[str] cannot cross a contract"),
        ({"read": dict[str, int]}, "Note.read: dict[str, int] cannot cross a contract"),
        ({"read": tuple[int, str]}, "Note.read: tuple[int, str] cannot cross a contract"),
        ({"read": str | int}, "Note.read: str | int cannot cross a contract"),
    ],
)
def test_a_disagreement_is_found_before_the_first_call(note: Any, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        codec_between(note_class(**changed), note)


def test_every_disagreement_is_told_at_once(note: Any) -> None:
    with pytest.raises(TypeError, match=r"Note\.read is int.*; Note\.size is not in"):
        codec_between(note_class(read=int, size=int), note)


def test_a_method_that_differs_from_its_service_is_found() -> None:
    class UsersService(Contract, package="shopflow.users.v2"):
        __module__ = "contracts.users"

        @rpc(idempotent=True)
        @abstractmethod
        def get_user(self, request: GetUser) -> GetUser: ...

        @rpc()
        @abstractmethod
        def close_account(self, request: GetUser) -> User: ...

    assert list(contract_disagreements(UsersService)) == [
        "UsersService is in shopflow.users.v2, but its service is shopflow.users.v1.UsersService",
        "shopflow.users.v1.UsersService/CloseAccount is only on one side",
        "shopflow.users.v1.UsersService/FindUsers is only on one side",
        "shopflow.users.v1.UsersService/GetUsers is only on one side",
        (
            "shopflow.users.v1.UsersService/GetUser is ('GetUser', 'User', 1), "
            "but the contract says ('GetUser', 'GetUser', 2)"
        ),
    ]
