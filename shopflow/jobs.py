"""What is done now and then, for each context; it must be safe to run in several processes at once."""

from __future__ import annotations

from functools import partial

from django.conf import settings

from inventory.expiry import expire_reservations
from inventory.imports.job import run_imports
from inventory.imports.purging import purge_imports
from orders.recovery import recover_orders
from orders.sales import count_sales
from payments.purge import purge_webhooks
from payments.recovery import reconcile_payments, settle_payments
from shopflow.back_office.lockout import purge_failed_logins
from shopflow.back_office.session_limits import purge_sessions
from shopflow.invariants.watch import watch_invariants
from shopflow.messaging.periodic import Job
from shopflow.messaging.purge import purge_messages
from users.notifications.purge import purge_notifications
from users.notifications.sending import send_notifications
from users.webhooks.jobs import deliver_webhooks, purge_webhook_deliveries

OWN: dict[str, tuple[Job, ...]] = {
    "users": (
        Job(send_notifications, seconds=1.0),
        Job(deliver_webhooks, seconds=1.0),
        Job(purge_notifications, seconds=3600.0),
        Job(purge_failed_logins, seconds=3600.0),
        Job(purge_sessions, seconds=3600.0),
        Job(purge_webhook_deliveries, seconds=3600.0),
    ),
    "inventory": (
        Job(expire_reservations, seconds=15.0),
        Job(run_imports, seconds=1.0),
        Job(purge_imports, seconds=3600.0),
    ),
    "orders": (Job(recover_orders, seconds=2.0), Job(count_sales, seconds=60.0)),
    "payments": (
        Job(settle_payments, seconds=2.0),
        Job(reconcile_payments, seconds=min(15.0, settings.RECOVERY_SECONDS)),
        Job(purge_webhooks, seconds=3600.0),
    ),
}


def _of_each(context: str) -> tuple[Job, ...]:
    return (
        Job(partial(purge_messages, context), seconds=600.0, called="purge_messages"),
        Job(partial(watch_invariants, context), seconds=1800.0, at_start=False, called="watch_invariants"),
    )


JOBS = {context: (*own, *_of_each(context)) for context, own in OWN.items()}
