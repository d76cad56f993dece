"""Logs: one line per fact, readable on a developer's screen and JSON in production, with no personal data in either.

`structlog.get_logger()` and `logging.getLogger()` come out of the same chain, so a library's line looks like ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from json import JSONEncoder
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from contracts.caller import current_caller
from shopflow.observability.access import AccessFormatter

SECRET_NAME = re.compile(
    r"passw|token|secret|authori[sz]ation|cookie|e_?mail|credential|api_?key|card|iban", re.IGNORECASE
)
EMAIL = re.compile(r"[^\s@'\"<>(=,;:]+@[^\s@'\"<>),;:]+\.[^\s@'\"<>),;:]+")
ROW_VALUES = re.compile(r"^(\s*(?:DETAIL|CONTEXT|LINE \d+|STATEMENT):).*$", re.MULTILINE)
"""PostgreSQL tells in these which values a statement had."""
REDACTED = "[redacted]"


def who_is_asking(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    caller = current_caller()
    if caller.request_id is not None:
        event.setdefault("request_id", caller.request_id)
    if caller.user_id is not None:
        event.setdefault("user_id", caller.user_id)
    return event


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Whatever is named like a secret, looks like an e-mail address, or is a row that PostgreSQL quotes in an error."""
    _redact(event)
    if "exception" in event:
        event["exception"] = ROW_VALUES.sub(rf"\1 {REDACTED}", event["exception"])
    return event


def _redact(values: MutableMapping[str, Any]) -> None:
    for name, value in values.items():
        if _is_secret(name):
            values[name] = REDACTED
        elif isinstance(value, str):
            if "@" in value:
                values[name] = EMAIL.sub(REDACTED, value)
        elif isinstance(value, Mapping):
            values[name] = inner = dict(value)
            _redact(inner)


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return SECRET_NAME.search(name) is not None


JSON = JSONEncoder(default=str)


def as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return JSON.encode(event)


CHAIN: list[Processor] = [
    who_is_asking,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact,
]
RENDERERS: dict[str, Processor] = {
    "json": as_json,
    "text": structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
}

structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *CHAIN, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


def logging_settings(*, style: str, level: str) -> dict[str, Any]:
    """Django's LOGGING. `style` is a key of RENDERERS."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": CHAIN,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, RENDERERS[style]],
            },
            "access": {"()": AccessFormatter, "renderer": RENDERERS[style]},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line"},
            "access": {"class": "logging.StreamHandler", "formatter": "access"},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "shopflow.access": {"handlers": ["access"], "propagate": False},
            "django": {"level": "INFO", "handlers": [], "propagate": True},
            # SQL with its parameters, which are customers' data:
            "django.db.backends": {"level": "WARNING"},
            # A line or two for each message, a hundred times a second; what fails is a warning:
            "celery": {"level": "WARNING"},
            # Calls to Stripe with their parameters, among them payment methods, and its answers:
            "stripe": {"level": "WARNING"},
            # Who tried to log in, from where:
            "axes": {"level": "CRITICAL", "propagate": False},
            # Raw paths and query strings; RequestMiddleware tells the same by route, server_error logs what broke:
            "django.request": {"level": "CRITICAL", "propagate": False},
            "django.server": {"handlers": [], "level": "CRITICAL", "propagate": False},
        },
    }
