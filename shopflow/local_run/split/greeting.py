"""What is where, once it is."""

from __future__ import annotations

from django.conf import settings

from shopflow.local_run.console import Console
from shopflow.local_run.port import HOST
from shopflow.local_run.split.ports import Ports
from shopflow.local_run.staff import Staff

READY = """
ShopFlow is ready ({seconds:.1f} s)

  shop API     {url}/api/v1/products
  API docs     {url}/api/docs/
  back office  not part of the split yet: `manage.py up` has it, with the same data
  staff login  {email}   {password}

  gateway      Envoy on :{ports.gateway}, its admin page http://{host}:{ports.admin}/
{contexts}

Ctrl-C stops it. What it keeps is in {state}
"""


def greet(ports: Ports, staff: Staff, console: Console) -> None:
    contexts = (f"  {context:<11}  HTTP :{ports.http[context]}, gRPC :{ports.grpc[context]}" for context in ports.http)
    console.tell(
        READY.format(
            seconds=console.elapsed,
            url=f"http://{HOST}:{ports.gateway}",
            host=HOST,
            ports=ports,
            contexts="\n".join(contexts),
            email=staff.email,
            password=staff.password,
            state=settings.STATE_DIR,
        )
    )
