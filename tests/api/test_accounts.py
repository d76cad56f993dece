"""The rows of the API's table that are about accounts."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest

from tests.api.client import Client
from tests.api.conftest import PASSWORD, Customer, assert_problem, log_in

pytestmark = pytest.mark.e2e

REGISTER, LOGIN = "/api/v1/users/register", "/api/v1/users/login"
REFRESH, LOGOUT = "/api/v1/users/refresh", "/api/v1/users/logout"
ME, PASSWORD_PATH = "/api/v1/users/me", "/api/v1/users/me/password"


def newcomer(**changes: Any) -> dict[str, Any]:
    name = f"user-{uuid.uuid4().hex[:12]}"
    return {"username": name, "email": f"{name}@example.com", "password": PASSWORD, **changes}


def test_registering_answers_201_with_the_account_and_no_password(anyone: Client) -> None:
    body = newcomer()
    answer = anyone.post(REGISTER, body)
    assert answer.status == 201
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.body) == {"id", "username", "email", "created_at"}
    assert (answer.body["username"], answer.body["email"]) == (body["username"], body["email"])
    assert type(answer.body["id"]) is int
    assert datetime.fromisoformat(answer.body["created_at"]).tzinfo is not None


@pytest.mark.parametrize("taken", ["username", "email"])
def test_a_name_or_an_address_that_is_taken_answers_409(anyone: Client, customer: Customer, taken: str) -> None:
    assert_problem(anyone.post(REGISTER, newcomer(**{taken: getattr(customer, taken)})), 409)


def test_an_address_is_taken_in_whatever_case(anyone: Client, customer: Customer) -> None:
    assert_problem(anyone.post(REGISTER, newcomer(email=customer.email.upper())), 409)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "ab"}, "username"),
        ({"username": ""}, "username"),
        ({"username": None}, "username"),
        ({"username": 12345}, "username"),
        ({"username": "x" * 1000}, "username"),
        ({"username": "nul\x00byte"}, "username"),
        ({"username": "half \ud800 pair"}, "username"),
        ({"email": "no address"}, "email"),
        ({"email": ["a@example.com"]}, "email"),
        ({"email": "a" * 400 + "@example.com"}, "email"),
        ({"password": "12345"}, "password"),
        ({"password": 1234567}, "password"),
        ({"password": "password"}, "password"),
        ({"password": "half \ud800 pair"}, "password"),
        ({"is_staff": True}, "is_staff"),
        ({"nickname": "x"}, "nickname"),
    ],
)
def test_what_is_wrong_at_registration_answers_422_and_is_named(
    anyone: Client, changes: dict[str, Any], field: str
) -> None:
    assert_problem(anyone.post(REGISTER, newcomer(**changes)), 422, field=field)


@pytest.mark.parametrize("missing", ["username", "email", "password"])
def test_what_is_missing_at_registration_answers_422_and_is_named(anyone: Client, missing: str) -> None:
    body = newcomer()
    del body[missing]
    assert_problem(anyone.post(REGISTER, body), 422, field=missing)


@pytest.mark.parametrize("body", [[], "text", 1, None])
def test_what_is_no_object_answers_422_at_registration(anyone: Client, body: Any) -> None:
    assert_problem(anyone.post(REGISTER, body), 422)


def test_logging_in_answers_a_pair_of_tokens(anyone: Client, customer: Customer) -> None:
    answer = anyone.post(LOGIN, {"email": customer.email, "password": PASSWORD})
    assert answer.status == 200
    assert set(answer.body) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (answer.body["token_type"], answer.body["expires_in"]) == ("bearer", 900)
    assert anyone.bearing(answer.body["access_token"]).get(ME).body["id"] == customer.id


@pytest.mark.parametrize("wrong", [{"email": "nobody@example.com"}, {"password": "something else 9"}])
def test_wrong_credentials_answer_401(anyone: Client, customer: Customer, wrong: dict[str, str]) -> None:
    assert_problem(anyone.post(LOGIN, {"email": customer.email, "password": PASSWORD, **wrong}), 401)


def test_wrong_address_and_wrong_password_look_the_same(anyone: Client, customer: Customer) -> None:
    answers = [
        anyone.post(LOGIN, {"email": email, "password": "something else 9"}).body
        for email in (customer.email, "nobody@example.com")
    ]
    assert {**answers[0], "request_id": ""} == {**answers[1], "request_id": ""}


def test_refreshing_answers_a_new_pair(anyone: Client, customer: Customer) -> None:
    answer = anyone.post(REFRESH, {"refresh_token": customer.refresh_token})
    assert answer.status == 200
    assert set(answer.body) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert answer.body["refresh_token"] != customer.refresh_token
    assert anyone.bearing(answer.body["access_token"]).get(ME).status == 200


def test_reusing_a_refresh_token_answers_401_and_revokes_its_family(anyone: Client, customer: Customer) -> None:
    second = anyone.post(REFRESH, {"refresh_token": customer.refresh_token}).body["refresh_token"]
    assert_problem(anyone.post(REFRESH, {"refresh_token": customer.refresh_token}), 401)
    assert_problem(anyone.post(REFRESH, {"refresh_token": second}), 401)
    assert log_in(anyone, email=customer.email, password=PASSWORD)


@pytest.mark.parametrize("path", [REFRESH, LOGOUT])
@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_what_is_no_refresh_token_is_refused(anyone: Client, path: str, token: str) -> None:
    assert anyone.post(path, {"refresh_token": token}).status == (401 if token else 422)


def test_an_access_token_is_no_refresh_token_and_the_other_way_round(anyone: Client, customer: Customer) -> None:
    assert_problem(anyone.post(REFRESH, {"refresh_token": customer.api.token}), 401)
    assert_problem(anyone.bearing(customer.refresh_token).get(ME), 401)


def test_logging_out_ends_the_refresh_token(anyone: Client, customer: Customer) -> None:
    assert anyone.post(LOGOUT, {"refresh_token": customer.refresh_token}).status == 200
    assert_problem(anyone.post(REFRESH, {"refresh_token": customer.refresh_token}), 401)


def test_me_answers_the_account(customer: Customer) -> None:
    answer = customer.api.get(ME)
    assert answer.status == 200
    assert (answer.body["id"], answer.body["username"], answer.body["email"]) == (
        customer.id,
        customer.username,
        customer.email,
    )
    assert "password" not in answer.body


@pytest.mark.parametrize(("method", "path"), [("GET", ME), ("PATCH", ME), ("POST", PASSWORD_PATH)])
def test_me_answers_403_with_no_token_and_401_with_a_bad_one(anyone: Client, method: str, path: str) -> None:
    assert_problem(anyone.send(method, path, {}), 403)
    assert_problem(anyone.bearing("bad").send(method, path, {}), 401)


def test_the_profile_can_be_changed(customer: Customer) -> None:
    name = f"renamed-{uuid.uuid4().hex[:8]}"
    answer = customer.api.patch(ME, {"username": name})
    assert (answer.status, answer.body["username"]) == (200, name)
    assert customer.api.get(ME).body["username"] == name


def test_an_unknown_field_of_the_profile_is_named(customer: Customer) -> None:
    answer = customer.api.patch(ME, {"is_staff": True})
    assert answer.status in (400, 422)
    assert_problem(answer, answer.status, field="is_staff")


def test_the_password_can_be_changed_and_then_only_the_new_one_works(anyone: Client, customer: Customer) -> None:
    schema = anyone.get("/api/schema/?format=json").body
    operation = schema["paths"][PASSWORD_PATH]["post"]["requestBody"]["content"]["application/json"]["schema"]
    current, new = schema["components"]["schemas"][operation["$ref"].rpartition("/")[2]]["required"]
    assert customer.api.post(PASSWORD_PATH, {current: PASSWORD, new: "another horse 8"}).status == 200
    assert anyone.post(LOGIN, {"email": customer.email, "password": PASSWORD}).status == 401
    assert log_in(anyone, email=customer.email, password="another horse 8")
    assert_problem(anyone.post(REFRESH, {"refresh_token": customer.refresh_token}), 401)
