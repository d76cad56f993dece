from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, get_current_span

import contracts.users
from contracts.errors import ContractError, Internal, PeerUnavailable
from contracts.transport.hooks import Hooks, configured_tracer
from contracts.transport.local import local_client
from contracts.users import GetUser, User, UserNotFound, UsersService

PRIVATE = "jane@example.org"


class Users(UsersService):
    """Refuses, and knows which span it ran in."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.trace_id = 0

    def get_user(self, request: GetUser) -> User:
        self.trace_id = get_current_span().get_span_context().trace_id
        raise self.error

    def get_users(self, request: contracts.users.GetUsers) -> contracts.users.Users:
        raise self.error

    def find_users(self, request: contracts.users.FindUsers) -> contracts.users.Users:
        raise self.error


def span_of(users: Users) -> ReadableSpan:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    shop = local_client(UsersService, users, strict=False, hooks=Hooks(tracer=provider.get_tracer("test")))
    with pytest.raises(ContractError):
        shop.get_user(GetUser(user_id=7))
    [span] = exporter.get_finished_spans()
    return span


def test_a_span_says_which_method_was_called_and_that_it_refused() -> None:
    span = span_of(Users(UserNotFound(user_id=7)))
    assert (span.name, span.kind) == ("shopflow.users.v1.UsersService/get_user", SpanKind.INTERNAL)
    assert dict(span.attributes or {}) == {
        "rpc.system": "shopflow",
        "rpc.service": "shopflow.users.v1.UsersService",
        "rpc.method": "get_user",
        "error.type": "user_not_found",
    }
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize(
    ("error", "code"), [(PeerUnavailable(peer="users"), "peer_unavailable"), (KeyError(PRIVATE), "internal")]
)
def test_a_span_of_a_failed_call_is_an_error(error: Exception, code: str) -> None:
    span = span_of(Users(error))
    assert (span.attributes or {})["error.type"] == code
    assert span.status.status_code is StatusCode.ERROR


def test_a_span_holds_nothing_of_what_was_asked_or_raised() -> None:
    span = span_of(Users(KeyError(PRIVATE)))
    assert span.events == ()
    assert PRIVATE not in span.to_json()


def test_the_implementation_runs_inside_the_span() -> None:
    users = Users(Internal(method="m"))
    span = span_of(users)
    assert span.context is not None
    assert users.trace_id == span.context.trace_id


def test_there_is_no_tracer_until_a_provider_is_set_up() -> None:
    assert configured_tracer() is None
