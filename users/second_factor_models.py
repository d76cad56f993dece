"""The recovery codes of the staff. Authenticator apps are in the tables of django-otp."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class RecoveryCode(models.Model):
    """One way in without the authenticator, good once: its row goes when it is used.

    A digest alone is kept. The code is random and long, so that no slow hash is needed.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"a recovery code of account {self.user_id}"
