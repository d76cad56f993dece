"""The keys that users publishes, in a process that has none of its own: fetched when needed, kept while users is down.

Each fetch runs in a thread of its own, and whoever needs its result shares it: a request waits no longer for users than
`LONGEST_WAIT`, whatever users does, and asks it no more often than `PAUSE` allows, whatever tokens come.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from urllib.request import ProxyHandler, build_opener

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWKSet
from rest_framework.exceptions import APIException
from structlog import get_logger

logger = get_logger(__name__)

FRESH = 300.0
"""Seconds for which the keys count as those of users; as long as users lets anybody cache them."""
PAUSE = 5.0
"""Seconds between two fetches: tokens with made-up key ids may not become a flood of questions to users. While such
come in, a key that users has just begun to sign with, and had not published before, is unknown here for as long."""
FIRST_PAUSE = 1.0
"""The same, while there are no keys at all."""
LONGEST_WAIT = 1.0
"""Seconds that a request waits for a fetch."""
LARGEST = 256 * 1024

OPENER = build_opener(ProxyHandler({}))
"""Users is one of us: no proxy of the environment lies on the way."""


class KeysUnavailable(APIException):
    """Nobody knows yet whether the token is good."""

    status_code = 503
    default_code = "keys_unavailable"
    default_detail = "The access token cannot be verified at present. Try again shortly."
    wait = FIRST_PAUSE


class Fetch:
    """One question to users."""

    def __init__(self, started: float) -> None:
        self.deadline = started + LONGEST_WAIT
        self.done = threading.Event()


class PublishedKeys:
    """A `users.tokens.Keys`."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, RSAPublicKey] = {}
        self._version = 0
        self._stale_at = float("-inf")
        self._next_at = float("-inf")
        self._failed = False
        self._fetch: Fetch | None = None

    def version(self) -> int:
        """On the path of every request: a comparison, as long as the keys are fresh."""
        if self._clock() >= self._stale_at:
            self._freshen()
        return self._version

    def find(self, key_id: str) -> RSAPublicKey:
        """KeyError where users does not have it, or had not PAUSE ago; KeysUnavailable where users does not say."""
        if key_id not in self._keys:
            answered = self._wait(self._ask()) and not self._failed
            if not answered and key_id not in self._keys:
                raise KeysUnavailable
        return self._keys[key_id]

    def _freshen(self) -> None:
        """After a failure nobody waits: the keys are the last good ones, until a fetch in the background succeeds."""
        failed = self._failed
        fetch = self._ask()
        if not failed:
            self._wait(fetch)

    def _ask(self) -> Fetch | None:
        """The fetch under way, or a new one; None where the last one was a moment ago."""
        with self._lock:
            now = self._clock()
            if self._fetch is None and now >= self._next_at:
                fetch = Fetch(now)
                threading.Thread(target=self._run, args=(fetch,), name="keys", daemon=True).start()
                self._fetch = fetch
            return self._fetch

    def _wait(self, fetch: Fetch | None) -> bool:
        """Whether it has ended."""
        return fetch is None or fetch.done.wait(max(0.0, fetch.deadline - self._clock()))

    def _run(self, fetch: Fetch) -> None:
        found = None
        try:
            found = download(self._url)
        except Exception as error:  # noqa: BLE001 - whatever came from there: the next fetch must stay possible
            logger.warning("the keys of users cannot be fetched", reason=f"{type(error).__name__}: {error}")
        self._settle(found)
        fetch.done.set()

    def _settle(self, found: dict[str, RSAPublicKey] | None) -> None:
        with self._lock:
            now = self._clock()
            self._failed = found is None
            if found is not None:
                self._stale_at = now + FRESH
                if found != self._keys:
                    self._keys = found
                    self._version += 1
                    logger.info("the keys of users", key_ids=sorted(found))
            self._next_at = now + (PAUSE if self._keys else FIRST_PAUSE)
            self._fetch = None


def download(url: str) -> dict[str, RSAPublicKey]:
    """The RSA keys by their id; ValueError where there is none."""
    with OPENER.open(url, timeout=LONGEST_WAIT) as answer:
        body = answer.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise ValueError("the answer is too long")
    keys = PyJWKSet.from_json(body.decode()).keys
    found = {key.key_id: key.key for key in keys if key.key_id and isinstance(key.key, RSAPublicKey)}
    if not found:
        raise ValueError("the answer holds no RSA key")
    return found
