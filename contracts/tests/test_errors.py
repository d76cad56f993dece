from __future__ import annotations

import inspect
import logging
import pickle
import re
from collections import Counter
from typing import Any

import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status as WireStatus
from hypothesis import given, strategies as st

from contracts import errors
from contracts.errors import ContractError, Internal, OutcomeUnknown, PeerUnavailable, Refused, Status
from contracts.inventory import OutOfStock, ReservationClosed, ReservationState
from contracts.tests.strategies import methods, values_of
from contracts.transport.errors import error_classes, facts_of, from_status, to_status

SOLD_OUT = OutOfStock(product_id=3, requested=2, available=1)
CLASSES = sorted(error_classes(), key=lambda cls: cls.__name__)
each_class = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)


def test_an_error_is_a_message_and_facts() -> None:
    assert SOLD_OUT.message == "Not enough stock."
    assert SOLD_OUT.facts == {"product_id": 3, "requested": 2, "available": 1}
    assert str(SOLD_OUT) == "Not enough stock. (product_id=3, requested=2, available=1)"


def test_errors_with_the_same_facts_are_equal() -> None:
    assert OutOfStock(product_id=3, requested=2, available=1) == SOLD_OUT
    assert OutOfStock(product_id=3, requested=2, available=0) != SOLD_OUT


def test_a_fact_cannot_be_left_out() -> None:
    with pytest.raises(TypeError, match="available"):
        OutOfStock(product_id=3, requested=2)  # type: ignore[call-arg]


def test_an_error_survives_another_process() -> None:
    assert pickle.loads(pickle.dumps(SOLD_OUT)) == SOLD_OUT  # noqa: S301


def test_the_tree_at_the_top_of_the_file_names_every_class() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", inspect.getdoc(errors) or ""))
    defined = {cls.__name__ for cls in CLASSES if cls.__module__ == errors.__name__}
    assert drawn == defined


def test_a_status_keeps_its_grpc_code() -> None:
    assert {status.name: status.grpc for status in Status} == {
        "UNKNOWN": 2,
        "INVALID_ARGUMENT": 3,
        "DEADLINE_EXCEEDED": 4,
        "NOT_FOUND": 5,
        "ALREADY_EXISTS": 6,
        "PERMISSION_DENIED": 7,
        "FAILED_PRECONDITION": 9,
        "ABORTED": 10,
        "INTERNAL": 13,
        "UNAVAILABLE": 14,
        "UNAUTHENTICATED": 16,
    }


def test_an_outage_is_503_whether_or_not_the_call_ran() -> None:
    assert PeerUnavailable.status.http == OutcomeUnknown.http_status == 503


def test_no_two_errors_share_a_code() -> None:
    shared = {code for code, count in Counter(cls.code for cls in CLASSES).items() if count > 1}
    assert shared == set()


@each_class
def test_a_code_and_the_names_of_facts_are_what_error_info_allows(cls: type[ContractError]) -> None:
    assert re.fullmatch(r"[A-Z][A-Z0-9_]{1,61}[A-Z0-9]", cls.code.upper())
    assert all(re.fullmatch(r"[a-z][a-zA-Z0-9_-]{0,63}", name) for name in facts_of(cls))


@each_class
@given(data=st.data())
def test_every_error_comes_back_as_the_same_class_with_the_same_facts(
    cls: type[ContractError], data: st.DataObject
) -> None:
    error = data.draw(values_of(cls))
    sent = to_status(error).SerializeToString()
    back = from_status(WireStatus.FromString(sent), method="any")
    assert type(back) is cls
    assert back == error


def test_what_a_method_declares_is_a_refusal_that_can_cross() -> None:
    declared = {cls for method in methods() for cls in method.raises}
    assert declared <= set(CLASSES)
    assert all(issubclass(cls, Refused) for cls in declared)


def test_an_error_looks_on_the_wire_as_other_languages_read_it() -> None:
    status = to_status(ReservationClosed(reservation_id="r", state=ReservationState.EXPIRED))
    info = ErrorInfo()
    assert status.details[0].Unpack(info)

    assert (status.code, status.message) == (10, "This reservation holds no stock any more.")
    assert (info.reason, info.domain) == ("RESERVATION_CLOSED", "shopflow")
    assert dict(info.metadata) == {"reservation_id": "r", "state": "expired"}


@pytest.mark.parametrize(
    ("reason", "domain", "metadata"),
    [
        ("SOLD_TO_THE_MOON", "shopflow", {}),
        ("OUT_OF_STOCK", "elsewhere", {"product_id": "3", "requested": "2", "available": "1"}),
        ("OUT_OF_STOCK", "shopflow", {"product_id": "3"}),
        ("OUT_OF_STOCK", "shopflow", {"product_id": "3", "requested": "two", "available": "1"}),
    ],
    ids=["unknown reason", "foreign domain", "missing fact", "unreadable fact"],
)
def test_an_error_that_is_not_understood_is_internal(
    reason: str, domain: str, metadata: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    status = WireStatus(code=9)
    status.details.add().Pack(ErrorInfo(reason=reason, domain=domain, metadata=metadata))

    assert from_status(status, method="inventory/reserve") == Internal(method="inventory/reserve")
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_facts_unknown_here_are_passed_over() -> None:
    status = to_status(SOLD_OUT)
    info = ErrorInfo()
    status.details[0].Unpack(info)
    info.metadata["warehouse"] = "north"
    status.details[0].Pack(info)

    assert from_status(status, method="any") == SOLD_OUT


@pytest.mark.parametrize("available", [None, 1.0, True, "1"])
def test_a_fact_of_another_type_is_refused(available: Any) -> None:
    with pytest.raises(TypeError, match=r"OutOfStock\.available must be int"):
        to_status(OutOfStock(product_id=3, requested=2, available=available))


def test_a_fact_without_a_text_form_is_refused() -> None:
    class Weighed(Refused):
        """It was weighed."""

        code = "weighed"
        weight: float

    with pytest.raises(TypeError, match=r"Weighed\.weight: float cannot be the fact of an error"):
        facts_of(Weighed)
