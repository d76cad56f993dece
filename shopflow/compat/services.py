"""Every service of the first ShopFlow. A server answers those of the contexts that it hosts."""

from __future__ import annotations

from shopflow.compat import inventory, users
from shopflow.compat.service import CompatService

SERVICES: tuple[CompatService, ...] = (users.SERVICE, inventory.SERVICE)
