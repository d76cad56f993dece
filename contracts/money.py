"""Money is a currency and a whole number of its minor units; never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

MINOR_UNITS = 100
"""Every currency this shop trades in has two decimals; `Money` refuses to guess for others."""
CURRENCIES = frozenset({"AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "PLN", "SEK", "USD"})


class UnlikeCurrencies(ValueError):
    """Two amounts in different currencies cannot be added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount: `currency` is an ISO 4217 code, `minor` its int64 of minor units (cents)."""

    currency: str
    minor: int

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
            raise ValueError(f"unknown currency {self.currency!r}")

    @classmethod
    def of(cls, amount: Decimal | str, currency: str) -> Money:
        """Exactly `amount` major units; more than two decimals are refused, not rounded."""
        minor = Decimal(amount) * MINOR_UNITS
        if minor != minor.to_integral_value():
            raise ValueError(f"{amount} has more than two decimals")
        return cls(currency=currency, minor=int(minor))

    @property
    def amount(self) -> Decimal:
        return Decimal(self.minor) / MINOR_UNITS

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise UnlikeCurrencies(f"{self.currency} and {other.currency}")
        return Money(currency=self.currency, minor=self.minor + other.minor)

    def __mul__(self, factor: int) -> Money:
        return Money(currency=self.currency, minor=self.minor * factor)

    def __str__(self) -> str:
        return f"{self.amount:.2f} {self.currency}"
