"""Accounts, and the logins that hang on them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MinLengthValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now
from django.db.transaction import atomic

from contracts.events import UserRegistered
from contracts.messaging import publish
from users.second_factor_models import RecoveryCode  # noqa: F401 - where Django looks for models
from users.webhook_models import WebhookDelivery, WebhookEndpoint  # noqa: F401 - where Django looks for models

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
    is_staff = models.BooleanField(
        default=False, help_text="May log in to the back office; what they may do there, their groups say."
    )
    is_active = models.BooleanField(default=True, help_text="Switch off instead of deleting: orders refer to accounts.")
    logins_ended = models.IntegerField(
        default=0, db_default=0, editable=False, help_text="How often all logins were ended."
    )
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
        indexes = [  # of the few among all customers that the back office lists by themselves
            models.Index("id", name="user_staff", condition=models.Q(is_staff=True)),
            models.Index("id", name="user_superuser", condition=models.Q(is_superuser=True)),
            models.Index("id", name="user_closed", condition=models.Q(is_active=False)),
        ]

    def __str__(self) -> str:
        return self.username

    def get_session_auth_hash(self) -> str:
        """Each session of the back office has it: it is over when the password changes, or all logins are ended."""
        return sha256(f"{self.logins_ended} {super().get_session_auth_hash()}".encode()).hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for fallback in super().get_session_auth_fallback_hash():
            yield sha256(f"{self.logins_ended} {fallback}".encode()).hexdigest()

    def save(self, **options: Any) -> None:
        """A closed account has no logins, so that opening it again brings none back.

        `logins_ended` is never written over by one that was read earlier.
        """
        if not self._state.adding and options.get("update_fields") is None:
            fields = (field for field in self._meta.concrete_fields if not field.primary_key)
            options["update_fields"] = [field.name for field in fields if field.name != "logins_ended"]
        with atomic(using="users", savepoint=False):
            super().save(**options)
            if not self.is_active:  # after the update, which waits for a login that is under way
                type(self).objects.filter(pk=self.pk).update(logins_ended=models.F("logins_ended") + 1)
                self.token_families.filter(revoked_at__isnull=True).update(revoked_at=Now())


class TokenFamily(models.Model):
    """One login and all refresh tokens that descend from it. Only the one with `current_jti` is good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families")
    current_jti = models.CharField(max_length=32)
    second_factor = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The login came with a code of the second factor, not just a password.",
    )
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


class NotificationKind(models.TextChoices):
    """What a customer is told of an order; named as its event."""

    CONFIRMED = "order.confirmed"
    CANCELLED = "order.cancelled"
    REFUNDED = "order.refunded"
    SHIPPED = "order.shipped"


class NotificationStatus(models.TextChoices):
    """queued → sending → sent; or failed, to be tried again; or given up at last."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given_up", "given up"


WAITING = models.Q(status__in=("failed", "queued", "sending"))


class Notification(models.Model):
    """An e-mail to a customer, from its event to its end: the queue and the log of what was sent.

    It holds no address: that is looked up when it is sent. `attempts` is also the claim of the sender that has it.
    """

    user_id = models.BigIntegerField()
    order_id = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=NotificationKind)
    event_id = models.UUIDField(help_text="The event that it tells of.")
    data = models.JSONField(default=dict, help_text="What the event says and the order does not.")
    message_id = models.CharField(max_length=255, help_text="The same at each attempt.")
    status = models.CharField(max_length=8, choices=NotificationStatus, default="queued", db_default="queued")
    attempts = models.IntegerField(default=0, db_default=0)
    available_at = models.DateTimeField(db_default=Now(), help_text="When it is tried, or taken from a dead sender.")
    last_error = models.CharField(max_length=100, blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("event_id", "kind", name="notified_once_per_event"),
            models.CheckConstraint(
                condition=models.Q(kind__in=NotificationKind.values), name="notification_kind_legal"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=NotificationStatus.values), name="notification_status_legal"
            ),
            models.CheckConstraint(
                condition=models.Q(status="sent", sent_at__isnull=False)
                | (~models.Q(status="sent") & models.Q(sent_at__isnull=True)),
                name="notification_sent_at_its_time",
            ),
        ]
        indexes = [
            models.Index("available_at", "id", name="notification_due", condition=WAITING),
            models.Index("order_id", "id", name="notification_by_order"),
            models.Index("id", name="notification_given_up", condition=models.Q(status="given_up")),
            BrinIndex("created_at", name="notification_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of order {self.order_id}"
