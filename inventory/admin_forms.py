"""The back office's form of a product: prices as people write them, stock as a change with its reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django import forms

from contracts.money import MINOR_UNITS
from inventory.models import Product

MAX_PRICE: Final = Decimal("99999999.99")
INT32_MAX: Final = 2**31 - 1
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
    opening_stock = forms.IntegerField(min_value=0, max_value=INT32_MAX, initial=0)


class ChangedProductForm(ProductForm):
    stock_change = forms.IntegerField(
        min_value=-INT32_MAX,
        max_value=INT32_MAX,
        required=False,
        help_text="Added to the stock; negative to take away.",
    )
    reason = forms.CharField(max_length=200, required=False, help_text="Kept in the ledger with the change.")

    def clean_stock_change(self) -> int:
        """A first look, for a message beside the field; the database decides."""
        change: int = self.cleaned_data["stock_change"] or 0
        if self.instance.stock + change < 0:
            raise forms.ValidationError(f"Only {self.instance.stock} are left.")
        return change
