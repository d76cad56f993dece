"""The back office's forms of a product. Stock is no field of theirs: it has pages of its own, and a ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from inventory.admin.fields import ImageField, Seen, minor_of, price_field, price_of
from inventory.models import MOST_MOVED, Product

FIELDS: Final = ("name", "sku", "category", "description", "price", "currency", "image_url", "low_stock_at")


class ProductForm(forms.ModelForm[Product]):
    price = price_field()
    description = forms.CharField(
        max_length=5000, required=False, label="Description", widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )
    image_url = ImageField()
    low_stock_at = forms.IntegerField(
        min_value=0,
        max_value=MOST_MOVED,
        required=False,
        label="Low at",
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="The stock at which more is to be ordered. Leave it empty for a product that is never called low.",
    )

    class Meta:
        model = Product
        fields = FIELDS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial["price"] = price_of(self.instance.price)

    def clean_price(self) -> int:
        """In minor units, as it is stored."""
        return minor_of(self.cleaned_data["price"])


class NewProductForm(ProductForm):
    on_sale = forms.BooleanField(
        required=False,
        label="Put on sale at once",
        help_text="Otherwise it is a draft: only the back office sees it, until somebody publishes it.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["sku"].required = False
        self.fields["sku"].help_text = "Leave it empty, and one is made."


class NewStockedProductForm(NewProductForm):
    """For whoever may move stock."""

    opening_stock = forms.IntegerField(
        min_value=0,
        max_value=MOST_MOVED,
        initial=0,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="How many there are to begin with. Later, stock is adjusted or received.",
    )


class StaleForm(forms.ModelForm[Product]):
    """Takes back nothing unseen: a first look here, whose finding can be read and saved over; the service decides."""

    SEEN: str

    def clean(self) -> None:
        super().clean()
        if not self.instance.pk:
            raise forms.ValidationError("There is no such product. Open this page anew.")
        differing = [name for name in FIELDS if name in self.changed_data]
        if not differing or self.cleaned_data.get(self.SEEN) in (None, self.instance.updated_at):
            return
        now = {self.add_prefix(self.SEEN): self.instance.updated_at.isoformat()}
        now |= {self.add_initial_prefix(name): str(self.initial[name]) for name in differing}
        self.data = {**dict(self.data.items()), **now}
        values = ", ".join(f"{self.fields[name].label} is now {str(self.initial[name])!r}" for name in differing)
        raise forms.ValidationError(
            f"Somebody else has changed this product since you opened it: {values}. Saving again replaces that."
        )

    @property
    def seen_at(self) -> datetime:
        seen: datetime = self.cleaned_data[self.SEEN]
        return seen


class ChangedProductForm(ProductForm, StaleForm):
    SEEN = "seen"
    seen = Seen()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["seen"] = self.instance.updated_at.isoformat()
