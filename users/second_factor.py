"""The second factor of a login: codes of an authenticator app (RFC 6238), and recovery codes for the day it is lost.

The app's secret is kept as it is, since the server needs it to know the codes; of a recovery code, a digest alone.
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from hashlib import sha256
from time import time
from typing import Final
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db.transaction import atomic
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from users.models import User
from users.second_factor_models import RecoveryCode

ISSUER: Final = "ShopFlow"
RECOVERY_CODES: Final = 10
DRIFT: Final = 1
"""Steps of 30 seconds that the app's clock may be off, either way."""


def is_set_up(user_id: int) -> bool:
    return bool(TOTPDevice.objects.filter(user_id=user_id, confirmed=True).exists())


def is_asked_of(user: User) -> bool:
    """Whether a password alone is not enough: of all staff where the shop says so, else of who has set it up."""
    return user.is_staff and (settings.STAFF_TOTP or is_set_up(user.pk))


def new_secret() -> str:
    """As people type it into their app: 160 bits in base 32."""
    return b32encode(secrets.token_bytes(20)).decode()


def app_url(user: User, secret: str) -> str:
    """What the QR code says to the app."""
    label = quote(f"{ISSUER}:{user.username}", safe=":")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER, 'digits': 6, 'period': 30})}"


def shows(secret: bytes, code: str) -> int | None:
    """The step at which an app with this secret shows the code, if it is about now."""
    now = TOTP(secret)
    now.time = time()
    return now.t() if code.isdecimal() and now.verify(int(code), DRIFT) else None


def install(user_id: int, *, secret: bytes, step: int) -> list[str]:
    """In place of what was there. The recovery codes, which nobody is told again. `step` has been used to prove it."""
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    with atomic(using="users"):
        remove(user_id)
        TOTPDevice.objects.create(user_id=user_id, name="authenticator", key=secret.hex(), last_t=step, tolerance=DRIFT)
        RecoveryCode.objects.bulk_create(RecoveryCode(user_id=user_id, digest=_digest(code)) for code in codes)
    return codes


def remove(user_id: int) -> bool:
    """Whether there was one."""
    with atomic(using="users"):
        User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
        RecoveryCode.objects.filter(user_id=user_id).delete()
        return bool(TOTPDevice.objects.filter(user_id=user_id).delete()[0])


def check(user_id: int, code: str) -> bool:
    """Uses the code up: each is good once. After a wrong one the next is looked at only later, ever later.

    Call it outside of any transaction that could be rolled back: the count of wrong codes has to stay.
    """
    given = "".join(code.split()).replace("-", "").lower()
    with atomic(using="users"):
        device = TOTPDevice.objects.select_for_update().filter(user_id=user_id, confirmed=True).first()
        if device is None:
            return False
        if len(given) == device.digits and given.isascii():
            return bool(device.verify_token(given))
        return _use_recovery_code(device, given)


def recovery_codes_left(user_id: int) -> int:
    return RecoveryCode.objects.filter(user_id=user_id).count()


def _use_recovery_code(device: TOTPDevice, code: str) -> bool:
    """Under the lock on the device, and slowed down together with its codes."""
    if not device.verify_is_allowed()[0]:
        return False
    if not RecoveryCode.objects.filter(user_id=device.user_id, digest=_digest(code)).delete()[0]:
        device.throttle_increment()
        return False
    device.throttle_reset()
    return True


def _new_recovery_code() -> str:
    """80 bits, in groups that can be read from paper."""
    text = b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _digest(code: str) -> str:
    return sha256("".join(code.split()).replace("-", "").lower().encode()).hexdigest()
