"""Prices that are changed in the list of products."""

from __future__ import annotations

from typing import Any

from django import forms

from inventory.admin.fields import PlainHidden, RowPriceField, Seen, SeenTime, minor_of, price_of
from inventory.admin.forms import StaleForm
from inventory.models import Product


class PriceForm(StaleForm):
    """One row."""

    SEEN = "updated_at"
    price = RowPriceField()
    updated_at = Seen(widget=SeenTime())

    class Meta:
        model = Product
        fields = ("price",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.instance.pk:
            return  # of no product at all: the admin refuses it
        self.initial["price"] = price_of(self.instance.price)
        self.initial["updated_at"] = self.instance.updated_at.isoformat()
        price = self.fields["price"]
        price.disabled = self.instance.archived_at is not None
        price.widget.attrs["aria-label"] = f"Price of {self.instance.sku}"

    def clean_price(self) -> int:
        return minor_of(self.cleaned_data["price"])

    def _get_validation_exclusions(self) -> set[str]:
        """The field has checked what is typed; the model's constraints would be asked of the database, row by row."""
        return {field.name for field in Product._meta.fields}


class PriceForms(forms.BaseModelFormSet[Product, PriceForm]):
    """The rows of a page, read by one statement: Django would ask again for each whether it exists."""

    def is_valid(self) -> bool:
        """What is saved now is saved in order of id, as everything locks products: an order would wait for us, and we
        for it.
        """
        valid = super().is_valid()
        if valid:
            self.forms.sort(key=lambda form: form.instance.pk or 0)
        return valid

    def add_fields(self, form: PriceForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["id"] = forms.IntegerField(initial=form.instance.pk, widget=PlainHidden())
