"""Money is a currency and a whole number of its minor units; never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation

MINOR_UNITS = 100
"""Every currency this shop trades in has two decimals; `Money` refuses to guess for others."""
CENT = Decimal("0.01")
EXACT = Context(prec=28, traps=[Inexact, InvalidOperation])
"""Arithmetic that raises where another context would round."""
MAX_PRICE = Decimal("9999999.99")
"""Of one unit, in whole units of the currency. The largest order of such prices must still be exact as a JSON number
with two decimals: `orders/api/serializers.py` limits what it multiplies."""
CURRENCIES = frozenset({"AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "PLN", "SEK", "USD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount: `currency` is an ISO 4217 code, `minor` its int64 of minor units (cents)."""

    currency: str
    minor: int

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
            raise ValueError(f"unknown currency {self.currency!r}")
        if type(self.minor) is not int:
            raise TypeError(f"an amount is a whole number of minor units, not {type(self.minor).__name__}")

    @classmethod
    def of(cls, amount: Decimal | str, currency: str) -> Money:
        """Exactly `amount` major units; more than two decimals are refused, not rounded."""
        try:
            cents = EXACT.quantize(Decimal(amount), CENT)
            minor = int(cents * MINOR_UNITS)
        except (ArithmeticError, ValueError):
            raise ValueError(f"{amount} is not an amount with at most two decimals") from None
        return cls(currency=currency, minor=minor)

    @property
    def amount(self) -> Decimal:
        return Decimal(self.minor) / MINOR_UNITS

    def __str__(self) -> str:
        return f"{self.amount:.2f} {self.currency}"
