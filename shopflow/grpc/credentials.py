"""Mutual TLS: who a process is, and whom it believes. TLS 1.3 only (shopflow/settings/tls.py)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import grpc
from django.core.exceptions import ImproperlyConfigured

from shopflow.certificates.pair import Pair, UnusableError, read_certificate

REMEDY = "`manage.py dev_certs` makes development certificates"
T = TypeVar("T")
logger = logging.getLogger(__name__)


def server_credentials(certs: Path, name: str) -> grpc.ServerCredentials:
    """Callers must show a certificate of the authority. A renewed file counts from the next connection on."""
    files = _Files(certs, name)
    return grpc.dynamic_ssl_server_credentials(
        files.configuration(),
        files.renewed_configuration,  # type: ignore[arg-type]  # gRPC takes None for "no change", its stubs do not
        require_client_authentication=True,
    )


def channel_credentials(certs: Path, name: str) -> grpc.ChannelCredentials:
    """`name` calls. The files are read now: a new channel sees what was renewed."""
    pair, authorities = _load(certs, name)
    return grpc.ssl_channel_credentials(authorities, private_key=pair.key, certificate_chain=pair.certificate)


def _load(certs: Path, name: str) -> tuple[Pair, bytes]:
    try:
        pair, authorities = Pair.read(certs, name), read_certificate(certs / "ca.crt")
    except UnusableError as error:
        raise ImproperlyConfigured(f"{error}; {REMEDY}") from error
    if name not in pair.hosts:
        raise ImproperlyConfigured(f"{certs / name}.crt is not for {name}; {REMEDY}")
    if not pair.is_vouched_for(authorities):
        raise ImproperlyConfigured(f"{certs / name}.crt is not signed by {certs / 'ca.crt'}; {REMEDY}")
    return pair, authorities


class _Files:
    """What a server presents and trusts, as the files have it."""

    def __init__(self, certs: Path, name: str) -> None:
        self._certs, self._name = certs, name
        self._watched = Watched(certs, name)

    def configuration(self) -> grpc.ServerCertificateConfiguration:
        pair, authorities = _load(self._certs, self._name)
        return grpc.ssl_server_certificate_configuration([(pair.key, pair.certificate)], root_certificates=authorities)

    def renewed_configuration(self) -> grpc.ServerCertificateConfiguration | None:
        """Asked for at each new connection. None: go on with what there is."""
        return self._watched.renewed(self.configuration)


class Watched:
    """The files of one name, as they were when they were last looked at."""

    def __init__(self, certs: Path, name: str) -> None:
        self._files = tuple(certs / file for file in (f"{name}.crt", f"{name}.key", "ca.crt"))
        self._seen = self._versions()

    def renewed(self, load: Callable[[], T]) -> T | None:
        """What `load` makes of files that have changed. None where they have not, and where they are no good."""
        versions = self._versions()
        if versions == self._seen:
            return None
        self._seen = versions
        try:
            return load()
        except ImproperlyConfigured as error:
            logger.warning("the renewed certificates are no good, the present ones stay: %s", error)
            return None

    def _versions(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(_version(file) for file in self._files)


def _version(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns
