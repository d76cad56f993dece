"""The directory of certificates: what is good stays, what is not is made anew, whoever else is at it."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from django.core.exceptions import ImproperlyConfigured

from shopflow.certificates.authority import OF_THIS_MACHINE, Authority
from shopflow.certificates.pair import OWNER_ONLY, Pair, UnusableError, read_certificate

SERVICES = ("users", "orders", "inventory", "payments", "gateway")
AUTHORITY = "ca"
RENEWED_BEFORE = timedelta(days=30)
DNS_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


def provide_certificates(directory: Path) -> None:
    """Those of another authority as they are, where there is a good one for each service; else development ones."""
    if not _of_another(directory):
        ensure_certificates(directory)
        return
    try:
        read_certificate(directory / f"{AUTHORITY}.crt")
        for name in SERVICES:
            _require_name(directory, name)
    except UnusableError as error:
        raise ImproperlyConfigured(f"{error}, and it is not ours to replace: {_whose(directory)}") from error


def ensure_certificates(directory: Path, *, extra_hosts: Iterable[str] = ()) -> tuple[str, ...]:
    """A development CA and one certificate per service in `directory`; returns the names of what had to be made.

    Every service also answers to `extra_hosts`. What another run added stays. ImproperlyConfigured, with nothing
    touched, where there are another authority's.
    """
    hosts = tuple(_checked(host) for host in extra_hosts)
    try:
        if _of_another(directory):
            raise ImproperlyConfigured(f"no development certificates beside others: {_whose(directory)}")
        with _alone_in(directory):
            return tuple(_ensure_all(directory, hosts))
    except OSError as error:
        place = error.filename or directory
        raise ImproperlyConfigured(f"no certificates can be kept in {directory}: {error.strerror} ({place})") from error


def _require_name(directory: Path, name: str) -> None:
    if name not in Pair.read(directory, name).hosts:
        raise UnusableError(directory / f"{name}.crt", f"is not for {name}")


def _of_another(directory: Path) -> bool:
    """Whether there are certificates, and not the key that ours are made with, which is written before any of them."""
    ours = (directory / f"{AUTHORITY}.key").exists()
    return not ours and any((directory / f"{name}.crt").exists() for name in (AUTHORITY, *SERVICES))


def _whose(directory: Path) -> str:
    return f"{directory} has certificates without their {AUTHORITY}.key"


def _ensure_all(directory: Path, hosts: tuple[str, ...]) -> Iterator[str]:
    pair = _good(directory, AUTHORITY)
    if pair is None or not _signs(pair):
        pair = Authority.create().pair
        pair.write(directory, AUTHORITY)
        yield AUTHORITY
    authority = Authority(pair)
    for name in SERVICES:
        if not _serves(_good(directory, name), name, hosts, authority):
            authority.issue(name, hosts=(*hosts, *_added_before(directory, name))).write(directory, name)
            yield name


def _good(directory: Path, name: str) -> Pair | None:
    """The pair, if it can be read, fits and lasts a while; its key is made private where it was not."""
    try:
        pair = Pair.read(directory, name)
    except UnusableError:
        return None
    key = directory / f"{name}.key"
    if key.stat().st_mode & 0o777 != OWNER_ONLY:
        key.chmod(OWNER_ONLY)
    return pair if pair.parsed.not_valid_after_utc - datetime.now(UTC) > RENEWED_BEFORE else None


def _signs(pair: Pair) -> bool:
    try:
        constraints = pair.parsed.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    return constraints.ca and isinstance(pair.parsed.public_key(), EllipticCurvePublicKey)


def _serves(pair: Pair | None, name: str, hosts: tuple[str, ...], authority: Authority) -> bool:
    if pair is None or not authority.signed(pair):
        return False
    others = set(SERVICES) - {name}
    return {name, *OF_THIS_MACHINE, *hosts} <= set(pair.hosts) and others.isdisjoint(pair.hosts)


def _added_before(directory: Path, name: str) -> tuple[str, ...]:
    """Hosts that an earlier run was asked for: a renewal by a run that was not keeps them."""
    try:
        pair = Pair(certificate=(directory / f"{name}.crt").read_bytes(), key=b"")
        return tuple(host for host in pair.hosts if host not in SERVICES)
    except (OSError, ValueError):
        return ()


def _checked(host: str) -> str:
    """A name or address as certificates have it. A service's name is refused: it says who somebody is."""
    try:
        return str(ip_address(host))
    except ValueError:
        name = host.lower()
    if name in SERVICES or not DNS_NAME.fullmatch(name):
        raise ImproperlyConfigured(f"{host!r} is not a DNS name or an IP address that every service may share")
    return name


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """The directory exists, for its owner alone where it is made now, and no other process is at work in it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
