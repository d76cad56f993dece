"""A certificate and its private key: two files that are only worth something together."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

OWNER_ONLY = 0o600
EVERYONE_READS = 0o644


class UnusableError(Exception):
    """A file that cannot serve; says which and why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """As PEM. `certificate` may carry its chain after it."""

    certificate: bytes
    key: bytes

    @property
    def parsed(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every DNS name and IP address that it is for."""
        try:
            names = self.parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return ()
        addresses = names.get_values_for_type(x509.IPAddress)
        return (*names.get_values_for_type(x509.DNSName), *(str(address) for address in addresses))

    def is_vouched_for(self, authorities: bytes) -> bool:
        """Whether one of them issued it, or the last of its chain."""
        last = x509.load_pem_x509_certificates(self.certificate)[-1]
        return any(_issued(last, by) for by in x509.load_pem_x509_certificates(authorities))

    @classmethod
    def read(cls, directory: Path, name: str) -> Pair:
        """The pair of that name, if both can be read, fit each other and are valid now."""
        certificate, key = directory / f"{name}.crt", directory / f"{name}.key"
        pair = cls(certificate=read_certificate(certificate), key=_read(key))
        try:
            private = load_pem_private_key(pair.key, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise UnusableError(key, "does not hold a private key") from None  # the parser's message may quote it
        if _der(private.public_key()) != _der(pair.parsed.public_key()):
            raise UnusableError(key, f"is not the key of {certificate.name}")
        return pair

    def write(self, directory: Path, name: str) -> None:
        """Each file whole or not at all; where it stops between the two, they do not fit, which `read` tells."""
        _replace(directory / f"{name}.key", self.key, mode=OWNER_ONLY)
        _replace(directory / f"{name}.crt", self.certificate, mode=EVERYONE_READS)


def _issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def read_certificate(path: Path) -> bytes:
    """PEM, whose first certificate is valid now."""
    pem = _read(path)
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise UnusableError(path, "does not hold a certificate") from None
    now = datetime.now(UTC)
    if now > certificate.not_valid_after_utc:
        raise UnusableError(path, f"expired at {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC")
    if now < certificate.not_valid_before_utc:
        raise UnusableError(path, f"is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC")
    return pem


def key_pem(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _der(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableError(path, f"cannot be read ({error.strerror})") from error


def _replace(path: Path, content: bytes, *, mode: int) -> None:
    temporary = path.with_name(f".{path.name}.new")  # one name will do: whoever writes holds the directory's lock
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    temporary.replace(path)
