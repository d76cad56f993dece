"""The simulated provider's webhooks: signed with HMAC-SHA256 over the time and the body, as others do it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from typing import Final

from django.conf import settings

from payments.provider.interface import InvalidWebhook, ProviderNews
from payments.provider.simulated.ledger import payment_id_of

TOLERANCE_SECONDS: Final = 300


def news(reference: str, *, kind: str = "payment.updated") -> bytes:
    """The body of a webhook: that something about the payment has changed."""
    return json.dumps({"id": f"evt_{uuid.uuid4().hex}", "type": kind, "reference": reference}).encode()


def sign(body: bytes, *, at: int | None = None) -> str:
    """`t=SECONDS,v1=HEX`."""
    at = int(time.time()) if at is None else at
    return f"t={at},v1={_digest(body, at)}"


def read(*, body: bytes, signature: str) -> ProviderNews:
    """Raises InvalidWebhook."""
    _verify(body, signature)
    try:
        told = json.loads(body)
        id, kind, reference = (str(told[name]) for name in ("id", "type", "reference"))
    except (ValueError, KeyError, TypeError):
        raise InvalidWebhook("the body is no event") from None
    return ProviderNews(event_id=id, kind=kind, reference=reference, payment_id=payment_id_of(reference))


def _verify(body: bytes, signature: str) -> None:
    try:
        parts = dict(part.split("=", 1) for part in signature.split(","))
        at, given = int(parts["t"]), parts["v1"]
    except (ValueError, KeyError):
        raise InvalidWebhook("the signature cannot be read") from None
    if not hmac.compare_digest(given.encode(), _digest(body, at).encode()):
        raise InvalidWebhook("the signature is wrong")
    if abs(time.time() - at) > TOLERANCE_SECONDS:
        raise InvalidWebhook("the signature is too old")


def _digest(body: bytes, at: int) -> str:
    secret = settings.SIMULATED_WEBHOOK_SECRET.encode()
    return hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
