"""How `up_split` lets the gateway finish what is under way before it ends it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from shopflow.local_run.split.draining import drain
from tests.api.client import Client
from tests.e2e.shop import free_port, until
from tests.gateway.conftest import StartGateway
from tests.gateway.stubs import Handler


def test_what_is_under_way_is_answered_and_nothing_new_is_taken(start: StartGateway) -> None:
    gateway = start()
    arrived, may_answer = threading.Event(), threading.Event()

    def wait(_handler: Handler) -> bool:
        arrived.set()
        may_answer.wait(20)
        return False

    gateway.stubs["inventory"].trouble = wait
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(Client(f"http://{gateway.place.listen}").get, "/api/v1/products")
        assert arrived.wait(20)
        drained = pool.submit(drain, gateway.place.admin.port)
        until(lambda: refuses(gateway.place.listen.port), "a closed door")
        assert not drained.done()
        may_answer.set()
        assert asked.result(20).status == 200
        drained.result(20)


def test_a_gateway_that_is_gone_has_nothing_under_way() -> None:
    drain(free_port())


def refuses(port: int) -> bool:
    try:
        Client(f"http://127.0.0.1:{port}").get("/health")
    except ConnectionError:  # reset, where it was about to be let in
        return True
    return False
