"""What the back office has of its own, in the users' database."""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.db.models.functions import Now


class InvariantRun(models.Model):
    """One run of the shop's invariants; without `finished_at` it goes on, or its process has died."""

    actor_id = models.BigIntegerField(null=True, blank=True, help_text="The member of staff who asked for it, if any.")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)
    readings = models.JSONField(
        default=list, db_default=[], help_text="Of each invariant: what it says, rows checked, breaches."
    )
    error = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        permissions = [
            ("run_invariants", "Can run the invariants"),
            ("view_backlog", "Can see what waits: events, reservations, imports"),
        ]
        indexes = [models.Index(F("started_at").desc(), name="invariant_run_newest")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
