"""Real gRPC over real TLS: who gets in, and who does not."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import grpc
import pytest
from django.core.exceptions import ImproperlyConfigured

from shopflow.certificates import Authority, Pair, ensure_certificates
from shopflow.grpc.credentials import channel_credentials, server_credentials
from shopflow.settings.tls import CIPHERS

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
SETTINGS_FRAME = 4
TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
LONG_AGO = datetime.now(UTC) - timedelta(days=2)


@pytest.fixture
def certs(tmp_path: Path) -> Path:
    ensure_certificates(tmp_path / "certs")
    return tmp_path / "certs"


@pytest.fixture
def port(certs: Path) -> Iterator[int]:
    """A gRPC server as inventory, which answers each call with who called."""
    server = grpc.server(ThreadPoolExecutor(2))
    methods: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {"Who": grpc.unary_unary_rpc_method_handler(who)}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Echo", methods)])
    port = server.add_secure_port("127.0.0.1:0", server_credentials(certs, "inventory"))
    server.start()
    yield port
    server.stop(None).wait()


def who(_: bytes, context: grpc.ServicerContext) -> bytes:
    names = cast("list[bytes]", context.auth_context()["x509_subject_alternative_name"])  # the stubs say bytes
    return b" ".join(names)


def call(port: int, credentials: grpc.ChannelCredentials, *, expected: str = "inventory") -> bytes:
    options = [("grpc.ssl_target_name_override", expected)]
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials, options) as channel:
        method: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/test.Echo/Who")
        return method(b"", timeout=10)


def refused(port: int, credentials: grpc.ChannelCredentials, *, expected: str = "inventory") -> bool:
    with pytest.raises(grpc.RpcError) as caught:
        call(port, credentials, expected=expected)
    return caught.value.code() is grpc.StatusCode.UNAVAILABLE


def speaks(port: int, certs: Path, *, version: ssl.TLSVersion, name: str | None) -> bool:
    """Whether the server talks HTTP/2 to a client that is not gRPC. In TLS 1.3, a refusal comes after the handshake."""
    tls = ssl.create_default_context(cafile=certs / "ca.crt")
    tls.minimum_version = tls.maximum_version = version
    tls.set_alpn_protocols(["h2"])
    if name:
        tls.load_cert_chain(certs / f"{name}.crt", certs / f"{name}.key")
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
            tls.wrap_socket(connection, server_hostname="inventory") as secured,
        ):
            secured.sendall(PREFACE)
            answer = secured.recv(9)
    except (ssl.SSLError, ConnectionError):
        return False
    return len(answer) == 9 and answer[3] == SETTINGS_FRAME


def test_a_service_calls_a_service(port: int, certs: Path) -> None:
    assert call(port, channel_credentials(certs, "orders")) == b"orders localhost 127.0.0.1"


def test_tls_1_3_is_spoken(port: int, certs: Path) -> None:
    assert speaks(port, certs, version=TLS_1_3, name="orders")


def test_tls_1_2_is_not(port: int, certs: Path) -> None:
    assert not speaks(port, certs, version=TLS_1_2, name="orders")


def test_a_caller_of_ours_does_not_settle_for_tls_1_2(certs: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        handshake = pool.submit(shake_hands, listener, certs)
        assert refused(listener.getsockname()[1], channel_credentials(certs, "orders"))
        with pytest.raises(ssl.SSLError, match=r"UNSUPPORTED_PROTOCOL|NO_SHARED_CIPHER"):
            handshake.result()


def shake_hands(listener: socket.socket, certs: Path) -> None:
    """Once, as an inventory that knows no TLS newer than 1.2."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.maximum_version = TLS_1_2
    tls.load_cert_chain(certs / "inventory.crt", certs / "inventory.key")
    listener.settimeout(10)
    with listener.accept()[0] as connection, tls.wrap_socket(connection, server_side=True):
        pass


def test_nobody_gets_in_without_a_certificate(port: int, certs: Path) -> None:
    assert not speaks(port, certs, version=TLS_1_3, name=None)
    assert refused(port, grpc.ssl_channel_credentials((certs / "ca.crt").read_bytes()))


