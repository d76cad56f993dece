"""An error as any client of gRPC sees it."""

from __future__ import annotations

import logging
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from contracts.errors import Internal, NotFound, TransactionOpen
from contracts.inventory import ProductNotFound
from contracts.tests.fakes import raising
from contracts.tests.grpc_shop import NAME, SHORT, Keeper, calling, error_of, opened, raw, serving

PRIVATE = "jane@example.org"


def wire_error(port: int, method: str, data: bytes) -> grpc.Call:
    with opened(port) as channel, pytest.raises(grpc.RpcError) as caught:
        raw(channel, method, data)
    error: Any = caught.value
    return error  # type: ignore[no-any-return]  # every error of a call is the call


def info_of(error: grpc.Call) -> tuple[str, str, dict[str, str]]:
    status = rpc_status.from_call(error)
    assert status is not None
    [detail] = status.details
    info = ErrorInfo()
    assert detail.Unpack(info)
    return info.reason, info.domain, dict(info.metadata)


@pytest.mark.parametrize(
    "error",
    [NotFound(), SHORT, ZeroDivisionError(PRIVATE), TransactionOpen(PRIVATE), ProductNotFound(product_id="1")],  # type: ignore[arg-type]
    ids=lambda error: type(error).__name__,
)
def test_anything_else_is_internal_and_its_text_stays_where_it_was_raised(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(Keeper(raising(error))) as (_, port), calling(port) as shop:
        assert error_of(shop, "look") == Internal(method=f"{NAME}/look")
        [record] = [record for record in caplog.records if record.name == "shopflow.contracts"]
        assert (record.levelno, record.getMessage()) == (logging.ERROR, f"{NAME}/look broke")
        assert record.exc_info is not None
        assert record.exc_info[1] is error
        seen = wire_error(port, "Look", b"")
    assert (seen.code(), seen.details()) == (grpc.StatusCode.INTERNAL, "Something went wrong on our side.")
    assert info_of(seen) == ("INTERNAL", "shopflow", {"method": f"{NAME}/look"})
    assert PRIVATE not in str(seen.trailing_metadata())


def test_an_error_on_the_wire_is_a_status_with_its_reason_domain_and_facts() -> None:
    with serving(Keeper(raising(SHORT))) as (_, port):
        error = wire_error(port, "Sell", b"")
    assert (error.code(), error.details()) == (grpc.StatusCode.FAILED_PRECONDITION, "Not enough stock.")
    assert info_of(error) == ("OUT_OF_STOCK", "shopflow", {"product_id": "1", "requested": "2", "available": "0"})


@pytest.mark.parametrize("data", [b"\xff", b"\x0a\x05ab"], ids=["no tag", "cut off"])
def test_bytes_that_are_no_request_are_a_malformed_one(data: bytes) -> None:
    keeper = Keeper()
    with serving(keeper) as (_, port):
        error = wire_error(port, "Sell", data)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert info_of(error) == ("MALFORMED_REQUEST", "shopflow", {"method": f"{NAME}/sell"})
    assert keeper.asked == []


def test_who_may_not_call_is_refused_before_anything_runs(caplog: pytest.LogCaptureFixture) -> None:
    keeper = Keeper()
    with serving(keeper, caller="users") as (_, port):
        error = wire_error(port, "Sell", b"\xff")
        assert (error.code(), error.details()) == (
            grpc.StatusCode.PERMISSION_DENIED,
            "This service may not call this method.",
        )
        assert info_of(error) == ("CALLER_NOT_ALLOWED", "shopflow", {"method": f"{NAME}/sell", "caller": "users"})
        assert f"{NAME}/sell refused: users may not call it" in caplog.text
        with calling(port) as shop:
            assert error_of(shop, "sell") == Internal(method=f"{NAME}/sell")
    assert keeper.asked == []
