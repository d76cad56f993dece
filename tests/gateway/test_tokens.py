"""A bad token is refused at the gateway, in the API's words; a missing one is the API's business."""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import Any

import pytest

from shopflow.gateway import rendering
from shopflow.tests.key_server import Signer
from tests.api.client import Answer
from tests.e2e.shop import until
from tests.gateway.conftest import StartGateway, assert_refused, claims
from tests.gateway.gateway import Gateway

Token = Callable[..., str]
PROTECTED = [
    *("/api/v1/orders", "/api/v1/orders/1", "/api/v1/orders/1/refunds", "/api/v1/products", "/api/v1/users/me"),
    *("/api/v1/users/me/password", "/api/v1/webhooks/endpoints"),
]
PUBLIC = ["/api/v1/users/login", "/api/v1/users/register", "/api/v1/users/refresh", "/api/v1/users/logout", "/health"]
PUBLIC += ["/api/v1/payments/webhooks/stripe", "/api/v1/payments/simulated/sim_1"]

FAR_AHEAD = int(time()) + 365 * 24 * 3600
"""Far beyond the run that asks: what is given as a parameter is reckoned when the tests are collected."""


def ask(gateway: Gateway, token: str, path: str = "/api/v1/orders") -> Answer:
    return gateway.client.bearing(token).get(path)


def assert_bad(answer: Answer) -> None:
    assert_refused(answer, 401, "bad_token", title="Unauthorized", detail="The access token is not valid.")
    assert answer.headers["www-authenticate"] == "Bearer"


def assert_expired(answer: Answer) -> None:
    assert_refused(answer, 401, "token_expired", title="Unauthorized", detail="The access token has expired.")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", PROTECTED)
def test_a_good_token_goes_on_to_the_service(gateway: Gateway, token: Token, path: str) -> None:
    good = token()
    answer = ask(gateway, good, path)
    assert (answer.status, answer.body["headers"]["authorization"]) == (200, f"Bearer {good}")


@pytest.mark.parametrize("path", PROTECTED)
def test_a_bad_one_does_not(gateway: Gateway, path: str) -> None:
    assert_bad(ask(gateway, "nonsense", path))
    assert [stub.asked for stub in gateway.stubs.values()] == [[]] * len(gateway.stubs)


@pytest.mark.parametrize("path", PROTECTED)
@pytest.mark.parametrize("header", [None, "Basic YWRhOnNlY3JldA==", "Token abc", "Bearer", "bearer nonsense"])
def test_what_is_no_token_is_left_to_the_service(gateway: Gateway, path: str, header: str | None) -> None:
    answer = gateway.client.send("GET", path, **({"Authorization": header} if header else {}))
    assert answer.status == 200


@pytest.mark.parametrize("path", PUBLIC)
def test_where_no_token_is_looked_at_a_bad_one_does_no_harm(gateway: Gateway, path: str) -> None:
    assert ask(gateway, "nonsense", path).status == 200


@pytest.mark.parametrize(
    "changes",
    [{"iss": "another"}, {"aud": "another"}, {"iss": None}, {"aud": None}, {"nbf": FAR_AHEAD}],
    ids=["another issuer", "another audience", "no issuer", "no audience", "not yet valid"],
)
def test_claims_that_are_not_ours_are_refused(gateway: Gateway, token: Token, changes: dict[str, Any]) -> None:
    given = {name: value for name, value in claims(**changes).items() if value is not None}
    assert_bad(ask(gateway, gateway.signer.token(given)))


def test_the_signature_of_another_key_is_refused(gateway: Gateway) -> None:
    assert_bad(ask(gateway, Signer("first").token(claims())))


def test_a_key_that_the_gateway_has_not_seen_yet_is_left_to_the_service(gateway: Gateway) -> None:
    assert ask(gateway, Signer("second").token(claims())).status == 200


def test_a_token_without_a_signature_is_refused(gateway: Gateway, token: Token) -> None:
    assert_bad(ask(gateway, token().rpartition(".")[0] + "."))


def test_a_token_in_the_query_is_none(gateway: Gateway) -> None:
    assert gateway.client.get("/api/v1/orders?access_token=nonsense").status == 200


def test_a_token_has_expired_after_five_seconds_for_clocks_that_differ(gateway: Gateway, token: Token) -> None:
    assert ask(gateway, token(exp=int(time()) - 2)).status == 200
    assert_expired(ask(gateway, token(exp=int(time()) - 7)))


def test_a_token_that_was_good_is_not_good_for_ever(gateway: Gateway, token: Token) -> None:
    fading = token(exp=int(time()) - 3)
    assert ask(gateway, fading).status == 200
    until(lambda: ask(gateway, fading).status == 401, "the token expires", seconds=10)
    assert_expired(ask(gateway, fading))


def test_tokens_are_read_while_users_is_down(start: StartGateway) -> None:
    gateway = start()
    gateway.fail("users")
    assert ask(gateway, gateway.signer.token(claims())).status == 200
    assert_bad(ask(gateway, Signer("first").token(claims())))


def test_where_the_keys_were_never_had_a_token_is_left_to_the_service(start: StartGateway) -> None:
    gateway, forged = start(without=["users"]), Signer("first").token(claims())
    assert ask(gateway, gateway.signer.token(claims())).status == 200
    assert ask(gateway, forged).status == 200
    assert_bad(ask(gateway, "nonsense"))
    gateway.revive("users")
    until(lambda: ask(gateway, forged).status == 401, "the keys are fetched", seconds=10)
    assert ask(gateway, gateway.signer.token(claims())).status == 200


def test_a_key_that_is_withdrawn_is_forgotten(start: StartGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "KEYS_SECONDS", 1)
    gateway, other = start(), Signer("second")
    gateway.stubs["users"].keys = [other.jwk]
    forged = Signer("second").token(claims())
    until(lambda: ask(gateway, forged).status == 401, "the new key is known", seconds=10)
    assert_bad(ask(gateway, forged))
    assert ask(gateway, other.token(claims())).status == 200
    assert ask(gateway, gateway.signer.token(claims())).status == 200  # left to the service: no key of that name
