"""Why a member of staff corrects a stock, as the ledger keeps it. Orders, deliveries and imports have no reason."""

from __future__ import annotations

from django.db import models


class Reason(models.TextChoices):
    DAMAGED = "damaged", "Damaged or spoilt"
    LOST = "lost", "Lost"
    FOUND = "found", "Found"
    MISCOUNTED = "miscounted", "Miscounted before"
    STOLEN = "stolen", "Stolen"
    SAMPLE = "sample", "Given away as a sample"
    OTHER = "other", "Other (say which in the note)"


def in_words(reason: str) -> str:
    """A reason of the list by its label, another (of the API or an earlier release) as it was given."""
    return str(Reason(reason).label).partition(" (")[0] if reason in Reason.values else reason
