"""Two releases at once: a client of the previous contracts before today's server, and the reverse.

The previous release is what `previous/contracts.binpb` holds of it: its messages, made from their descriptors. The next
one is imagined: it says something more in every message, which today's contracts do not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings

from contracts.base import Contract, Method
from contracts.inventory import Product, Products
from contracts.money import Money
from contracts.tests import previous
from contracts.tests.previous import messages_in
from contracts.tests.strategies import CONTRACTS, records, values_of
from contracts.transport.agreement import message_of
from contracts.transport.codec import codec_of
from contracts.transport.grpc_client import grpc_client
from contracts.transport.grpc_server import Gate, contract_handler
from contracts.transport.hooks import Hooks
from contracts.transport.peer import Peer

M = TypeVar("M", bound=Message)

NEWS = "news"
LAMP = Product(
    product_id=1,
    sku="LAMP-1",
    name="Lamp",
    description="",
    category="",
    price=Money(currency="EUR", minor=2550),
    stock=3,
    active=True,
)
TWO = Products(products=(LAMP, LAMP))
PRODUCTS = "shopflow.inventory.v1.Products"


def next_release() -> DescriptorPool:
    """Today's contracts, with a new field in every message of theirs."""
    pool = DescriptorPool()
    for record in records():
        _add(pool, message_of(record).DESCRIPTOR.file)
    return pool


def _add(pool: DescriptorPool, file: Any) -> None:
    for imported in file.dependencies:
        _add(pool, imported)
    copy = FileDescriptorProto()
    file.CopyToProto(copy)
    for message in copy.message_type if file.package.startswith("shopflow.") else ():
        message.field.add(
            name=NEWS, number=1000, type=FieldDescriptorProto.TYPE_STRING, label=FieldDescriptorProto.LABEL_OPTIONAL
        )
    pool.AddSerializedFile(copy.SerializeToString())


@dataclass(frozen=True)
class Spoken:
    """A method as another release has it: its messages, with all that this release can say."""

    contract: type[Contract]
    method: Method
    request: type[Message]
    response: type[Message]

    def asking(self, value: Any) -> Message:
        return with_news(understood(self.request, value))

    def answering(self, value: Any) -> Message:
        return with_news(understood(self.response, value))


def spoken(pool: DescriptorPool) -> Iterator[Spoken]:
    for contract in CONTRACTS:
        then = pool.FindServiceByName(f"{contract.package}.{contract.__name__}").methods_by_name
        for method in contract.methods.values():
            if found := then.get(method.rpc_name):
                yield Spoken(contract, method, GetMessageClass(found.input_type), GetMessageClass(found.output_type))


def understood(message: type[Message], value: Any) -> Message:
    """What another release understands of a value of today; the rest is lost."""
    cls: Any = type(value)
    read = message.FromString(codec_of(cls).encode(value))
    read.DiscardUnknownFields()
    return read


def with_news(message: M) -> M:
    if NEWS in message.DESCRIPTOR.fields_by_name:
        setattr(message, NEWS, "what only the next release knows")
    for field, value in message.ListFields():
        if field.message_type is not None:
            for inner in value if field.is_repeated else [value]:
                with_news(inner)
    return message


def read_today(cls: type, message: Message) -> Any:
    return codec_of(cls).decode(message.SerializeToString())


RELEASES = {"previous": messages_in(previous.CONTRACTS), "next": next_release()}
every_method = pytest.mark.parametrize(
    "peer",
    [pytest.param(peer, id=f"{name}-{peer.method.name}") for name, pool in RELEASES.items() for peer in spoken(pool)],
)
a_few = settings(max_examples=25)


@contextmanager
def serving(handler: grpc.GenericRpcHandler) -> Iterator[grpc.Channel]:
    with ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool, handlers=[handler])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield channel
        finally:
            server.stop(0).wait()


class Recorder:
    """Answers every call with `answer`, and remembers what it was asked."""

    answer: Any
    asked: Any

    def __call__(self, request: Any) -> Any:
        self.asked = request
        return self.answer


def as_contract(contract: type[Contract], recorder: Recorder) -> Contract:
    answers = {name: staticmethod(recorder) for name in contract.methods}
    implementation: Contract = type("Recorded", (contract,), answers)()
    return implementation


@every_method
def test_a_client_of_another_release_is_served_today(peer: Spoken) -> None:
    method, recorder = peer.method, Recorder()
    gate = Gate(identify=lambda _: next(iter(method.callers)))

    @a_few
    @given(asked=values_of(method.request), answer=values_of(method.response))
    def calls(asked: Any, answer: Any) -> None:
        recorder.answer = answer
        sent = peer.asking(asked)
        got = call(sent, timeout=10)
        got.DiscardUnknownFields()
        assert recorder.asked == read_today(method.request, sent)
        assert got == understood(peer.response, answer)

    implementation = as_contract(peer.contract, recorder)
    with serving(contract_handler(peer.contract, implementation, gate=gate, hooks=Hooks())) as channel:
        call = channel.unary_unary(
            f"/{method.contract}/{method.rpc_name}",
            request_serializer=peer.request.SerializeToString,
            response_deserializer=peer.response.FromString,
        )
        calls()


@every_method
def test_a_client_of_today_is_served_by_another_release(peer: Spoken) -> None:
    method, recorder = peer.method, Recorder()
    handler = grpc.unary_unary_rpc_method_handler(
        lambda message, _: recorder(message),
        request_deserializer=peer.request.FromString,
        response_serializer=peer.response.SerializeToString,
    )

    @a_few
    @given(asked=values_of(method.request), answer=values_of(method.response))
    def calls(asked: Any, answer: Any) -> None:
        recorder.answer = peer.answering(answer)
        got = getattr(client, method.name)(asked)
        recorder.asked.DiscardUnknownFields()
        assert recorder.asked == understood(peer.request, asked)
        assert got == read_today(method.response, recorder.answer)

    with serving(grpc.method_handlers_generic_handler(method.contract, {method.rpc_name: handler})) as channel:
        client = grpc_client(peer.contract, Peer("another release", lambda: channel), hooks=Hooks())
        calls()


def test_the_next_release_says_more_in_every_message() -> None:
    sent: Any = with_news(understood(GetMessageClass(RELEASES["next"].FindMessageTypeByName(PRODUCTS)), TWO))
    assert [getattr(message, NEWS) for message in (sent, *sent.products)] == ["what only the next release knows"] * 3
    assert read_today(Products, sent) == TWO