def test_an_expired_certificate_does_not_get_in(port: int, certs: Path) -> None:
    authority = Authority(Pair.read(certs, "ca"))
    expired = authority.issue("orders", since=LONG_AGO, lasts=timedelta(days=1))
    assert refused(port, presenting(expired, certs))


def test_a_certificate_of_another_authority_does_not_get_in(port: int, certs: Path) -> None:
    assert refused(port, presenting(Authority.create().issue("orders"), certs))


def presenting(pair: Pair, certs: Path) -> grpc.ChannelCredentials:
    """Credentials of somebody who does not look first whether his certificate is any good."""
    pair.write(certs, "impostor")
    return grpc.ssl_channel_credentials((certs / "ca.crt").read_bytes(), pair.key, pair.certificate)


def test_a_caller_wants_the_service_that_it_called(port: int, certs: Path) -> None:
    assert refused(port, channel_credentials(certs, "orders"), expected="users")


def test_a_renewed_certificate_is_presented_without_a_restart(port: int, certs: Path) -> None:
    first = presented(port, certs)
    Authority(Pair.read(certs, "ca")).issue("inventory").write(certs, "inventory")
    assert presented(port, certs) not in (first, None)
    assert call(port, channel_credentials(certs, "orders")) == b"orders localhost 127.0.0.1"


def test_a_new_authority_is_believed_without_a_restart(port: int, certs: Path) -> None:
    before = channel_credentials(certs, "orders")
    (certs / "ca.crt").unlink()
    ensure_certificates(certs)
    assert call(port, channel_credentials(certs, "orders")) == b"orders localhost 127.0.0.1"
    assert refused(port, before)


def test_renewed_files_that_are_no_good_are_reported_and_the_present_ones_stay(
    port: int, certs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (certs / "inventory.key").write_bytes((certs / "users.key").read_bytes())
    for _ in range(2):
        assert call(port, channel_credentials(certs, "orders")) == b"orders localhost 127.0.0.1"
    [warning] = [record.getMessage() for record in caplog.records if record.name == "shopflow.grpc.credentials"]
    assert "inventory.key is not the key of inventory.crt" in warning


def presented(port: int, certs: Path) -> bytes | None:
    tls = ssl.create_default_context(cafile=certs / "ca.crt")
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
        tls.wrap_socket(connection, server_hostname="inventory") as secured,
    ):
        return secured.getpeercert(binary_form=True)


@pytest.mark.parametrize("file", ["orders.crt", "orders.key", "ca.crt"])
@pytest.mark.parametrize("make", [server_credentials, channel_credentials])
def test_a_missing_file_is_named_with_the_remedy(certs: Path, file: str, make: type) -> None:
    (certs / file).unlink()
    with pytest.raises(ImproperlyConfigured, match=rf"/{file} cannot be read .*`manage.py dev_certs`"):
        make(certs, "orders")


def test_an_expired_file_is_named_with_the_remedy(certs: Path) -> None:
    Authority(Pair.read(certs, "ca")).issue("orders", since=LONG_AGO, lasts=timedelta(days=1)).write(certs, "orders")
    with pytest.raises(ImproperlyConfigured, match=r"/orders\.crt expired at .* UTC; `manage.py dev_certs`"):
        channel_credentials(certs, "orders")


def test_a_certificate_of_somebody_else_is_named_with_the_remedy(certs: Path) -> None:
    Pair.read(certs, "users").write(certs, "orders")
    with pytest.raises(ImproperlyConfigured, match=r"/orders\.crt is not for orders; `manage.py dev_certs`"):
        server_credentials(certs, "orders")


def test_grpc_that_was_imported_before_the_settings_stops_the_start() -> None:
    environment = {name: value for name, value in os.environ.items() if name != CIPHERS}
    code = "import grpc, shopflow.settings.base"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "ImproperlyConfigured: grpc was imported before the settings" in done.stderr


def test_refuses_to_start_with_a_certificate_of_another_authority(certs: Path) -> None:
    Authority.create().issue("orders").write(certs, "orders")

    with pytest.raises(ImproperlyConfigured, match=r"/orders\.crt is not signed by .*/ca\.crt; `manage.py dev_certs`"):
        channel_credentials(certs, "orders")
