from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from contracts.money import Money
from contracts.tests.strategies import values_of


@given(values_of(Money))
def test_the_amount_of_money_makes_the_same_money(money: Money) -> None:
    assert Money.of(money.amount, money.currency) == money


def test_reads_as_an_amount_with_two_decimals() -> None:
    assert str(Money.of(Decimal("25.5"), "EUR")) == "25.50 EUR"


@pytest.mark.parametrize("amount", ["0.001", "1.00000000000000000000000000001", "NaN", "Infinity", "1e999999", "five"])
def test_an_amount_that_is_not_whole_cents_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="is not an amount with at most two decimals"):
        Money.of(amount, "EUR")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown currency 'JPY'"):
        Money(currency="JPY", minor=1)


@pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1)])
def test_minor_units_are_whole_numbers(minor: object) -> None:
    with pytest.raises(TypeError, match="a whole number of minor units"):
        Money(currency="EUR", minor=minor)  # type: ignore[arg-type]
