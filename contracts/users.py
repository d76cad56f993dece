"""What the users context promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime

from contracts.base import Contract, rpc
from contracts.errors import NotFound


class UserNotFound(NotFound):
    """There is no such user."""

    code = "user_not_found"
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetUser:
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    user_id: int
    username: str
    email: str
    created_at: datetime


class UsersService(Contract, package="shopflow.users.v1"):
    @rpc(raises=(UserNotFound,), read_only=True, timeout=1.0, callers=("orders",))
    @abstractmethod
    def get_user(self, request: GetUser) -> User: ...
