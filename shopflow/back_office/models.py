"""What the back office has of its own, in the users' database."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class RunState(models.TextChoices):
    """running → finished; or failed, of which `error` tells; or died, which is known once its lease is over."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    DIED = "died"


class InvariantRun(models.Model):
    """One run of the shop's invariants: there is one at a time, and it is alive until `alive_until`."""

    state = models.CharField(max_length=8, choices=RunState, default="running", db_default="running")
    actor_id = models.BigIntegerField(null=True, blank=True, help_text="The member of staff who asked for it, if any.")
    started_at = models.DateTimeField(db_default=Now())
    alive_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    readings = models.JSONField(
        default=list, db_default=[], help_text="Of each invariant: what it says, rows checked, breaches."
    )
    broken = models.IntegerField(default=0, db_default=0, help_text="How many of them do not hold.")
    error = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        permissions = [
            ("run_invariants", "Can run the invariants"),
            ("view_backlog", "Can see what waits: events, reservations, imports"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="invariants_run_one_at_a_time"
            ),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="invariant_run_state_is_legal"),
            models.CheckConstraint(
                condition=Q(state="running", finished_at=None) | (~Q(state="running") & ~Q(finished_at=None)),
                name="invariant_run_finished_at_its_time",
            ),
        ]
        indexes = [models.Index(F("started_at").desc(), name="invariant_run_newest")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
