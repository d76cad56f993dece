"""What is done now and then, for each context; it must be safe to run in several processes at once."""

from __future__ import annotations

from inventory.expiry import expire_reservations
from orders.recovery import recover_orders
from payments.recovery import reconcile_payments, settle_payments
from shopflow.messaging.periodic import Job
from users.notifications.purge import purge_notifications
from users.notifications.sending import send_notifications
from users.webhooks.jobs import deliver_webhooks, purge_webhook_deliveries

JOBS: dict[str, tuple[Job, ...]] = {
    "users": (
        Job(send_notifications, seconds=1.0),
        Job(deliver_webhooks, seconds=1.0),
        Job(purge_notifications, seconds=3600.0),
        Job(purge_webhook_deliveries, seconds=3600.0),
    ),
    "inventory": (Job(expire_reservations, seconds=15.0),),
    "orders": (Job(recover_orders, seconds=2.0),),
    "payments": (Job(settle_payments, seconds=2.0), Job(reconcile_payments, seconds=15.0)),
}
