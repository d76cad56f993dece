"""The forms that move stock. Each has a key of its own, so that one that is sent twice counts once."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from inventory.models import MOST_MOVED, MovementKind
from inventory.reasons import Reason

OPEN_ANEW: Final = "This form is incomplete. Open the page anew."
MOVES: Final = {"data-moves": "1"}
"""Marks the field from which the page reckons what the stock will be."""


class MovementForm(forms.Form):
    """What becomes one line of the ledger. `moves` is the field that says how many."""

    kind: MovementKind
    moves: str

    key = forms.UUIDField(
        initial=uuid.uuid4,
        widget=forms.HiddenInput,
        error_messages={"required": OPEN_ANEW, "invalid": OPEN_ANEW},
    )

    def movement(self) -> dict[str, Any]:
        """As `adjust_stock` takes it."""
        given = {name: value for name, value in self.cleaned_data.items() if name != self.moves}
        return {"kind": self.kind, "delta": self.cleaned_data[self.moves], **given}


class AdjustForm(MovementForm):
    kind = MovementKind.ADJUSTMENT
    moves = "delta"

    delta = forms.IntegerField(
        label="Change by",
        min_value=-MOST_MOVED,
        max_value=MOST_MOVED,
        widget=UnfoldAdminIntegerFieldWidget(attrs={**MOVES, "autofocus": True, "placeholder": "-2"}),
        help_text="How many more there are, or with a minus how many fewer: -2 if two are broken.",
    )
    reason = forms.ChoiceField(
        choices=[("", "Choose why"), *Reason.choices],
        widget=UnfoldAdminSelectWidget,
        help_text="Kept in the ledger with your name.",
    )
    note = forms.CharField(
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="What a colleague should know later. Needed where the reason is “Other”.",
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("delta") == 0:
            self.add_error("delta", "0 changes nothing. Enter how many more or fewer there are.")
        if values.get("reason") == Reason.OTHER and not values.get("note"):
            self.add_error("note", "Say why: the reason is “Other”.")
        return values


class ReceiveForm(MovementForm):
    kind = MovementKind.DELIVERY
    moves = "quantity"

    quantity = forms.IntegerField(
        label="Quantity received",
        min_value=1,
        max_value=MOST_MOVED,
        widget=UnfoldAdminIntegerFieldWidget(attrs={**MOVES, "autofocus": True, "placeholder": "24"}),
        help_text="What came and can be sold. What came broken is not counted.",
    )
    reference = forms.CharField(
        label="Delivery note number",
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="As printed on the supplier's note.",
    )
    note = forms.CharField(
        max_length=500, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}), help_text="If needed."
    )
