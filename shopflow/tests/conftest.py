from __future__ import annotations

import logging.config
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.conf import settings

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
