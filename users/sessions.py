"""Logins: a family of refresh tokens of which one is good, each good once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.db.models.functions import Now
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.utils import datetime_from_epoch

from users import second_factor as second_factors, selectors
from users.errors import AccountClosed, BadToken, TokenExpired, TokenReused, TokenRevoked
from users.models import TokenFamily, User
from users.tokens import AccessToken, RefreshToken


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """`expires_in` is the life of the access token, in seconds."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105
    expires_in: int


def start(user: User, *, second_factor: bool = False) -> TokenPair:
    """A new family. Call it in a transaction that has locked the user."""
    TokenFamily.objects.filter(user=user, expires_at__lte=Now()).delete()
    family = uuid.uuid4()
    token = _new_refresh_token(family)
    TokenFamily.objects.create(
        id=family,
        user=user,
        current_jti=token["jti"],
        second_factor=second_factor,
        expires_at=datetime_from_epoch(token["exp"]),
    )
    return _pair(user, token, second_factor=second_factor)


def refresh(*, refresh_token: str) -> TokenPair:
    """The next pair of the family; BadToken, TokenExpired, TokenRevoked, AccountClosed, or TokenReused.

    Of two that come with the same token, the database lets one through; the other is a reuse. Nothing here runs in one
    transaction with the errors it raises: a revocation has to outlive them.
    """
    old = _read(refresh_token)
    new = _new_refresh_token(old["family"])
    if not _live(old).update(current_jti=new["jti"], expires_at=datetime_from_epoch(new["exp"])):
        _revoke_if_reused(old)
        raise TokenRevoked
    of_family = User.objects.filter(token_families=old["family"])
    user = of_family.annotate(second_factor=F("token_families__second_factor")).first()
    if user is None or not user.is_active:
        _live(new).update(revoked_at=Now())
        raise AccountClosed
    return _pair(user, new, second_factor=user.second_factor)


def logout(*, refresh_token: str) -> None:
    """Ends the login; doing it twice is no error, but coming with a token that was used before is."""
    token = _read(refresh_token)
    if not _live(token).update(revoked_at=Now()):
        _revoke_if_reused(token)


def revoke_all(*, user_id: int) -> None:
    """Those of the API, and the sessions of the back office."""
    User.objects.filter(pk=user_id).update(logins_ended=F("logins_ended") + 1)
    TokenFamily.objects.filter(user_id=user_id, revoked_at__isnull=True).update(revoked_at=Now())


def _live(token: RefreshToken) -> QuerySet[TokenFamily]:
    # Conditions on the row itself only: where two updates meet, PostgreSQL checks again just those of the row.
    return TokenFamily.objects.filter(
        id=token["family"], current_jti=token["jti"], revoked_at__isnull=True, expires_at__gt=Now()
    )


def _revoke_if_reused(token: RefreshToken) -> None:
    others = TokenFamily.objects.filter(id=token["family"], revoked_at__isnull=True).exclude(current_jti=token["jti"])
    if others.update(revoked_at=Now()):
        raise TokenReused


def _read(refresh_token: str) -> RefreshToken:
    try:
        token = RefreshToken(refresh_token)  # type: ignore[arg-type]
        uuid.UUID(str(token["family"]))
    except ExpiredTokenError:
        raise TokenExpired from None
    except (TokenError, KeyError, ValueError):
        raise BadToken from None
    return token


def _new_refresh_token(family: uuid.UUID | str) -> RefreshToken:
    token = RefreshToken()
    token["family"] = str(family)
    return token


def _pair(user: User, refresh_token: RefreshToken, *, second_factor: bool) -> TokenPair:
    """Staff who came with less than is asked of them are told apart from nobody: the token is a customer's."""
    as_staff = user.is_staff and (second_factor or not second_factors.is_asked_of(user))
    access = AccessToken()
    access["user_id"] = user.pk
    access["is_staff"] = as_staff
    if as_staff:
        access["rights"] = selectors.rights_of(user)
    return TokenPair(
        access_token=str(access),
        refresh_token=str(refresh_token),
        expires_in=int(AccessToken.lifetime.total_seconds()),
    )
