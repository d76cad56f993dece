"""Accounts, and the logins that hang on them."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.validators import MinLengthValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now
from django.db.transaction import atomic

from contracts.events import UserRegistered, publish

USERNAME_RULES = (MinLengthValidator(3), ASCIIUsernameValidator())
EMAIL_RULES = (
    RegexValidator(r"\A[ -~]*\Z", "Only ASCII characters; an international domain is written as xn--….", "ascii"),
)
"""Besides Django's own. Letters of other scripts that look like Latin ones would make two addresses look like one."""


def normalise_email(email: str) -> str:
    """As it is stored: trimmed, the domain in lower case. The part before the @ belongs to the mail server."""
    local, at, domain = email.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        """By email, whatever its case, through the index of `email_unique_whatever_its_case`."""
        return self.alias(lower_email=Lower("email")).get(lower_email=normalise_email(username or "").lower())

    def create_user(self, *, username: str, email: str, password: str | None = None, **more: Any) -> User:
        """Every way to make an account ends here, so that none comes without its event."""
        user = self.model(username=username, email=normalise_email(email), **more)
        user.set_password(password)
        with atomic(using="users"):
            user.save(force_insert=True)
            user.refresh_from_db(fields=["created_at"])
            publish(UserRegistered(user_id=user.pk), context="users")
        return user

    def create_superuser(self, *, username: str, email: str, password: str | None = None, **more: Any) -> User:
        return self.create_user(
            username=username, email=email, password=password, is_staff=True, is_superuser=True, **more
        )


class User(AbstractBaseUser, PermissionsMixin):
    """Whoever can log in, by email."""

    username = models.CharField(
        max_length=50,
        validators=USERNAME_RULES,
        help_text="3 to 50 letters, digits and @ . + - _",
    )
    email = models.EmailField(max_length=254, validators=EMAIL_RULES)
    is_staff = models.BooleanField(default=False, help_text="May use the back office and change the catalogue.")
    is_active = models.BooleanField(default=True, help_text="Switch off instead of deleting: orders refer to accounts.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    last_login = None  # each login has its own TokenFamily

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["username"]

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="email_unique_whatever_its_case",
                violation_error_message="An account with this email exists.",
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="username_unique_whatever_its_case",
                violation_error_message="This username is taken.",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def save(self, **options: Any) -> None:
        """A closed account has no logins, so that opening it again brings none back."""
        with atomic(using="users", savepoint=False):
            super().save(**options)
            if not self.is_active:  # after the update, which waits for a login that is under way
                self.token_families.filter(revoked_at__isnull=True).update(revoked_at=Now())


class TokenFamily(models.Model):
    """One login and all refresh tokens that descend from it. Only the one with `current_jti` is good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families")
    current_jti = models.CharField(max_length=32)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "token families"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="token_family_expires_after_its_creation",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
