"""What `manage.py check --deploy` refuses."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning as CheckWarning, register

from shopflow.settings.mail import A_LINE_EACH


@register(Tags.security, deploy=True)
def catalogue_is_not_open(**kwargs: Any) -> list[CheckMessage]:
    if settings.CATALOG_WRITES == "staff":
        return []
    return [Error("SHOPFLOW_CATALOG_WRITES=anyone lets strangers change prices and stock.", id="shopflow.E001")]


@register(Tags.security, deploy=True)
def settings_are_not_local(**kwargs: Any) -> list[CheckMessage]:
    """Local settings have a known SECRET_KEY and signing keys that lie in the working directory."""
    if settings.SECRET_KEY != "local-only":  # noqa: S105
        return []
    message = "These are the local settings, whose secrets are known: use shopflow.settings.production."
    return [Error(message, id="shopflow.E002")]


@register(Tags.security, deploy=True)
def calls_between_services_are_not_plain_text(**kwargs: Any) -> list[CheckMessage]:
    if not settings.GRPC_PLAINTEXT:
        return []
    message = "SHOPFLOW_GRPC_PLAINTEXT=1 lets whoever reaches a port call any method, and read what others call."
    return [Error(message, id="shopflow.E003")]


@register(Tags.security, deploy=True)
def requests_are_not_plain_text(**kwargs: Any) -> list[CheckMessage]:
    """The setting is production's alone."""
    if not getattr(settings, "HTTP_PLAINTEXT", False):
        return []
    message = "SHOPFLOW_HTTP_PLAINTEXT=1 sends passwords and tokens over plain HTTP."
    return [Error(message, id="shopflow.E004")]


@register(Tags.security, deploy=True)
def payments_are_real(**kwargs: Any) -> list[CheckMessage]:
    if settings.PAYMENT_PROVIDER != "simulated" or "payments" not in settings.HOSTED:
        return []
    message = "SHOPFLOW_PAYMENT_PROVIDER=simulated takes no money: whoever orders with pm_ok has paid."
    return [Error(message, id="shopflow.E005")]


@register(Tags.security, deploy=True)
def emails_are_sent(**kwargs: Any) -> list[CheckMessage]:
    """A shop may have its reasons, so it is no error."""
    if settings.EMAIL_BACKEND != A_LINE_EACH or "users" not in settings.HOSTED:
        return []
    return [CheckWarning("SHOPFLOW_EMAIL_URL=console: sends customers nothing.", id="shopflow.W001")]
