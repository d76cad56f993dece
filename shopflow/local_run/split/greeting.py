"""What is where, once it is."""

from __future__ import annotations

from django.conf import settings

from shopflow.gateway.places import BACK_OFFICE
from shopflow.local_run.console import Console
from shopflow.local_run.port import HOST
from shopflow.local_run.split.ports import Ports
from shopflow.local_run.staff import Staff

READY = """
ShopFlow is ready ({seconds:.1f} s)

  shop API     {url}/api/v1/products
  API docs     {url}/api/docs/
  back office  {url}/admin/
  staff login  {email}   {password}

  gateway      Envoy on :{ports.gateway}, its admin page http://{host}:{ports.admin}/
{contexts}
  back office  HTTP :{back_office}

Ctrl-C stops it. What it keeps is in {state}
"""


def greet(ports: Ports, staff: Staff, console: Console) -> None:
    contexts = (f"  {context:<11}  HTTP :{ports.http[context]}, gRPC :{port}" for context, port in ports.grpc.items())
    console.tell(
        READY.format(
            seconds=console.elapsed,
            url=f"http://{HOST}:{ports.gateway}",
            host=HOST,
            ports=ports,
            back_office=ports.http[BACK_OFFICE],
            contexts="\n".join(contexts),
            email=staff.email,
            password=staff.password,
            state=settings.STATE_DIR,
        )
    )
