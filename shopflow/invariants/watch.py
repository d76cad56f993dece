"""The shop looks at its own books now and then, so that a breach does not wait for somebody who runs `verify_shop`."""

from __future__ import annotations

import logging

from django.conf import settings
from prometheus_client import Gauge

from shopflow.invariants.base import check
from shopflow.invariants.every import EVERY

logger = logging.getLogger(__name__)

BREACHES = Gauge("shopflow_invariant_breaches", "What broke a rule when it was last looked at.", ["invariant"])
NAMED = 5


def watch_invariants(context: str) -> None:
    """Those of this context; with the first of them, where all are here, those between contexts."""
    for invariant in EVERY:
        if invariant.contexts[0] != context or not set(invariant.contexts) <= set(settings.HOSTED):
            continue
        breaches = sorted(check(invariant).breaches)
        BREACHES.labels(invariant.says).set(len(breaches))
        if breaches:
            named = ", ".join(breaches[:NAMED])
            logger.error("%d break the rule that %s: %s", len(breaches), invariant.says, named)
