"""Tokens in a process that has no keys but those that users publishes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from shopflow.http import authentication
from shopflow.http.authentication import TokenAuthentication, TokenUser
from shopflow.http.published_keys import FIRST_PAUSE, FRESH, LONGEST_WAIT, PAUSE, KeysUnavailable, PublishedKeys
from shopflow.tests.key_server import KeyServer, Signer
from tests.e2e.shop import until
from users.tokens import AccessToken, backend_of

OLD, NEW, STRANGER = Signer("old"), Signer("new"), Signer("stranger")
ADA = TokenUser(7, is_staff=False)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def users() -> Iterator[KeyServer]:
    server = KeyServer(OLD)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def keys(users: KeyServer, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> PublishedKeys:
    keys = PublishedKeys(users.url, clock)
    verifier = backend_of(keys)
    monkeypatch.setattr(authentication, "verifier", lambda: verifier)
    authentication._verified.cache_clear()
    return keys


def token(signer: Signer, **header: str) -> str:
    made = AccessToken()
    return signer.token(
        {**made.payload, "iss": "shopflow", "aud": "shopflow", "user_id": 7, "is_staff": False}, **header
    )


def holder(token: str) -> TokenUser | None:
    request = APIRequestFactory().get("/", headers={"Authorization": f"Bearer {token}"})
    found = TokenAuthentication().authenticate(APIView().initialize_request(request))
    return found[0] if found else None


def refusal(token: str) -> str:
    with pytest.raises((AuthenticationFailed, KeysUnavailable)) as caught:
        holder(token)
    return str(caught.value.get_codes())


def settled(keys: PublishedKeys) -> None:
    until(lambda: keys._fetch is None, "the fetch under way should end")


pytestmark = pytest.mark.usefixtures("keys")


def test_fetches_the_keys_with_the_first_token_and_keeps_them(users: KeyServer) -> None:
    assert users.asked == 0
    assert [holder(token(OLD)) for _ in range(3)] == [ADA, ADA, ADA]
    assert users.asked == 1


def test_reads_what_users_publishes(client: Client, users: KeyServer) -> None:
    users.body = client.get("/.well-known/jwks.json").content
    made = AccessToken()
    made["user_id"], made["is_staff"] = 7, False
    assert holder(str(made)) == ADA


def test_a_forged_token_is_refused_with_the_keys_at_hand(users: KeyServer) -> None:
    assert holder(token(OLD)) == ADA
    assert refusal(token(STRANGER, kid="old")) == "bad_token"
    assert users.asked == 1


def test_a_new_key_is_known_with_its_first_token(users: KeyServer, clock: Clock) -> None:
    assert holder(token(OLD)) == ADA
    users.publish(NEW, OLD)
    clock.advance(PAUSE)
    assert holder(token(NEW)) == ADA
    assert users.asked == 2


def test_made_up_key_ids_do_not_flood_users(users: KeyServer, clock: Clock) -> None:
    assert holder(token(OLD)) == ADA
    clock.advance(PAUSE)
    assert {refusal(token(STRANGER, kid=f"made-up-{number}")) for number in range(50)} == {"bad_token"}
    assert users.asked == 2
    clock.advance(PAUSE)
    assert refusal(token(STRANGER)) == "bad_token"
    assert users.asked == 3


def test_a_key_that_is_published_before_it_signs_is_known_whatever_made_up_key_ids_come(
    users: KeyServer, clock: Clock
) -> None:
    """One that signs at once is not, until the next fetch."""
    assert holder(token(OLD)) == ADA
    clock.advance(PAUSE)
    assert refusal(token(STRANGER)) == "bad_token"
    users.publish(NEW, OLD)
    assert refusal(token(NEW)) == "bad_token"
    clock.advance(PAUSE)
    assert refusal(token(STRANGER)) == "bad_token"
    assert holder(token(NEW)) == ADA


def test_requests_at_once_share_one_fetch(users: KeyServer) -> None:
    users.open.clear()
    one = token(OLD)
    with ThreadPoolExecutor(16) as pool:
        asking = [pool.submit(holder, one) for _ in range(16)]
        until(lambda: users.asked == 1, "users should be asked")
        users.open.set()
        assert [future.result() for future in asking] == [ADA] * 16
    assert users.asked == 1


def test_tokens_stay_good_while_users_is_down_however_long(users: KeyServer, clock: Clock, keys: PublishedKeys) -> None:
    assert holder(token(OLD)) == ADA
    users.stop()
    for seconds in (FRESH, FRESH, 100 * FRESH):
        clock.advance(seconds)
        assert holder(token(OLD)) == ADA
        settled(keys)
    assert refusal(token(STRANGER, kid="old")) == "bad_token"


def test_a_key_id_that_nobody_can_be_asked_about_is_not_refused(users: KeyServer, clock: Clock) -> None:
    assert holder(token(OLD)) == ADA
    users.publish(NEW)
    users.stop()
    clock.advance(PAUSE)
    assert refusal(token(NEW)) == "keys_unavailable"
    users.start()
    clock.advance(PAUSE)
    assert holder(token(NEW)) == ADA


def test_a_withdrawn_key_ends_its_remembered_tokens_once_the_keys_are_old(users: KeyServer, clock: Clock) -> None:
    one = token(OLD)
    assert holder(one) == ADA
    users.publish(NEW)
    clock.advance(FRESH - 1)
    assert holder(one) == ADA
    clock.advance(1)
    assert refusal(one) == "bad_token"
    assert holder(token(NEW)) == ADA


def test_keys_that_stay_the_same_cost_no_second_look_at_a_token(clock: Clock) -> None:
    one = token(OLD)
    for _ in range(3):
        assert holder(one) == ADA
        clock.advance(FRESH)
    assert authentication._verified.cache_info().misses == 1


def test_users_that_does_not_answer_holds_one_request_up_for_a_moment_and_then_none(
    users: KeyServer, clock: Clock, keys: PublishedKeys
) -> None:
    assert holder(token(OLD)) == ADA
    users.open.clear()
    clock.advance(FRESH)
    assert 0.5 * LONGEST_WAIT < seconds_of(lambda: holder(token(OLD))) < 4 * LONGEST_WAIT
    settled(keys)
    for _ in range(3):
        clock.advance(PAUSE)
        assert seconds_of(lambda: holder(token(OLD))) < 0.5 * LONGEST_WAIT
        settled(keys)
    assert users.asked == 5


def seconds_of(work: Any) -> float:
    began = time.monotonic()
    assert work() == ADA
    return time.monotonic() - began


def test_without_any_keys_nothing_can_be_said_of_a_token(users: KeyServer, clock: Clock) -> None:
    users.stop()
    assert [refusal(token(OLD)), refusal(token(STRANGER))] == ["keys_unavailable"] * 2
    users.start()
    clock.advance(FIRST_PAUSE)
    assert holder(token(OLD)) == ADA


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": []}',
        b'{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "old"}]}',
        b'{"keys": 5}',
        b"\xff",
        b" " * 300_000,
    ],
)
def test_an_answer_that_holds_no_keys_leaves_the_last_good_ones(
    users: KeyServer, clock: Clock, keys: PublishedKeys, bad: bytes
) -> None:
    assert holder(token(OLD)) == ADA
    users.body = bad
    clock.advance(FRESH)
    assert holder(token(OLD)) == ADA
    settled(keys)
    assert keys._failed


def test_an_error_of_users_leaves_the_last_good_keys(users: KeyServer, clock: Clock) -> None:
    assert holder(token(OLD)) == ADA
    users.publish(NEW)
    users.status = 503
    clock.advance(FRESH)
    assert holder(token(OLD)) == ADA


def test_what_has_no_form_of_a_token_is_refused_without_asking_users(users: KeyServer) -> None:
    users.stop()
    assert {refusal(text) for text in ("", "nonsense", "a.b.c", "e30.e30.e30")} == {"bad_token"}


def test_the_api_says_503_as_a_problem_and_when_to_try_again(client: Client, users: KeyServer) -> None:
    users.stop()
    answer = client.get("/api/v1/orders", headers={"Authorization": f"Bearer {token(OLD)}"})
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert (answer.json()["code"], answer["Retry-After"]) == ("keys_unavailable", "1")
    assert "WWW-Authenticate" not in answer


def test_who_brings_no_token_does_not_wait_for_keys(client: Client, users: KeyServer) -> None:
    users.stop()
    assert client.get("/api/v1/orders").status_code == 401
