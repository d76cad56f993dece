"""What the services of the first ShopFlow refuse; their messages and methods are in proto/compat/."""

from __future__ import annotations

from contracts.errors import Invalid, Precondition


class QuantityNotPositive(Invalid):
    """The quantity must be at least 1."""

    code = "quantity_not_positive"
    quantity: int


class TooLargeForInt32(Precondition):
    """The number does not fit into the messages of the first ShopFlow; those of today have room for it."""

    code = "too_large_for_int32"
    field: str
