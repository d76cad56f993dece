"""How a worker waits for a broker that is away: looking often, for as long as it takes."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery.worker.consumer import Consumer


class PatientConsumer(Consumer):  # type: ignore[misc]  # a class without types
    """Celery's own waits up to half a minute between two looks: so long would events lie after an outage."""

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(
            conn.ensure_connection, interval_start=0.2, interval_step=0.3, interval_max=1.0
        )
        return super().ensure_connected(conn)
