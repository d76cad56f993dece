"""Fields of the back office's forms of products: prices as people write them, and what the page showed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.validators import URLValidator
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import INPUT_CLASSES, UnfoldAdminDecimalFieldWidget, UnfoldAdminURLInputWidget

from contracts.money import MAX_PRICE, MINOR_UNITS

HTTPS_ONLY: Final = URLValidator(schemes=["https"])


def price_of(minor: int) -> Decimal:
    return (Decimal(minor) / MINOR_UNITS).quantize(Decimal("0.01"))


def minor_of(price: Decimal) -> int:
    return int(price * MINOR_UNITS)


def price_field() -> forms.DecimalField:
    widget = UnfoldAdminDecimalFieldWidget()
    return forms.DecimalField(label="Price", min_value=0, max_value=MAX_PRICE, decimal_places=2, widget=widget)


class Plain(forms.widgets.Input):
    """Written without a template: a page of the list has two hundred of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        formatted = {} if value in (None, "") else {"value": self.format_value(value)}
        said = {"type": self.input_type, "name": name, **formatted, **self.build_attrs(self.attrs, attrs)}
        return format_html("<input{}>", flatatt(said))


class PriceInput(Plain, forms.NumberInput): ...


class PlainHidden(Plain, forms.HiddenInput): ...


class SeenTime(PlainHidden):
    """Shows the time, too."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        try:
            shown = f"{datetime.fromisoformat(value or ''):%-d %b %Y, %H:%M}"
        except ValueError:
            shown = ""
        return format_html("{}<span>{}</span>", super().render(name, value, attrs, renderer), shown)


class RowPriceField(forms.DecimalField):
    """What counts as a change is judged by what the page showed."""

    hidden_widget = PlainHidden

    def __init__(self) -> None:
        widget = PriceInput(attrs={"class": " ".join(INPUT_CLASSES), "style": "max-width: 8rem"})
        super().__init__(
            label="Price", min_value=0, max_value=MAX_PRICE, decimal_places=2, widget=widget, show_hidden_initial=True
        )


class ImageField(forms.URLField):
    """A picture somewhere else: over https alone, as this page is."""

    def __init__(self) -> None:
        super().__init__(
            max_length=500,
            required=False,
            assume_scheme="https",
            label="Image",
            error_messages={"invalid": "Enter an address that begins with https://."},
            widget=UnfoldAdminURLInputWidget(),
            help_text="The address of a picture, beginning with https://. It is shown here once the product is saved.",
        )
        self.validators = [HTTPS_ONLY]


class Seen(forms.CharField):
    """The `updated_at` that the page showed: what changed since must not be taken back unseen. No change itself."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> Any:
        try:
            return datetime.fromisoformat(super().clean(value))
        except ValueError:
            raise forms.ValidationError("Open this page anew.") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False
