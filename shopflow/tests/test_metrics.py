"""What is counted of a call between contexts."""

from __future__ import annotations

import pytest

from contracts.base import Method
from contracts.caller import Caller, calling_as
from contracts.transport.sizes import Sizes
from contracts.users import UsersService
from shopflow.observability.metrics import BYTES, CALLS, observe_call

METHOD: Method = UsersService.methods["get_user"]


def total(name: str, **labels: str) -> float:
    samples = [sample for family in (*CALLS.collect(), *BYTES.collect()) for sample in family.samples]
    wanted = (name, {"method": METHOD.full_name, **labels})
    return sum(sample.value for sample in samples if (sample.name, sample.labels) == wanted)


@pytest.mark.parametrize(
    ("caller", "cause"),
    [
        (Caller(request_id="r"), "request"),
        (Caller(service="orders", request_id="r", user_id=7), "request"),
        (Caller(service="relay", request_id="r"), "relay"),
        (Caller(), "relay"),
    ],
    ids=["a request", "of another service", "an event of a request", "a job"],
)
def test_a_call_that_no_request_waits_for_is_the_relays(caller: Caller, cause: str) -> None:
    labels = {"outcome": "ok", "cause": cause}
    before = total("shopflow_contract_call_seconds_count", **labels)
    with calling_as(caller):
        observe_call(METHOD, 0.25, "ok", None)
    assert total("shopflow_contract_call_seconds_count", **labels) == before + 1


@pytest.mark.parametrize(("sizes", "counted"), [(None, (0, 0, 0, 0)), ((40, 300), (1, 40, 1, 300))])
def test_sizes_are_counted_where_they_are_known(sizes: Sizes | None, counted: tuple[int, ...]) -> None:
    before = weighed()
    observe_call(METHOD, 0.25, "ok", sizes)
    assert tuple(now - then for now, then in zip(weighed(), before, strict=True)) == counted


def weighed() -> list[float]:
    """How many requests, their bytes; how many responses, their bytes."""
    of = [(direction, what) for direction in ("request", "response") for what in ("count", "sum")]
    return [total(f"shopflow_contract_call_bytes_{what}", direction=direction) for direction, what in of]
