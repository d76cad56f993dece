"""What is done now and then, for each context; it must be safe to run in several processes at once."""

from __future__ import annotations

from inventory.expiry import expire_reservations
from shopflow.messaging.runner import Job

JOBS: dict[str, tuple[Job, ...]] = {
    "users": (),
    "inventory": (Job(expire_reservations, seconds=15.0),),
    "orders": (),
    "payments": (),
}
