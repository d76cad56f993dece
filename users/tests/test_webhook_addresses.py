"""Nobody uses us to reach what only we can reach."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import pytest
from django.conf import LazySettings

from shopflow.certificates import Authority
from users.tests.receiver import receiving
from users.tests.resolver import Resolver
from users.webhooks import sending
from users.webhooks.addresses import AddressRefused, Target, is_public, parse, resolve
from users.webhooks.sending import Failure, send

PUBLIC = "93.184.215.14"
NOT_ASCII = "Only visible ASCII characters; an international domain is written as xn--…."


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    return Resolver(monkeypatch)


@pytest.fixture
def _private(settings: LazySettings) -> None:
    settings.WEBHOOKS_PRIVATE = True


@pytest.fixture
def _trusting(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(cadata=authority.pair.certificate.decode())
    monkeypatch.setattr(sending, "tls_context", lambda: context)


def sent_to(url: str) -> tuple[int | None, Failure | None]:
    outcome = send(url=url, headers={}, body=b"{}")
    return outcome.status_code, outcome.failure


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1",
        "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1",
        "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "::ffff:10.0.0.1",
        "::ffff:127.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
        "::127.0.0.1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_the_internets_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111", "64:ff9b::5db8:d70e", "2002:5db8:d70e::1"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://shop.example/", "Must begin with https://."),
        ("ftp://shop.example/", "Must begin with https://."),
        ("shop.example", "Must begin with https://."),
        ("https://ann:word@shop.example/", "Must hold no user name and no password."),
        ("https://@shop.example/", "Must hold no user name and no password."),
        ("https://shop.example:22/", "Only the ports 443 and 8443 may be used."),
        ("https://shop.example:0/", "Only the ports 443 and 8443 may be used."),
        ("https://shop.example:99999/", "Not a URL."),
        ("https://[::1/", "Not a URL."),
        ("https:///path", "Must have a host, and no fragment."),
        ("https://shop.example/#part", "Must have a host, and no fragment."),
        ("https://shop%2eexample/", "Must have a host, and no fragment."),
        ("https://shop.example\\@127.0.0.1/", NOT_ASCII),
        ("https://shop.example/a b", NOT_ASCII),
        ("https://shop.example/\r\nX: y", NOT_ASCII),
        ("https://shöp.example/", NOT_ASCII),
    ],
)  # fmt: skip
def test_a_url_that_no_webhook_may_have_is_refused(url: str, reason: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        parse(url)
    assert str(refused.value) == reason


def test_a_url_is_taken_apart() -> None:
    assert parse("https://Shop.example/hook?of=1") == Target(
        secure=True, host="shop.example", port=443, path="/hook?of=1"
    )
    assert parse("https://shop.example:8443") == Target(secure=True, host="shop.example", port=8443, path="/")


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "localhost."]
)
def test_loopback_is_refused_whatever_it_is_called(host: str) -> None:
    with pytest.raises(AddressRefused):
        resolve(parse(f"https://{host}/"))
    assert sent_to(f"https://{host}/") in {(None, Failure.ADDRESS_REFUSED), (None, Failure.UNRESOLVED)}


def test_a_host_with_one_private_address_is_refused(resolver: Resolver) -> None:
    resolver.knows("both.example", [PUBLIC, "10.0.0.1"])
    with pytest.raises(AddressRefused):
        resolve(parse("https://both.example/"))


def test_a_host_that_nobody_knows_is_refused() -> None:
    with pytest.raises(AddressRefused) as refused:
        resolve(parse("https://no-such-host.invalid/"))
    assert str(refused.value) == "This host cannot be resolved."
    assert sent_to("https://no-such-host.invalid/") == (None, Failure.UNRESOLVED)


@pytest.mark.usefixtures("_private")
def test_a_setting_allows_private_addresses_and_plain_http() -> None:
    assert resolve(parse("http://127.0.0.1:8080/")) == ("127.0.0.1",)
    with pytest.raises(AddressRefused):
        parse("file:///etc/passwd")


def test_a_name_that_became_private_since_is_refused_when_it_is_sent_to(resolver: Resolver) -> None:
    resolver.knows("rebinding.example", [PUBLIC], ["127.0.0.1"])
    assert resolve(parse("https://rebinding.example/")) == (PUBLIC,)
    assert sent_to("https://rebinding.example/") == (None, Failure.ADDRESS_REFUSED)


@pytest.mark.usefixtures("_private")
def test_the_connection_is_made_to_the_address_that_was_checked(resolver: Resolver) -> None:
    resolver.knows("rebinding.example", ["127.0.0.1"], ["127.0.0.2"])
    with receiving() as receiver:
        assert sent_to(f"http://rebinding.example:{receiver.port}/hook") == (204, None)
    assert resolver.asked == ["rebinding.example"]
    assert [message.headers["Host"] for message in receiver.taken] == [f"rebinding.example:{receiver.port}"]


@pytest.fixture
def authority() -> Authority:
    return Authority.create()


@pytest.fixture
def tls_of(authority: Authority, tmp_path: Path) -> Callable[[str], ssl.SSLContext]:
    """Of a server with a certificate for a name."""

    def context(name: str) -> ssl.SSLContext:
        pair = authority.issue(name)
        (tmp_path / "chain.pem").write_bytes(pair.certificate + pair.key)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tmp_path / "chain.pem")
        return context

    return context


@pytest.mark.parametrize(
    ("certified", "expected"), [("hooks.example", (204, None)), ("other.example", (None, Failure.TLS_FAILED))]
)
@pytest.mark.usefixtures("_trusting", "_private")
def test_tls_is_for_the_name_though_the_connection_is_to_an_address(
    resolver: Resolver, tls_of: Callable[[str], ssl.SSLContext], certified: str, expected: tuple[int, Failure]
) -> None:
    server = tls_of(certified)
    names: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: names.append(name)
    resolver.knows("hooks.example", ["127.0.0.1"])
    with receiving(tls=server) as receiver:
        assert sent_to(f"https://hooks.example:{receiver.port}/hook") == expected
    assert names == ["hooks.example"]


@pytest.mark.usefixtures("_private")
def test_the_certificate_of_a_stranger_is_not_trusted(tls_of: Callable[[str], ssl.SSLContext]) -> None:
    with receiving(tls=tls_of("hooks.example")) as receiver:
        assert sent_to(receiver.url) == (None, Failure.TLS_FAILED)
        assert receiver.taken == []
