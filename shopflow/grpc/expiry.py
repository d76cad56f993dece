"""When the certificates of this process end: in its metrics, and in its log before it is too late."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from django.conf import settings
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

DAY = 86_400.0
WARN_FROM = timedelta(days=14)

logger = logging.getLogger(__name__)


def time_left(certs: Path, name: str) -> dict[str, timedelta]:
    """Of the process's own certificate and of the authority's, whichever can be read."""
    found = {}
    now = datetime.now(UTC)
    for each in (name, "ca"):
        try:
            certificate = x509.load_pem_x509_certificate((certs / f"{each}.crt").read_bytes())
        except (OSError, ValueError):
            continue  # who needs the file says so
        found[each] = certificate.not_valid_after_utc - now
    return found


def warn(certs: Path, name: str) -> None:
    for each, left in time_left(certs, name).items():
        if left < WARN_FROM:
            logger.warning("%s.crt ends in %.1f days: renew it", certs / each, left / timedelta(days=1))


def watch_expiry() -> None:
    """Now and once a day, for as long as the process lives; and in its metrics."""
    certs, name = settings.CERTS, settings.SERVICE
    warn(certs, name)

    def daily() -> None:
        pause = threading.Event()
        while not pause.wait(DAY):
            warn(certs, name)

    threading.Thread(target=daily, name="certificates", daemon=True).start()
    REGISTRY.register(CertificatesLeft(certs, name))


class CertificatesLeft(Collector):
    """As the files have it, which is what new connections use."""

    def __init__(self, certs: Path, name: str) -> None:
        self._certs, self._name = certs, name

    def collect(self) -> Iterator[GaugeMetricFamily]:
        left = GaugeMetricFamily(
            "shopflow_certificate_seconds_left", "Until the certificate of that name ends.", labels=["name"]
        )
        for name, time in time_left(self._certs, self._name).items():
            left.add_metric([name], time.total_seconds())
        yield left

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing, so that registering reads no file."""
        return []
