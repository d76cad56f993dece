from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.ports import Ports
from tests.contracts import grpc_services
from tests.contracts.stages import FAKE, FakeStage, RealStage, Stage
from tests.contracts.transports import TRANSPORTS


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Iterator[Ports]:
    """Each context behind its contract."""
    with TRANSPORTS[request.param]() as wired:
        yield wired


@pytest.fixture(params=[*TRANSPORTS, FAKE])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The inventory behind its contract, and the fake of it that the tests of the orders stand on."""
    if request.param == FAKE:
        yield FakeStage()
    else:
        with TRANSPORTS[request.param]() as wired:
            yield RealStage(wired.inventory)


@pytest.fixture(scope="session", autouse=True)
def _services_end_with_the_run() -> Iterator[None]:
    yield
    grpc_services.running.close()
