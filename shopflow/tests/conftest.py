from __future__ import annotations

import logging.config
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings

from shopflow.certificates import ensure_certificates
from shopflow.observability.logs import logging_settings

Log = Callable[[], str]
"""Everything logged so far."""


def captured(style: str) -> Iterator[Log]:
    logging.config.dictConfig(logging_settings(style=style, level="INFO"))
    written = StringIO()
    handlers = [*logging.getLogger().handlers, *logging.getLogger("shopflow.access").handlers]
    for handler in handlers:
        if handler.name in ("console", "access"):
            assert isinstance(handler, logging.StreamHandler)
            handler.setStream(written)
    yield written.getvalue
    logging.config.dictConfig(settings.LOGGING)


@pytest.fixture
def text_log() -> Iterator[Log]:
    yield from captured("text")


@pytest.fixture
def json_log() -> Iterator[Log]:
    yield from captured("json")


@pytest.fixture(scope="session")
def service_certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of every service; nobody changes them."""
    directory = tmp_path_factory.mktemp("services") / "certs"
    ensure_certificates(directory)
    return directory
