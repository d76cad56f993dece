"""Use cases of an account."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.transaction import atomic
from psycopg import errors as postgres

from users import second_factor, selectors, sessions
from users.errors import (
    AccountClosed,
    BadCredentials,
    CodeRefused,
    EmailTaken,
    NoEmail,
    NotStaff,
    PasswordRefused,
    UsernameTaken,
)
from users.models import User, normalise_email

TAKEN = {
    "email_unique_whatever_its_case": EmailTaken,
    "username_unique_whatever_its_case": UsernameTaken,
}


def register(*, username: str, email: str, password: str) -> User:
    """A new account, or EmailTaken, UsernameTaken or PasswordRefused."""
    _check_new_password(password, User(username=username, email=email), field="password")
    with _taken():
        return User.objects.create_user(username=username, email=email, password=password)


def login(*, email: str, password: str, otp: str | None = None) -> sessions.TokenPair:
    """The first tokens of a new login, or BadCredentials, which takes as long whether or not the account exists.

    With `otp`, a code of the second factor, or CodeRefused. Without it, who has a second factor gets no rights.
    """
    user = _authenticated(email=email, password=password)
    if otp is not None and not second_factor.check(user.pk, otp):
        raise CodeRefused
    with atomic(using="users"):
        # The password may have been changed since it was verified. The lock makes it one before the other: either
        # the change is seen here, or it waits and revokes this login too.
        current = User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True).first()
        if current is None:
            raise BadCredentials
        if current.password != user.password and not check_password(password, current.password):
            raise BadCredentials
        return sessions.start(current, second_factor=otp is not None)


def change_password(*, user_id: int, current_password: str, new_password: str) -> sessions.TokenPair:
    """Ends every login of the user and starts a new one; PasswordRefused names the field that is wrong."""
    user = selectors.active_user(user_id)
    if not check_password(current_password, user.password):
        raise PasswordRefused(errors={"current_password": ("This is not the current password.",)})
    _check_new_password(new_password, user, field="new_password")
    before, user.password = user.password, make_password(new_password)
    with atomic(using="users"):
        if not User.objects.filter(pk=user.pk, password=before, is_active=True).update(password=user.password):
            raise PasswordRefused(errors={"current_password": ("The password was changed meanwhile.",)})
        sessions.revoke_all(user_id=user.pk)
        return sessions.start(user)


def update_profile(*, user_id: int, username: str | None = None, email: str | None = None) -> User:
    """What is None stays. EmailTaken, UsernameTaken, AccountClosed."""
    changes: dict[str, str] = {}
    if username is not None:
        changes["username"] = username
    if email is not None:
        changes["email"] = normalise_email(email)
    if changes:
        with _taken(), atomic(using="users"):
            if not User.objects.filter(pk=user_id, is_active=True).update(**changes):
                raise AccountClosed
    return selectors.active_user(user_id)


def ensure_staff(*, email: str, password: str) -> bool:
    """Whether a staff account had to be made. One that is there keeps its password.

    NoEmail, PasswordRefused; NotStaff where a customer has the address: nobody proved that it is theirs, so it is never
    promoted.
    """
    user = selectors.user_by_email(email)
    if user is None:
        try:
            _create_staff(email=email, password=password)
        except EmailTaken:  # by another process that starts at this very moment
            return ensure_staff(email=email, password=password)
        return True
    if not (user.is_staff and user.is_active):
        raise NotStaff
    return False


def hire(*, email: str, password: str, group: str) -> bool:
    """Whether a member of staff had to be made, who may do what their group may; else as `ensure_staff`."""
    if selectors.user_by_email(email) is not None:
        return ensure_staff(email=email, password=password)
    with atomic(using="users"):
        user = _create_staff(email=email, password=password, create=User.objects.create_user)
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        user.groups.add(Group.objects.get(name=group))
    return True


def set_up_second_factor(*, user_id: int, secret: bytes, step: int) -> list[str]:
    """Its recovery codes. Every login that came without it, or with the one before, is over."""
    with atomic(using="users"):
        codes = second_factor.install(user_id, secret=secret, step=step)
        sessions.revoke_all(user_id=user_id)
    return codes


def remove_second_factor(*, user_id: int) -> bool:
    """Whether there was one; every login of the account is over."""
    with atomic(using="users"):
        removed = second_factor.remove(user_id)
        if removed:
            sessions.revoke_all(user_id=user_id)
    return removed


def _create_staff(*, email: str, password: str, create: Callable[..., User] = User.objects.create_superuser) -> User:
    try:
        User(email=email).clean_fields(exclude={"username", "password"})
    except ValidationError:
        raise NoEmail from None
    _check_new_password(password, User(email=email), field="password")
    name = re.sub(r"[^\w.+-]", "", email.partition("@")[0], flags=re.ASCII)[:40]
    for username in (name if len(name) >= 3 else f"staff-{name}", f"{name}-{secrets.token_hex(4)}"):
        try:
            with _taken(), atomic(using="users"):
                return create(username=username, email=email, password=password)
        except UsernameTaken:
            continue
    raise UsernameTaken


def _authenticated(*, email: str, password: str) -> User:
    user = selectors.user_by_email(email)
    if user is None:
        make_password(password)  # as much work as verifying one
        raise BadCredentials

    def rehash(password: str) -> None:
        before, user.password = user.password, make_password(password)
        User.objects.filter(pk=user.pk, password=before).update(password=user.password)

    if not check_password(password, user.password, setter=rehash) or not user.is_active:
        raise BadCredentials
    return user


def _check_new_password(password: str, user: User, *, field: str) -> None:
    """PasswordRefused for the `field` that it came in. The user's names must have been found short enough before."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordRefused(errors={field: tuple(error.messages)}) from error


@contextmanager
def _taken() -> Iterator[None]:
    """The database's word that a name is taken, as our error."""
    try:
        yield
    except IntegrityError as error:
        cause = error.__cause__
        if isinstance(cause, postgres.UniqueViolation) and cause.diag.constraint_name in TAKEN:
            raise TAKEN[cause.diag.constraint_name] from None
        raise
