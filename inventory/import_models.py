"""Tables of the imports: what was uploaded, what it would change, what is wrong with it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class ImportKind(models.TextChoices):
    PRODUCTS = "products", "Products"
    STOCK = "stock", "Stock count"


class ImportState(models.TextChoices):
    """Checked first, then confirmed by a person, then perhaps undone. A job does what ends in -ing."""

    CHECKING = "checking", "Checking"
    CHECKED = "checked", "Checked"
    APPLYING = "applying", "Applying"
    APPLIED = "applied", "Applied"
    UNDOING = "undoing", "Undoing"
    UNDONE = "undone", "Undone"
    FAILED = "failed", "Failed"


UNDER_WAY = (ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING)


class Import(models.Model):
    """A file on its way into the catalogue. `done` and `total` are written from a connection of their own, so that
    they are seen while the one transaction that does the work is still open.
    """

    kind = models.CharField(max_length=16, choices=ImportKind.choices)
    file_name = models.CharField(max_length=200)
    state = models.CharField(max_length=16, choices=ImportState.choices, default=ImportState.CHECKING)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    attempts = models.SmallIntegerField(default=0, help_text="How often a process took up what is under way.")
    rows = models.IntegerField(default=0, help_text="In the file.")
    creates = models.IntegerField(default=0)
    changes = models.IntegerField(default=0)
    problems_found = models.IntegerField(default=0)
    error = models.CharField(max_length=500, blank=True, default="")
    headers = models.JSONField(default=dict, help_text="Of the request behind the step: its events carry them.")
    actor_id = models.BigIntegerField(null=True, help_text="The member of staff who uploaded it.")
    confirmed_by = models.BigIntegerField(null=True)
    undone_by = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    checked_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True, help_text="Since when its file is not kept any more.")

    class Meta:
        default_permissions = ()  # who may import what is said by permissions of the products
        constraints = [
            models.CheckConstraint(name="import_kind_is_known", condition=Q(kind__in=ImportKind.values)),
            models.CheckConstraint(name="import_state_is_legal", condition=Q(state__in=ImportState.values)),
        ]
        indexes = [models.Index("id", name="import_under_way", condition=Q(state__in=[*UNDER_WAY]))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.file_name}"

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def differences(self) -> int:
        return self.creates + self.changes


class ImportFile(models.Model):
    """The file as it came. Its row is what a process locks for as long as it works on the import."""

    of = models.OneToOneField(Import, on_delete=models.CASCADE, primary_key=True, related_name="file")
    content = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"file of import {self.pk}"


class ImportRow(models.Model):
    """A difference that a line of the file makes: `before` and `after` have just the fields that differ.

    `before` is null for a product that the import creates; its `product_id` is known once it is applied. It is no
    foreign key: tens of thousands of rows at once would each look their product up again.
    """

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="differing", db_index=False)
    line = models.IntegerField()
    sku = models.CharField(max_length=64)
    product_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField()
    seen = models.BigIntegerField(null=True, help_text="The last movement of the product that the check knew of.")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("of", "line", name="import_row_once_per_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.sku}"


class ImportProblem(models.Model):
    """Why the last step cannot be done: where in the file, and what to do about it."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems", db_index=False)
    line = models.IntegerField()
    column = models.CharField(max_length=64, blank=True)
    message = models.CharField(max_length=500)

    class Meta:
        default_permissions = ()
        indexes = [models.Index("of", "id", name="import_problem_of")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"
