"""The back office's form of a product: prices as people write them, stock as a change with its reason."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms

from contracts.money import MAX_PRICE, MINOR_UNITS
from inventory.models import MOST_MOVED, Product

FIELDS: Final = ("name", "sku", "category", "description", "price", "currency")


class ProductForm(forms.ModelForm[Product]):
    price = forms.DecimalField(min_value=0, max_value=MAX_PRICE, decimal_places=2)
    description = forms.CharField(max_length=5000, required=False, widget=forms.Textarea)

    class Meta:
        model = Product
        fields = FIELDS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial["price"] = Decimal(self.instance.price) / MINOR_UNITS

    def clean_price(self) -> int:
        """In minor units, as it is stored."""
        return int(self.cleaned_data["price"] * MINOR_UNITS)


class NewProductForm(ProductForm):
    sku = forms.CharField(max_length=64, required=False, help_text="Left empty, one is made.")
    opening_stock = forms.IntegerField(min_value=0, max_value=MOST_MOVED, initial=0)


class ChangedProductForm(ProductForm):
    """`seen` is the product's `updated_at` as the page showed it: what changed since must not be taken back unseen."""

    seen = forms.CharField(widget=forms.HiddenInput)
    stock_change = forms.IntegerField(
        min_value=-MOST_MOVED,
        max_value=MOST_MOVED,
        required=False,
        help_text="Added to the stock; negative to take away.",
    )
    reason = forms.CharField(max_length=200, required=False, help_text="Kept in the ledger with the change.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["seen"] = self.instance.updated_at.isoformat()

    def clean_seen(self) -> datetime:
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            raise forms.ValidationError("Open this page anew.") from None

    def clean(self) -> None:
        """A first look here, too. Whoever has read what changed may save again, over it."""
        super().clean()
        differing = [name for name in FIELDS if name in self.changed_data]
        if not differing or self.cleaned_data.get("seen") in (None, self.instance.updated_at):
            return
        self.data = {**dict(self.data.items()), self.add_prefix("seen"): self.initial["seen"]}
        now = ", ".join(f"{self.fields[name].label} is now {str(self.initial[name])!r}" for name in differing)
        raise forms.ValidationError(
            f"Somebody else has changed this product since you opened it: {now}. Saving again replaces that."
        )

    def clean_stock_change(self) -> int:
        """A first look, for a message beside the field; the database decides."""
        change: int = self.cleaned_data["stock_change"] or 0
        if self.instance.stock + change < 0:
            raise forms.ValidationError(f"Only {self.instance.stock} are left.")
        return change
