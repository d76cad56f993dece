from __future__ import annotations

import logging
from contextlib import suppress

import pytest

from contracts.base import Method
from contracts.errors import ContractError, DeadlineExceeded, Internal, NotFound, OutcomeUnknown, PeerUnavailable
from contracts.inventory import OutOfStock, ProductNotFound
from contracts.tests.fakes import READ, REQUEST, WRITE, Answer, both_modes, client, error_of, nothing, raising
from contracts.transport.hooks import Hooks
from contracts.transport.sizes import Sizes


class DatabaseLost(Exception):
    """As a database driver raises it."""


@both_modes
@pytest.mark.parametrize(
    "failure",
    [
        DeadlineExceeded(method="m"),
        PeerUnavailable(peer="users"),
        OutcomeUnknown(method="m"),
        Internal(method="m"),
    ],
    ids=lambda failure: failure.code,
)
def test_the_failure_of_a_call_further_in_passes_as_it_is(failure: ContractError, *, strict: bool) -> None:
    assert error_of(raising(failure), strict=strict) == failure


class ProductHidden(ProductNotFound):
    """Known to one context only."""

    code = "product_hidden"


@both_modes
@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError(),
        OutOfStock(product_id=1, requested=2, available=0),
        NotFound(),
        ProductHidden(product_id=1),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_the_method_does_not_declare_is_internal(error: Exception, *, strict: bool) -> None:
    call = "reserve_stock" if isinstance(error, ProductHidden) else "get_products"
    seen = error_of(raising(error), call, strict=strict)
    assert seen == Internal(method=READ if call == "get_products" else WRITE)
    assert seen.__cause__ is error


@both_modes
def test_what_broke_is_logged_with_its_stack_and_without_the_request(
    caplog: pytest.LogCaptureFixture, *, strict: bool
) -> None:
    broken = ZeroDivisionError("division by zero")
    error_of(raising(broken), strict=strict)
    [record] = caplog.records
    assert (record.name, record.levelno, record.getMessage()) == ("shopflow.contracts", logging.ERROR, f"{READ} broke")
    assert record.exc_info is not None
    assert record.exc_info[1] is broken


@both_modes
def test_a_lost_database_means_that_a_read_never_ran(*, strict: bool) -> None:
    lost = DatabaseLost()
    error = error_of(raising(lost), strict=strict, unavailable=(DatabaseLost,))
    assert error == PeerUnavailable(peer="shopflow.inventory.v1.InventoryService")
    assert error.__cause__ is lost


@both_modes
def test_a_lost_database_means_that_a_write_may_have_run(*, strict: bool) -> None:
    lost = DatabaseLost()
    error = error_of(raising(lost), "reserve_stock", strict=strict, unavailable=(DatabaseLost,))
    assert error == OutcomeUnknown(method=WRITE)
    assert error.__cause__ is lost


@both_modes
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (nothing, "ok"),
        (raising(PeerUnavailable(peer="users")), "peer_unavailable"),
        (raising(ZeroDivisionError()), "internal"),
    ],
    ids=["ok", "declared", "broken"],
)
def test_the_observer_is_told_how_a_call_ended(answer: Answer, outcome: str, *, strict: bool) -> None:
    told: list[tuple[str, str]] = []

    def observe(method: Method, seconds: float, outcome: str, sizes: Sizes | None) -> None:
        assert 0 <= seconds < 10
        told.append((method.full_name, outcome))

    with suppress(ContractError):
        client(answer, strict=strict, hooks=Hooks(observer=observe)).get_products(REQUEST)
    assert told == [(READ, outcome)]
