"""Which contexts this process hosts, and where it finds the others."""

from __future__ import annotations

import re

from django.core.exceptions import ImproperlyConfigured

LOCAL = "local"
REMOTE = re.compile(r"grpc://(?P<target>[A-Za-z0-9.\-]+:[0-9]{1,5}|\[[0-9a-fA-F:]+\]:[0-9]{1,5})")
"""A host name, of which each address is an instance, or an address; and a port."""


def parse_peers(text: str, *, contexts: tuple[str, ...]) -> dict[str, str]:
    """`inventory=local,payments=grpc://host:port,…` as a mapping to `local` or `host:port`; nothing: all are local."""
    if not text:
        return dict.fromkeys(contexts, LOCAL)
    peers: dict[str, str] = {}
    for entry in text.split(","):
        context, equals, address = entry.strip().partition("=")
        if context not in contexts:
            raise ImproperlyConfigured(f"SHOPFLOW_PEERS names an unknown context: {context!r}")
        if context in peers:
            raise ImproperlyConfigured(f"SHOPFLOW_PEERS names {context} twice")
        remote = REMOTE.fullmatch(address)
        if not equals or not (address == LOCAL or remote):
            raise ImproperlyConfigured(f"SHOPFLOW_PEERS: {context} must be local or grpc://host:port, not {address!r}")
        peers[context] = remote["target"] if remote else LOCAL
    if missing := [context for context in contexts if context not in peers]:
        raise ImproperlyConfigured(f"SHOPFLOW_PEERS does not say where to find {', '.join(missing)}")
    if LOCAL not in peers.values():
        raise ImproperlyConfigured(
            "SHOPFLOW_PEERS: at least one context must be local, else this process has nothing to do"
        )
    return peers


def parse_parts(names: list[str], *, among: tuple[str, ...], peers: dict[str, str]) -> tuple[str, ...]:
    """What this process serves over HTTP: SHOPFLOW_SERVE; nothing: all that it can."""
    if unknown := [name for name in names if name not in among]:
        raise ImproperlyConfigured(f"SHOPFLOW_SERVE must name {', '.join(among)}; it names {', '.join(unknown)}")
    if away := [name for name in names if not _can_serve(name, peers)]:
        raise ImproperlyConfigured(
            f"SHOPFLOW_SERVE names {', '.join(away)}, but SHOPFLOW_PEERS puts that, or what it stands on, elsewhere"
        )
    return tuple(names) or tuple(part for part in among if _can_serve(part, peers))


def _can_serve(part: str, peers: dict[str, str]) -> bool:
    """The back office stands on the tables of every context."""
    needed = peers if part == "backoffice" else [part]
    return all(peers.get(name, LOCAL) == LOCAL for name in needed)


def identity_of(named: str, *, hosted: tuple[str, ...]) -> str:
    """The name in this process's certificate."""
    return named or (hosted[0] if len(hosted) == 1 else "shopflow")
