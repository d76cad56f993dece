"""What a form changes, for people: the change history shows the old value and the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.text import Truncator

from inventory.admin.fields import price_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.forms import ModelForm

    from inventory.models import Product

SHOWN: Final = 120
"""Letters of a value: a description may be thousands."""


def told(form: ModelForm[Product], fields: Iterable[str]) -> str:
    """Such as: Price: 25.50 → 19.99; Name: “Lamp” → “Desk Lamp”."""
    changed = [name for name in fields if name in form.changed_data]
    return "; ".join(
        f"{form.fields[name].label}: {_value(form.initial.get(name))} → {_value(_new(form, name))}" for name in changed
    )


def _new(form: ModelForm[Product], name: str) -> Any:
    value = form.cleaned_data[name]
    return price_of(value) if name == "price" else value


def _value(value: Any) -> str:
    if value in (None, ""):
        return "(empty)"
    return f"“{Truncator(value).chars(SHOWN)}”" if isinstance(value, str) else str(value)
