"""Reads."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower

from users.errors import AccountClosed
from users.models import User, normalise_email
from users.tokens import RIGHTS


def user_by_email(email: str) -> User | None:
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        return None


def user_by_id(user_id: int) -> User | None:
    return User.objects.filter(pk=user_id).first()


def users_by_id(user_ids: Iterable[int]) -> dict[int, User]:
    """With what others are told of them, closed accounts too; unknown ids are left out."""
    return User.objects.only("username", "email", "created_at").in_bulk(set(user_ids))


def users_named(name: str) -> list[User]:
    """Who has this e-mail address or username, whatever its case: by the indexes that make each of them unique."""
    wanted = normalise_email(name)
    return list(named(wanted)) if wanted and "\x00" not in wanted else []


def named(wanted: str) -> QuerySet[User]:
    names = User.objects.alias(lower_email=Lower("email"), lower_username=Lower("username"))
    either = Q(lower_email=Lower(Value(wanted))) | Q(lower_username=Lower(Value(wanted)))
    return names.filter(either).order_by("id")


def ids_of_accounts(asked: str) -> list[int]:
    """Whom staff means by a number, an e-mail address or a username: by an index each, never by a look at everybody."""
    term = asked.strip()
    ids = [user.pk for user in users_named(term)]
    return [int(term), *ids] if term.isascii() and term.isdecimal() and len(term) < 19 else ids


def rights_of(user: User) -> list[str]:
    """What a member of staff may do over the API."""
    if user.is_superuser:
        return [*RIGHTS]
    return list(user.groups.filter(name__in=RIGHTS).order_by("name").values_list("name", flat=True))


def active_user(user_id: int) -> User:
    """The holder of an access token, which may have outlived the account: AccountClosed."""
    user = user_by_id(user_id)
    if user is None or not user.is_active:
        raise AccountClosed
    return user
