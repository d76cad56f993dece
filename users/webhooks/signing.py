"""Signatures as Standard Webhooks has them (https://www.standardwebhooks.com), version 1: HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Final

PREFIX: Final = "whsec_"


def new_secret() -> str:
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def headers(*, message_id: str, timestamp: int, body: bytes, signed_with: Iterable[str]) -> dict[str, str]:
    """A signature by each secret, the present one first: a receiver accepts the message if it knows any of them."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(secret, content)}" for secret in signed_with),
    }


def _signature(secret: str, content: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
