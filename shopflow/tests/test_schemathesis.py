"""The API against its own document: whatever the document allows or forbids, no answer is an error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import schemathesis
import yaml
from django.conf import settings as project
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shopflow.tests.tokens import bearer

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

pytestmark = [pytest.mark.django_db(databases=list(project.CONTEXTS))]


def operations() -> Iterator[Any]:
    """Each with what its document allows and, where it takes anything at all, with what it forbids."""
    written = StringIO()
    call_command("spectacular", stdout=written)
    document = schemathesis.openapi.from_dict(yaml.safe_load(written.getvalue()))
    for found in document.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        yield pytest.param(operation, GenerationMode.POSITIVE, id=f"{operation.label} allowed")
        if operation.body or list(operation.iter_parameters()):
            yield pytest.param(operation, GenerationMode.NEGATIVE, id=f"{operation.label} forbidden")


@pytest.fixture
def application(caller: dict[str, str]) -> Iterator[WSGIHandler]:
    """The whole app, kept by the test inside its transaction: as Django's test client is, which undoes this."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield WSGIHandler()
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def caller() -> dict[str, str]:
    """A member of staff with an account, an order and something to order."""
    client = Client()
    account = {"username": "ann", "email": "ann@shop.test", "password": "a long phrase"}
    user_id = client.post("/api/v1/users/register", account, "application/json").json()["id"]
    headers = bearer(user_id=user_id, is_staff=True)
    product = {"name": "Pen", "price": 2.5, "stock": 100}
    product_id = client.post("/api/v1/products", product, "application/json", headers=headers).json()["id"]
    line = {"product_id": product_id, "quantity": 1}
    assert client.post("/api/v1/orders", line, "application/json", headers=headers).status_code == 201
    return headers


@pytest.mark.parametrize(("operation", "mode"), list(operations()))
def test_the_api_keeps_to_its_document(
    operation: Any, mode: GenerationMode, application: WSGIHandler, caller: dict[str, str]
) -> None:
    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers(case: Any) -> None:
        response = case.call(app=application, headers=caller, base_url="http://localhost")
        case.validate_response(response, checks=CHECKS)

    answers()
