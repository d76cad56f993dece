"""What is done now and then, for each context; it must be safe to run in several processes at once."""

from __future__ import annotations

from inventory.expiry import expire_reservations
from shopflow.messaging.runner import Job
from users.notifications.purge import purge_notifications
from users.notifications.sending import send_notifications

JOBS: dict[str, tuple[Job, ...]] = {
    "users": (Job(send_notifications, seconds=1.0), Job(purge_notifications, seconds=3600.0)),
    "inventory": (Job(expire_reservations, seconds=15.0),),
    "orders": (),
    "payments": (),
}
