"""Argon2 at a price that a test suite can pay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.auth.hashers import Argon2PasswordHasher


class CheapArgon2PasswordHasher(Argon2PasswordHasher):
    time_cost = 1
    memory_cost = 8
    parallelism = 1


class CostlierArgon2PasswordHasher(CheapArgon2PasswordHasher):
    """What an operator turns to a year later."""

    time_cost = 2


class WatchedArgon2PasswordHasher(CheapArgon2PasswordHasher):
    """Counts the hashes it computes, and lets a test do something right after one was verified."""

    hashes: ClassVar[int] = 0
    after_verify: ClassVar[Callable[[], Any] | None] = None

    @classmethod
    def reset(cls) -> None:
        cls.hashes, cls.after_verify = 0, None

    def encode(self, password: str, salt: str) -> str:
        type(self).hashes += 1
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        type(self).hashes += 1
        correct = super().verify(password, encoded)
        hook, type(self).after_verify = type(self).after_verify, None
        if hook:
            hook()
        return correct
