"""Who calls: the name in its certificate, which the handshake has checked."""

from __future__ import annotations

import grpc

from shopflow.certificates import SERVICES

NOBODY = "an unnamed caller"


def identify(context: grpc.ServicerContext) -> str:
    """The one name of a service among the certificate's subject alternative names."""
    names = context.auth_context().get("x509_subject_alternative_name", ())
    known = [name for name in (bytes(name).decode() for name in names) if name in SERVICES]
    return known[0] if len(known) == 1 else NOBODY
