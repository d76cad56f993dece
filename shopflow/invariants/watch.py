"""The shop looks at its own books now and then, so that a breach does not wait for somebody who runs `verify_shop`."""

from __future__ import annotations

import logging
from functools import partial

from django.conf import settings
from prometheus_client import Gauge

from shopflow.invariants.base import Invariant, check
from shopflow.invariants.every import EVERY
from shopflow.messaging.periodic import attempt

logger = logging.getLogger(__name__)

BREACHES = Gauge("shopflow_invariant_breaches", "What broke a rule when it was last looked at.", ["invariant"])
NAMED = 5


def watch_invariants(context: str) -> None:
    """Those of this context; with the first of them, where all are here, those between contexts."""
    for invariant in EVERY:
        if invariant.contexts[0] == context and set(invariant.contexts) <= set(settings.HOSTED):
            attempt(f"the rule that {invariant.says}", partial(_look, invariant))


def _look(invariant: Invariant) -> None:
    breaches = sorted(check(invariant).breaches)
    BREACHES.labels(invariant.says).set(len(breaches))
    if breaches:
        named = ", ".join(breaches[:NAMED])
        logger.error("%d break the rule that %s: %s", len(breaches), invariant.says, named)
