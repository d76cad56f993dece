"""Reads."""

from __future__ import annotations

from collections.abc import Iterable

from users.errors import AccountClosed
from users.models import User


def user_by_email(email: str) -> User | None:
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        return None


def user_by_id(user_id: int) -> User | None:
    return User.objects.filter(pk=user_id).first()


def users_by_id(user_ids: Iterable[int]) -> dict[int, User]:
    """With their names and addresses alone, closed accounts too; unknown ids are left out."""
    return User.objects.only("username", "email").in_bulk(set(user_ids))


def active_user(user_id: int) -> User:
    """The holder of an access token, which may have outlived the account: AccountClosed."""
    user = user_by_id(user_id)
    if user is None or not user.is_active:
        raise AccountClosed
    return user
