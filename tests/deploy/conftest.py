from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy import databases, redis_server as redis_servers
from tests.deploy.image import Image, built


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.getbasetemp()
    return built(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)


@pytest.fixture(scope="module")
def database_urls() -> Iterator[dict[str, str]]:
    with databases.fresh(Path(os.environ["SHOPFLOW_TEST_POSTGRES"])) as urls:
        yield urls


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[redis_servers.RedisServer]:
    with redis_servers.running(tmp_path) as server:
        yield server
