from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from shopflow.certificates import SERVICES, Authority, Pair, UnusableError, ensure_certificates, provide_certificates

EVERYTHING = ("ca", *SERVICES)


@pytest.fixture
def certs(tmp_path: Path) -> Path:
    directory = tmp_path / "state" / "certs"
    ensure_certificates(directory)
    return directory


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def as_it_is(directory: Path) -> dict[str, tuple[bytes, int]]:
    inside = {path.name: (path.read_bytes(), path.stat().st_mode) for path in directory.iterdir()}
    return {**inside, ".": (b"", directory.stat().st_mode)}


def of_another_authority(certs: Path, *, without: Sequence[str] = ()) -> None:
    """Which keeps its key, and may have reasons for who can look."""
    for name in ("ca.key", *without):
        (certs / name).unlink()
    certs.chmod(0o755)
    for key in certs.glob("*.key"):
        key.chmod(0o640)


def authority(directory: Path) -> Authority:
    return Authority(Pair.read(directory, "ca"))


def test_there_is_an_authority_and_a_pair_for_every_service_and_nothing_else(certs: Path) -> None:
    assert set(contents(certs)) == {f"{name}.{kind}" for name in EVERYTHING for kind in ("crt", "key")}


def test_every_service_is_one_that_the_settings_know() -> None:
    assert sorted(SERVICES) == sorted((*settings.CONTEXTS, "gateway"))


@pytest.mark.parametrize("name", SERVICES)
def test_a_certificate_says_who_it_is_for(certs: Path, name: str) -> None:
    pair = Pair.read(certs, name)
    usage = pair.parsed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    constraints = pair.parsed.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert pair.hosts == (name, "localhost", "127.0.0.1")
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    assert constraints.ca is False
    assert authority(certs).signed(pair)


@pytest.mark.parametrize("name", EVERYTHING)
def test_keys_are_on_p_256(certs: Path, name: str) -> None:
    key = Pair.read(certs, name).parsed.public_key()
    assert isinstance(key, EllipticCurvePublicKey)
    assert isinstance(key.curve, SECP256R1)


def test_the_authority_signs_services_and_no_further_authority(certs: Path) -> None:
    extensions = Pair.read(certs, "ca").parsed.extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)
    assert (usage.critical, usage.value.key_cert_sign, usage.value.digital_signature) == (True, True, False)


@pytest.mark.parametrize(("name", "days"), [("ca", 3650), ("orders", 90)])
def test_how_long_they_last(certs: Path, name: str, days: int) -> None:
    certificate = Pair.read(certs, name).parsed
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=days)
    assert certificate.not_valid_before_utc < datetime.now(UTC)


def test_no_certificate_outlives_its_authority() -> None:
    short = Authority.create(lasts=timedelta(days=8))
    assert short.issue("orders").parsed.not_valid_after_utc == short.pair.parsed.not_valid_after_utc


def test_openssl_accepts_them_where_it_is_strict(certs: Path) -> None:
    command = ["openssl", "verify", "-x509_strict", "-CAfile", "ca.crt", "-verify_hostname", "orders"]
    for purpose in ("sslserver", "sslclient"):
        done = subprocess.run(  # noqa: S603
            [*command, "-purpose", purpose, "orders.crt"], cwd=certs, capture_output=True, text=True, check=False
        )
        assert done.stdout.strip() == "orders.crt: OK", done.stderr


def test_a_second_run_leaves_what_is_good(certs: Path) -> None:
    before = contents(certs)
    assert ensure_certificates(certs) == ()
    assert contents(certs) == before


def test_what_is_about_to_expire_is_renewed(certs: Path) -> None:
    authority(certs).issue("orders", lasts=timedelta(days=29)).write(certs, "orders")
    authority(certs).issue("users", lasts=timedelta(days=31)).write(certs, "users")
    assert ensure_certificates(certs) == ("orders",)
    assert Pair.read(certs, "orders").parsed.not_valid_after_utc > datetime.now(UTC) + timedelta(days=89)


