"""What is told to others: events to the contexts, e-mails to customers, webhooks to other programs."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from shopflow.settings import environment
from shopflow.settings.mail import email_settings

REDIS_URL = environment.text("REDIS_URL", "")
"""Nothing: the split starts a Redis of its own."""
SINK = environment.choice("SHOPFLOW_SINK", "inline", among=("inline", "celery"))
"""How events reach their consumers: handlers in the relay's own process, or workers behind a broker."""
BROKER_URL = environment.text("SHOPFLOW_BROKER_URL", REDIS_URL).replace("unix://", "redis+socket://", 1)
"""As Celery takes it: redis://, redis+socket://, amqp://."""
if SINK == "celery" and not BROKER_URL:
    raise ImproperlyConfigured("SHOPFLOW_SINK=celery needs REDIS_URL or SHOPFLOW_BROKER_URL")
SCHEMES = ("redis://", "rediss://", "unix://", "redis+socket://", "amqp://", "amqps://")
if BROKER_URL and not BROKER_URL.startswith(SCHEMES):
    raise ImproperlyConfigured(f"REDIS_URL or SHOPFLOW_BROKER_URL must begin with one of {', '.join(SCHEMES)}")
RETENTION_DAYS = environment.number("SHOPFLOW_RETENTION_DAYS", 30, between=(1, 3650))
"""How long delivered events, the proofs of their effects and the logs of what was sent are kept."""

EMAIL = email_settings(environment.text("SHOPFLOW_EMAIL_URL", "console:"))
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_FILE_PATH = EMAIL["EMAIL_FILE_PATH"]
EMAIL_HOST, EMAIL_PORT = EMAIL["EMAIL_HOST"], EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_USER"], EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL["EMAIL_USE_TLS"], EMAIL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text("SHOPFLOW_EMAIL_FROM", "ShopFlow <shop@localhost>")

WEBHOOKS_PRIVATE = environment.choice("SHOPFLOW_WEBHOOKS_PRIVATE", "0", among=("0", "1")) == "1"
"""Whether webhooks may go to private and loopback addresses, and without TLS."""
