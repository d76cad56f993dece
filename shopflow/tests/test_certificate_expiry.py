"""A certificate does not end in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from shopflow.certificates import Authority, Pair, ensure_certificates
from shopflow.grpc.expiry import CertificatesLeft, warn

DAY = timedelta(days=1)


@pytest.fixture
def certs(tmp_path: Path) -> Path:
    ensure_certificates(tmp_path)
    return tmp_path


def issue(certs: Path, *, lasts: timedelta) -> None:
    Authority(Pair.read(certs, "ca")).issue("orders", since=datetime.now(UTC), lasts=lasts).write(certs, "orders")


def seconds_left(certs: Path, name: str) -> float | None:
    registry = CollectorRegistry()
    registry.register(CertificatesLeft(certs, "orders"))
    return registry.get_sample_value("shopflow_certificate_seconds_left", {"name": name})


def test_the_metrics_say_how_long_each_lasts(certs: Path) -> None:
    issue(certs, lasts=20 * DAY)
    left, of_authority = seconds_left(certs, "orders"), seconds_left(certs, "ca")
    assert left is not None
    assert of_authority is not None
    assert 20 * 86_400 - 60 < left <= 20 * 86_400
    assert of_authority > 9 * 365 * 86_400
    assert seconds_left(certs, "users") is None


@pytest.mark.parametrize("content", [None, b"nonsense"])
def test_a_file_that_cannot_be_read_has_no_time(certs: Path, content: bytes | None) -> None:
    (certs / "orders.crt").unlink()
    if content is not None:
        (certs / "orders.crt").write_bytes(content)
    assert seconds_left(certs, "orders") is None
    assert seconds_left(certs, "ca") is not None


@pytest.mark.parametrize(("days", "said"), [(15, []), (13, ["orders.crt ends in 13.0 days: renew it"])])
def test_the_log_warns_from_14_days_on(
    certs: Path, days: int, said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    issue(certs, lasts=days * DAY)
    warn(certs, "orders")
    assert [record.getMessage() for record in caplog.records] == [f"{certs}/{line}" for line in said]
    assert {record.levelname for record in caplog.records} <= {"WARNING"}
