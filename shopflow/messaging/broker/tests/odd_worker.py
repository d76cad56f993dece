"""A worker of orders and inventory whose handler does what a test tells it through files.

    python -m shopflow.messaging.broker.tests.odd_worker FOLDER LEASE_SECONDS THREADS

FOLDER/hold: wait in the middle of the effect for as long as the file is there. FOLDER/fail: fail while it is.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import django
from opentelemetry import trace

django.setup()

from contracts.caller import current_caller  # noqa: E402 - Django comes first
from contracts.events import OrderCancelled, OrderConfirmed  # noqa: E402
from contracts.messaging import Envelope  # noqa: E402
from inventory.models import Product  # noqa: E402
from shopflow.messaging.broker import handing_over, worker  # noqa: E402
from shopflow.messaging.periodic import Job  # noqa: E402

FOLDER = Path(sys.argv[1])


def writes_down(envelope: Envelope[Any]) -> None:
    """Not safe to repeat: a second time would be seen."""
    trace_id = trace.get_current_span().get_span_context().trace_id
    what = f"{envelope.event.type} {envelope.event.aggregate_id}"
    Product.objects.create(sku=str(Product.objects.count()), name=what, price=1, description=_origin(trace_id))
    while (FOLDER / "hold").exists():
        (FOLDER / "held").touch()
        time.sleep(0.01)
    if (FOLDER / "fail").exists():
        raise ValueError("as told")


def _origin(trace_id: int) -> str:
    return f"{current_caller().request_id} {trace_id:032x}"


def job() -> None:
    Product.objects.create(sku="job", name="job", price=1)


if __name__ == "__main__":
    handing_over.LEASE_SECONDS = handing_over.LONGEST_LEASE_SECONDS = float(sys.argv[2])
    worker.THREADS = int(sys.argv[3])
    handlers = {"orders": {}, "inventory": {OrderConfirmed: [writes_down], OrderCancelled: [writes_down]}}
    jobs = {"orders": (), "inventory": (Job(job, seconds=1.0),)}
    code = worker.work(handlers, jobs, when_running=lambda: print("worker: running", flush=True))  # noqa: T201
    print("worker: stopped", flush=True)  # noqa: T201
    sys.exit(code)
