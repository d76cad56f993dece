"""Reads."""

from __future__ import annotations

from users.errors import AccountClosed
from users.models import User


def user_by_email(email: str) -> User | None:
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        return None


def user_by_id(user_id: int) -> User | None:
    return User.objects.filter(pk=user_id).first()


def active_user(user_id: int) -> User:
    """The holder of an access token, which may have outlived the account: AccountClosed."""
    user = user_by_id(user_id)
    if user is None or not user.is_active:
        raise AccountClosed
    return user
