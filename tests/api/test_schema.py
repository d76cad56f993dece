"""The OpenAPI document against the shop: whatever the request looks like, the answer is one that it promises."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from schemathesis.checks import CheckFunction
from schemathesis.core import NotSet
from schemathesis.specs.openapi import checks

from tests.api.client import Client
from tests.api.conftest import Customer, NewCustomer

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif("SHOPFLOW_BASE_URL" in os.environ, reason="changes and archives whatever it comes across"),
]

BOUNDED = settings(
    max_examples=int(os.environ.get("SHOPFLOW_SCHEMA_EXAMPLES", "8")),
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

UNLIKE_THE_REST = ("/users/me", "/users/me/password")
"""403 where there is no token."""
REFUSES_FOR_OTHER_REASONS = {
    "POST /users/register",  # which password is common, and what is an address
    "POST /users/login",
    "PATCH /users/me",
    "POST /users/me/password",
    "POST /orders",  # what is left, and which key was used for what; of lists: which cursor is theirs
    "POST /orders/{order_id}/refunds",  # who may say whether it can be sold again
    "PUT /products/{product_id}/stock",
    "POST /webhooks/endpoints",  # which addresses are public
    "PATCH /webhooks/endpoints/{endpoint_id}",
}

Case: TypeAlias = schemathesis.Case[Any]
document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
schema = schemathesis.openapi.from_dict(document)
schema.config.generation.allow_x00 = False  # no text of the shop may have it, and a schema of each would say so


@BOUNDED
@schema.parametrize()
def test_staff_are_answered_as_the_document_says(case: Case, staff: Client) -> None:
    ask(case, staff)


@BOUNDED
@schema.parametrize()
def test_a_customer_is_answered_as_the_document_says(case: Case, fuzzer: Customer) -> None:
    ask(case, fuzzer.api)


@pytest.fixture(scope="module")
def fuzzer(new_customer: NewCustomer) -> Customer:
    return new_customer()


def ask(case: Case, client: Client) -> None:
    case.body = as_clients_write(case.body)
    case.call_and_validate(
        base_url=client.base_url,
        headers={"Authorization": f"Bearer {client.token}"},
        excluded_checks=list(beyond_the_document(case)),
    )


def as_clients_write(value: Any) -> Any:
    """3.0 is an integer to a JSON schema, but no client writes a whole number so, and the shop takes none."""
    if isinstance(value, dict):
        return {name: as_clients_write(member) for name, member in value.items()}
    if isinstance(value, list):
        return [as_clients_write(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def beyond_the_document(case: Case) -> Iterator[CheckFunction]:
    """What the design has otherwise, and what no schema can tell."""
    operation = f"{case.method} {case.path.removeprefix('/api/v1')}"
    if operation.endswith(UNLIKE_THE_REST):
        yield from (checks.missing_required_header, checks.ignored_auth)
    if operation in REFUSES_FOR_OTHER_REASONS or "after" in (case.query or {}):
        yield checks.positive_data_acceptance
    if isinstance(case.body, NotSet):  # an empty body is none, or {}
        yield from (checks.positive_data_acceptance, checks.negative_data_rejection)
