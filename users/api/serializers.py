"""What the API of accounts takes and gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from contracts.http.serializers import StrictCharField, StrictEmailField, StrictSerializer
from users.models import EMAIL_RULES, USERNAME_RULES, User

LONGEST_PASSWORD = 256


def _password(**kwargs: Any) -> StrictCharField:
    """Spaces are part of a password."""
    return StrictCharField(max_length=LONGEST_PASSWORD, trim_whitespace=False, write_only=True, **kwargs)


def _username(**kwargs: Any) -> StrictCharField:
    return StrictCharField(max_length=50, min_length=3, validators=USERNAME_RULES[1:], **kwargs)


def _email(**kwargs: Any) -> StrictEmailField:
    return StrictEmailField(max_length=254, validators=EMAIL_RULES, **kwargs)


class RegisterSerializer(StrictSerializer):
    username = _username(help_text="3 to 50 letters, digits and @ . + - _; unique whatever its case.")
    email = _email(help_text="Unique whatever its case.")
    password = _password(min_length=6, help_text="At least 6; not too common, not all digits, not like the rest.")


class LoginSerializer(StrictSerializer):
    email = StrictCharField(max_length=254)
    password = _password()
    otp = StrictCharField(
        max_length=40,
        required=False,
        write_only=True,
        help_text="Of staff: a code of the authenticator, or a recovery code. Without it the tokens have no rights,"
        " where the shop asks for it or the account has one.",
    )


class RefreshTokenSerializer(StrictSerializer):
    refresh_token = StrictCharField(max_length=4096)


class ProfileSerializer(StrictSerializer):
    username = _username(required=False)
    email = _email(required=False)


class PasswordChangeSerializer(StrictSerializer):
    current_password = _password()
    new_password = _password(min_length=6)


class AccountSerializer(serializers.Serializer[User]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.EmailField()
    created_at = serializers.DateTimeField()


class TokenPairSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField(help_text="For the header `Authorization: Bearer …`.")
    refresh_token = serializers.CharField(help_text="Good once, for the next pair.")
    token_type = serializers.CharField(help_text='Always "bearer".')
    expires_in = serializers.IntegerField(help_text="Life of the access token in seconds.")
