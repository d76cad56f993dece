"""Where a webhook may go: to public addresses alone, so that nobody uses us to reach what only we can reach.

The name is resolved here, once, and the connection is made to what was checked: an answer that changes between the
check and the connection (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

PORTS: Final = {443, 8443}
VISIBLE_ASCII: Final = re.compile(r"[!-~]+")
HOST: Final = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}", re.ASCII)
NAT64: Final = ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """The text says why, to whoever registers the endpoint."""


class Unresolved(AddressRefused):
    """The name has no address, or nobody who knows it could be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL in its parts; `path` includes the query."""

    secure: bool
    host: str
    port: int
    path: str


def parse(url: str) -> Target:
    """AddressRefused where it is no address that a webhook may have."""
    if not VISIBLE_ASCII.fullmatch(url) or "\\" in url:
        raise AddressRefused("Only visible ASCII characters; an international domain is written as xn--….")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("Not a URL.") from None
    if parts.scheme not in (schemes := {"https", "http"} if settings.WEBHOOKS_PRIVATE else {"https"}):
        raise AddressRefused(f"Must begin with {' or '.join(f'{scheme}://' for scheme in sorted(schemes))}.")
    if "@" in parts.netloc:
        raise AddressRefused("Must hold no user name and no password.")
    if parts.fragment or not HOST.fullmatch(parts.hostname or ""):
        raise AddressRefused("Must have a host, and no fragment.")
    secure = parts.scheme == "https"
    port = port if port is not None else 443 if secure else 80
    if port not in PORTS and not settings.WEBHOOKS_PRIVATE:
        raise AddressRefused("Only the ports 443 and 8443 may be used.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure=secure, host=parts.hostname or "", port=port, path=path)


def resolve(target: Target) -> tuple[str, ...]:
    """The addresses of its host. AddressRefused where one is not public: which of them is taken is not ours to say."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unresolved("This host cannot be resolved.") from None
    addresses = tuple(dict.fromkeys(str(address[0]) for *_, address in found))
    if not settings.WEBHOOKS_PRIVATE and not all(is_public(ip_address(address)) for address in addresses):
        raise AddressRefused("This host has an address that is not public.")
    return addresses


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether it is one of the Internet's, also where it stands for an IPv4 address that a gateway would go on to."""
    if isinstance(ip, IPv6Address) and (inner := _embedded(ip)):
        return is_public(inner)
    unusual = ip.is_multicast or ip.is_reserved or ip.is_unspecified or getattr(ip, "is_site_local", False)
    return ip.is_global and not unusual


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour
