from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import structlog

from contracts.caller import Caller, calling_as
from shopflow.observability.logs import logging_settings
from shopflow.tests.conftest import Log


def written(json_log: Log) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(json_log())
    return line


def test_every_line_says_for_which_request_and_user(json_log: Log) -> None:
    with calling_as(Caller(request_id="one", user_id=42)):
        structlog.get_logger("shop").info("stock moved", product_id=7)
    line = written(json_log)
    assert line.pop("timestamp")
    assert line == {
        "event": "stock moved",
        "level": "info",
        "logger": "shop",
        "product_id": 7,
        "request_id": "one",
        "user_id": 42,
    }


def test_a_line_of_the_standard_library_looks_the_same(json_log: Log) -> None:
    with calling_as(Caller(request_id="one")):
        logging.getLogger("library").warning("slow: %s", 3)
    line = written(json_log)
    assert (line["event"], line["level"], line["request_id"]) == ("slow: 3", "warning", "one")


@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "token", "access_token", "Authorization", "email", "e_mail", "cookie", "SECRET_KEY"],
)
def test_secrets_are_redacted_by_name(json_log: Log, name: str) -> None:
    structlog.get_logger("shop").info("seen", **{name: "hunter2", "body": {name: ["hunter2"], "kept": 1}})
    line = written(json_log)
    assert line[name] == "[redacted]"
    assert line["body"] == {name: "[redacted]", "kept": 1}


def test_addresses_are_redacted_wherever_they_stand(json_log: Log) -> None:
    logging.getLogger("library").warning("mail to <%s> bounced", "ann.lee+x@mail.shop.test")
    assert written(json_log)["event"] == "mail to <[redacted]> bounced"


def test_a_stack_keeps_no_rows_that_postgresql_quotes(json_log: Log) -> None:
    error = RuntimeError("duplicate key\nDETAIL:  Key (username)=(ann) already exists.")
    logging.getLogger("library").error("broke", exc_info=error)
    exception = written(json_log)["exception"]
    assert "RuntimeError: duplicate key\nDETAIL: [redacted]" in exception
    assert "(ann)" not in exception


@pytest.mark.parametrize("logger", ["django.db.backends", "django.request", "django.server"])
def test_loggers_that_quote_customers_are_silent(json_log: Log, logger: str) -> None:
    logging.getLogger(logger).debug("SELECT 1; args=('ann',)")
    logging.getLogger("django.request").error("Internal Server Error: /users/ann")
    logging.getLogger("django.server").error('"GET /?q=ann" 200')
    assert json_log() == ""


def test_text_lines_are_for_people(text_log: Log) -> None:
    structlog.get_logger("shop").info("stock moved", product_id=7)
    assert "stock moved" in (line := text_log())
    assert "product_id=7" in line


def test_there_is_no_third_style() -> None:
    with pytest.raises(KeyError):
        logging_settings(style="xml", level="INFO")
