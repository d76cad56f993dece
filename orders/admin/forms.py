"""What is asked before a deed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from contracts.inventory import StockLine
from orders.refunds import SHIPPED, STANDING
from orders.selectors import Line, OrderDetails

RESTOCK: Final = [("yes", "Yes, they can be sold again"), ("no", "No, they are lost or damaged")]


class NothingAsked(forms.Form): ...


class ShipmentForm(forms.Form):
    tracking = forms.CharField(
        max_length=64,
        required=False,
        label="Tracking number",
        help_text="What the carrier calls the parcel; the customer reads it in the e-mail. May stay empty.",
        widget=UnfoldAdminTextInputWidget,
    )


class RefundForm(forms.Form):
    """A field of its own for each line of which something is left. `key` makes the same form one refund, once.

    `confirmed`: what was looked at before is sent, perhaps for the second time. What is left is the service's to say.
    """

    restock = forms.ChoiceField(
        label="Back in stock?",
        choices=RESTOCK,
        widget=UnfoldAdminRadioSelectWidget,
    )
    reason = forms.CharField(
        max_length=200,
        label="Reason",
        help_text="Kept in the order's history, which the customer can read.",
        widget=UnfoldAdminTextInputWidget,
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, order: OrderDetails, data: Mapping[str, Any] | None = None, *, confirmed: bool = False) -> None:
        super().__init__(data, initial={"key": uuid.uuid4(), "restock": "no" if order.status in SHIPPED else "yes"})
        self.order = order
        self.offered = {line: line.quantity if confirmed else left(line) for line in order.lines}
        lines = {_name(line): _quantity(line, most) for line, most in self.offered.items() if most}
        self.fields = {**lines, **self.fields}

    def clean(self) -> None:
        super().clean()
        if not self.errors and not self.items:
            raise forms.ValidationError("Say of at least one line how many are refunded.")

    @property
    def lines(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("line-")]

    @property
    def items(self) -> list[StockLine]:
        wanted = ((line.product_id, self.cleaned_data.get(_name(line)) or 0) for line in self.offered)
        return [StockLine(product_id=id, quantity=quantity) for id, quantity in wanted if quantity]

    @property
    def amount(self) -> int:
        """Of what was wanted, in minor units: what goes back where it was paid."""
        prices = {line.product_id: line.unit_price for line in self.order.lines}
        return sum(prices[item.product_id] * item.quantity for item in self.items)

    @property
    def restocked(self) -> bool:
        return str(self.cleaned_data["restock"]) == "yes"


def left(line: Line) -> int:
    return line.quantity - line.refunded


def may_be_refunded(order: OrderDetails) -> bool:
    return order.status in STANDING and any(map(left, order.lines))


def _name(line: Line) -> str:
    return f"line-{line.product_id}"


def _quantity(line: Line, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=line.name,
        min_value=0,
        max_value=most,
        required=False,
        initial=most,
        help_text=f"0 to {most}",
        widget=UnfoldAdminIntegerFieldWidget,
    )
