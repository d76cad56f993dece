"""The RSA keys that sign tokens: made once on a developer's machine, given by the environment in production.

A process that does not host users needs none, where it is told at which address users publishes the public ones.
"""

from __future__ import annotations

import os
import re
import tempfile
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.core.exceptions import ImproperlyConfigured

BITS = 2048
PUBLIC_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


def local_signing_keys(directory: Path) -> dict[str, Any]:
    """For SIMPLE_JWT: the key in `directory`, made there by whoever comes first."""
    path = directory / "jwt.pem"
    if not path.exists():
        _create_once(path)
    return signing_keys(path.read_text(), source=str(path))


def signing_keys(pem: str, *, retired: str = "", source: str = "SHOPFLOW_JWT_PRIVATE_KEY") -> dict[str, Any]:
    """For SIMPLE_JWT: sign with the private key `pem`, verify with its public key and those in `retired`, PEM by PEM.

    A variable of the environment often cannot hold line ends: a literal backslash-n is taken for one.
    """
    private = _private_key(pem, source)
    public = private.public_key()
    verifying = {key_id(key): _public_pem(key) for key in [public, *_public_keys(retired)]}
    return {
        "SIGNING_KEY": _private_pem(private),
        "VERIFYING_KEY": _public_pem(public),
        "KEY_ID": key_id(public),
        "VERIFYING_KEYS": verifying,
    }


def address_of_keys(url: str) -> str:
    if url and not (url.startswith(("http://", "https://")) and urlsplit(url).hostname):
        raise ImproperlyConfigured(f"SHOPFLOW_JWKS_URL must be an http or https address; it is {url!r}")
    return url


def key_id(key: RSAPublicKey) -> str:
    """The thumbprint of RFC 7638: the same key has the same id everywhere, and nobody has to hand ids out."""
    numbers = key.public_numbers()
    canonical = f'{{"e":"{_base64url(numbers.e)}","kty":"RSA","n":"{_base64url(numbers.n)}"}}'
    return urlsafe_b64encode(sha256(canonical.encode()).digest()).decode().rstrip("=")


def _base64url(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode().rstrip("=")


def _create_once(path: Path) -> None:
    """Whole or not at all, and only one: of two processes that start at once, the second finds the first one's key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".jwt-")  # mkstemp gives mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(_private_pem(generate_private_key(public_exponent=65537, key_size=BITS)))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink()


def _private_key(pem: str, source: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(_with_line_ends(pem), password=None)
    except (ValueError, TypeError, UnicodeEncodeError):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < BITS:
        # From None: the message of the parser may quote the key.
        raise ImproperlyConfigured(f"{source} must hold an RSA private key of {BITS} bits or more, as PEM") from None
    return key


def _public_keys(pems: str) -> list[RSAPublicKey]:
    try:
        keys = [load_pem_public_key(pem) for pem in PUBLIC_PEM.findall(_with_line_ends(pems))]
    except (ValueError, UnicodeEncodeError):
        keys = []
    found = [key for key in keys if isinstance(key, RSAPublicKey)]
    if pems.strip() and (not found or len(found) < len(keys)):
        raise ImproperlyConfigured("SHOPFLOW_JWT_RETIRED_KEYS must hold RSA public keys, as PEM") from None
    return found


def _with_line_ends(pem: str) -> bytes:
    return pem.replace("\\n", "\n").strip().encode("ascii")


def _private_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_pem(key: RSAPublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