def test_what_another_authority_signed_is_renewed(certs: Path) -> None:
    Authority.create().issue("orders").write(certs, "orders")
    assert ensure_certificates(certs) == ("orders",)
    assert authority(certs).signed(Pair.read(certs, "orders"))


@pytest.mark.parametrize("kind", ["crt", "key"])
@pytest.mark.parametrize("damage", [None, b"", b"-----BEGIN "])
def test_half_a_pair_is_renewed(certs: Path, kind: str, damage: bytes | None) -> None:
    file = certs / f"orders.{kind}"
    file.unlink() if damage is None else file.write_bytes(damage)
    assert ensure_certificates(certs) == ("orders",)
    assert authority(certs).signed(Pair.read(certs, "orders"))


def test_a_key_that_does_not_fit_its_certificate_is_renewed(certs: Path) -> None:
    (certs / "orders.key").write_bytes((certs / "users.key").read_bytes())
    assert ensure_certificates(certs) == ("orders",)


def test_a_certificate_that_also_names_another_service_is_renewed(certs: Path) -> None:
    authority(certs).issue("orders", hosts=["users"]).write(certs, "orders")
    assert ensure_certificates(certs) == ("orders",)
    assert Pair.read(certs, "orders").hosts == ("orders", "localhost", "127.0.0.1")


@pytest.mark.parametrize(("damaged", "content"), [("ca.key", b"-----BEGIN "), ("ca.crt", b""), ("ca.crt", None)])
def test_a_new_authority_signs_everything_anew(certs: Path, damaged: str, content: bytes | None) -> None:
    (certs / damaged).unlink() if content is None else (certs / damaged).write_bytes(content)
    assert ensure_certificates(certs) == EVERYTHING
    assert all(authority(certs).signed(Pair.read(certs, name)) for name in SERVICES)


@pytest.mark.parametrize("missing", [[], ["ca.crt"], [f"{name}.crt" for name in SERVICES]])
def test_what_another_authority_made_is_left_as_it_is(certs: Path, missing: list[str]) -> None:
    of_another_authority(certs, without=missing)
    before = as_it_is(certs)
    with pytest.raises(
        ImproperlyConfigured, match=r"^no development certificates beside others: .*without their ca\.key$"
    ):
        ensure_certificates(certs)
    assert as_it_is(certs) == before


def test_a_run_uses_what_another_authority_made(certs: Path) -> None:
    of_another_authority(certs)
    before = as_it_is(certs)
    provide_certificates(certs)
    assert as_it_is(certs) == before


@pytest.mark.parametrize("missing", ["orders.key", "gateway.crt", "ca.crt"])
def test_a_run_without_one_of_them_says_which_and_touches_none(certs: Path, missing: str) -> None:
    of_another_authority(certs, without=[missing])
    before = as_it_is(certs)
    with pytest.raises(ImproperlyConfigured, match=rf"/{missing} cannot be read .*, and it is not ours to replace: "):
        provide_certificates(certs)
    assert as_it_is(certs) == before


def test_a_run_refuses_one_that_is_for_somebody_else(certs: Path) -> None:
    authority(certs).issue("shop").write(certs, "orders")
    of_another_authority(certs)
    with pytest.raises(ImproperlyConfigured, match=r"/orders\.crt is not for orders, "):
        provide_certificates(certs)


def test_a_run_where_there_are_none_makes_them(tmp_path: Path) -> None:
    provide_certificates(tmp_path / "certs")
    assert ensure_certificates(tmp_path / "certs") == ()


def test_a_folder_that_was_there_before_stays_as_open_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for _ in range(2):
        ensure_certificates(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.key")} == {0o600}


def test_what_is_no_authority_is_replaced(certs: Path) -> None:
    Pair.read(certs, "orders").write(certs, "ca")
    assert ensure_certificates(certs) == EVERYTHING


def test_only_the_owner_can_look(certs: Path) -> None:
    assert certs.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in certs.glob("*.key")} == {0o600}


