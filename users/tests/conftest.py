from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.cache import cache
from rest_framework.test import APIClient

from users import services, sessions
from users.models import User
from users.tests.hashers import WatchedArgon2PasswordHasher

if TYPE_CHECKING:
    from rest_framework.response import _MonkeyPatchedResponse

    Answer: TypeAlias = _MonkeyPatchedResponse
else:
    Answer = Any

PASSWORD = "correct horse 7"

Post = Callable[..., Answer]
Published = Callable[[], list[tuple[str, dict[str, Any]]]]


@pytest.fixture(autouse=True)
def _no_throttle_remembers() -> None:
    cache.clear()


@pytest.fixture
def post() -> Post:
    """POST to /api/v1/users/<name> with the arguments as the JSON body, as a client without a token."""

    def send(name: str, **body: Any) -> Answer:
        return APIClient().post(f"/api/v1/users/{name}", json.dumps(body), content_type="application/json")

    return send


@pytest.fixture
def published() -> Published:
    """Type and data of every event in the outbox of this context, in order."""

    def read() -> list[tuple[str, dict[str, Any]]]:
        events = apps.get_model("messaging", "OutboxEvent")._default_manager.using("users").order_by("id")
        return [(event.type, event.data) for event in events]

    return read


@pytest.fixture
def ada() -> User:
    return services.register(username="ada", email="ada@example.com", password=PASSWORD)


@pytest.fixture
def pair(ada: User) -> sessions.TokenPair:
    return services.login(email=ada.email, password=PASSWORD)


@pytest.fixture
def ada_api(pair: sessions.TokenPair) -> APIClient:
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access_token}")
    return api


@pytest.fixture
def hasher(settings: LazySettings) -> Iterator[type[WatchedArgon2PasswordHasher]]:
    """The real hasher, which says how often it ran."""
    settings.PASSWORD_HASHERS = [f"{WatchedArgon2PasswordHasher.__module__}.WatchedArgon2PasswordHasher"]
    WatchedArgon2PasswordHasher.reset()
    yield WatchedArgon2PasswordHasher
    WatchedArgon2PasswordHasher.reset()
