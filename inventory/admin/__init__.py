"""The inventory in the back office."""

from inventory.admin import imports, products, reservations, stock  # noqa: F401 - where Django looks for admins
