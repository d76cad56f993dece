"""The orders in the back office."""

from orders.admin import pages  # noqa: F401 - where Django looks for admins
