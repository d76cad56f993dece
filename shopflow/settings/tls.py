"""Between services, TLS 1.3 only. gRPC's Python API has no option for that, so it is told through the environment."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured

CIPHERS = "GRPC_SSL_CIPHER_SUITES"
NONE_OF_TLS_1_2 = "ECDHE-PSK-CHACHA20-POLY1305"
"""The variable names the ciphers of TLS 1.2 alone; those of 1.3 are fixed. This one needs a secret shared beforehand,
and no side of ours ever has one: no handshake of TLS 1.2 can succeed, whatever certificate there is."""
VERBOSITY = "GRPC_VERBOSITY"


def only_tls_1_3() -> None:
    """The variable is read once, when gRPC is imported: the settings come first, or nothing starts."""
    if "grpc" in sys.modules and os.environ.get(CIPHERS) != NONE_OF_TLS_1_2:
        raise ImproperlyConfigured(f"grpc was imported before the settings: import them first, or set {CIPHERS}")
    os.environ[CIPHERS] = NONE_OF_TLS_1_2


def no_lines_of_grpc() -> None:
    """Unless somebody looks for a fault: its core writes past our log, a line for each stranger who shakes hands."""
    os.environ.setdefault(VERBOSITY, "NONE")
