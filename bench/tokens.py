"""Access tokens of buyers who never registered: signed with a key of this run, which both sides trust."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from functools import cache

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from shopflow.settings.keys import key_id

LIFETIME = 3600


@dataclass(frozen=True)
class Signer:
    key: RSAPrivateKey

    @property
    def private_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def public_pem(self) -> str:
        public = self.key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def token(self, user_id: int) -> str:
        claims = {
            "token_type": "access",
            "user_id": user_id,
            "is_staff": False,
            "jti": uuid.uuid4().hex,
            "exp": int(time.time()) + LIFETIME,
            "iss": "shopflow",
            "aud": "shopflow",
        }
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": key_id(self.key.public_key())})


@cache
def signer() -> Signer:
    return Signer(generate_private_key(public_exponent=65537, key_size=2048))
