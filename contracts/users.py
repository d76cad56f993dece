"""What the users context promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.base import Contract, rpc
from contracts.errors import Invalid, NotFound

MAX_USERS: Final = 200
"""Of one request."""


class UserNotFound(NotFound):
    """There is no such user."""

    code = "user_not_found"
    user_id: int


class TooManyUsers(Invalid):
    """More users than one request may ask for."""

    code = "too_many_users"
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetUser:
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    user_id: int
    username: str
    email: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GetUsers:
    user_ids: tuple[int, ...]
    """At most MAX_USERS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindUsers:
    """Whose e-mail address or username is this? Whatever its case, but whole: of a part there may be a million."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """In order of user_id; whoever does not exist is left out."""

    users: tuple[User, ...]


class UsersService(Contract, package="shopflow.users.v1"):
    @rpc(raises=(UserNotFound,), read_only=True, timeout=1.0, callers=("orders",))
    @abstractmethod
    def get_user(self, request: GetUser) -> User: ...

    @rpc(raises=(TooManyUsers,), read_only=True, timeout=1.0, callers=("orders", "inventory"))
    @abstractmethod
    def get_users(self, request: GetUsers) -> Users: ...

    @rpc(read_only=True, timeout=1.0, callers=("orders",))
    @abstractmethod
    def find_users(self, request: FindUsers) -> Users: ...