def test_keys_that_others_may_read_are_closed_to_them_and_stay(certs: Path) -> None:
    before = contents(certs)
    for key in certs.glob("*.key"):
        key.chmod(0o644)
    assert ensure_certificates(certs) == ()
    assert contents(certs) == before
    assert {path.stat().st_mode & 0o777 for path in certs.glob("*.key")} == {0o600}


def test_what_a_killed_run_left_does_no_harm(certs: Path) -> None:
    (certs / ".orders.key.new").write_bytes(b"-----BEGIN ")
    (certs / "orders.key").unlink()
    assert ensure_certificates(certs) == ("orders",)
    assert not list(certs.glob(".*"))


def test_extra_hosts_are_in_every_certificate(certs: Path) -> None:
    assert ensure_certificates(certs, extra_hosts=["Inventory-gRPC", "10.0.0.7"]) == SERVICES
    assert Pair.read(certs, "users").hosts == ("users", "localhost", "inventory-grpc", "127.0.0.1", "10.0.0.7")


def test_a_run_without_extra_hosts_keeps_those_of_the_last(certs: Path) -> None:
    ensure_certificates(certs, extra_hosts=["inventory-grpc"])
    assert ensure_certificates(certs) == ()
    (certs / "orders.key").unlink()
    assert ensure_certificates(certs) == ("orders",)
    assert "inventory-grpc" in Pair.read(certs, "orders").hosts


@pytest.mark.parametrize("host", ["orders", "GATEWAY", "", "a b", "*.example.com", "under_score", "münchen.de", "a\n"])
def test_an_extra_host_that_is_none_or_says_who_one_is_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="is not a DNS name or an IP address that every service may share"):
        ensure_certificates(tmp_path / "certs", extra_hosts=[host])
    assert not (tmp_path / "certs").exists()


def test_a_place_that_cannot_hold_them_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match=r"^no certificates can be kept in .*/file/certs: Not a directory"):
        ensure_certificates(tmp_path / "file" / "certs")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_directory_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ImproperlyConfigured, match=r"^no certificates can be kept in .*: Permission denied"):
        ensure_certificates(tmp_path / "certs")


def test_many_at_once_make_one_consistent_set(tmp_path: Path) -> None:
    directory = tmp_path / "certs"
    with ThreadPoolExecutor(8) as pool:
        made = [*pool.map(lambda _: ensure_certificates(directory), range(8))]
    assert sorted(made) == [(), (), (), (), (), (), (), EVERYTHING]


def test_two_processes_at_once_make_one_consistent_set(tmp_path: Path) -> None:
    directory = tmp_path / "certs"
    code = "import sys, pathlib, shopflow.certificates as c; print(*c.ensure_certificates(pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(directory)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]  # noqa: S603
    said = sorted(process.communicate(timeout=60)[0].split() for process in both)
    assert said == [[], [*EVERYTHING]]
    assert ensure_certificates(directory) == ()


def test_a_pair_that_cannot_serve_says_which_file_and_why(certs: Path) -> None:
    (certs / "orders.key").unlink()
    with pytest.raises(UnusableError, match=r"/orders\.key cannot be read \(No such file or directory\)$"):
        Pair.read(certs, "orders")


def test_a_key_is_never_quoted(certs: Path) -> None:
    (certs / "orders.key").write_bytes(b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n")
    with pytest.raises(UnusableError, match=r"/orders\.key does not hold a private key$") as caught:
        Pair.read(certs, "orders")
    assert caught.value.__suppress_context__


def test_the_command_says_what_it_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CERTS", tmp_path / "certs")
    out = StringIO()
    call_command("dev_certs", "--host", "inventory-grpc", "--host", "10.0.0.7", stdout=out)
    call_command("dev_certs", stdout=out)
    assert out.getvalue().splitlines() == [
        f"{tmp_path}/certs: made ca, users, orders, inventory, payments, gateway",
        f"{tmp_path}/certs: all good",
    ]
    assert Pair.read(tmp_path / "certs", "orders").hosts[2:] == ("inventory-grpc", "127.0.0.1", "10.0.0.7")
