from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from rest_framework.throttling import SimpleRateThrottle

from shopflow.settings import environment

NAME = "SHOPFLOW_LOGIN_RATE"


@pytest.mark.parametrize(
    ("value", "parsed"),
    [("1/s", (1, 1)), ("10/min", (10, 60)), ("100000/hour", (100000, 3600)), ("7/day", (7, 86400))],
)
def test_takes_a_rate_that_the_throttles_take(
    monkeypatch: pytest.MonkeyPatch, value: str, parsed: tuple[int, int]
) -> None:
    monkeypatch.setenv(NAME, value)

    assert (
        SimpleRateThrottle.parse_rate(SimpleRateThrottle.__new__(SimpleRateThrottle), environment.rate(NAME, "1/s"))
        == parsed
    )


@pytest.mark.parametrize(
    "value", ["", "10", "10/fortnight", "10/month", "10/", "0/min", "-1/min", "ten/min", "1.5/min", "10 / min", "٣/min"]
)
def test_refuses_a_rate_that_the_throttles_would_not_take_or_take_for_another(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(NAME, value)

    with pytest.raises(ImproperlyConfigured) as caught:
        environment.rate(NAME, "10/min")

    assert str(caught.value) == (
        f"SHOPFLOW_LOGIN_RATE must be a rate such as 10/min (per sec, min, hour or day); it is {value!r}"
    )


ORIGINS = "SHOPFLOW_CORS_ORIGINS"


def test_takes_origins_as_browsers_name_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ORIGINS, "https://shop.example.com, http://localhost:5173")

    assert environment.origins(ORIGINS) == ["https://shop.example.com", "http://localhost:5173"]


@pytest.mark.parametrize("value", ["shop.example.com", "*", "https://shop.example.com/", "http://x/path", "ftp://x"])
def test_refuses_what_no_browser_would_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(ORIGINS, f"https://shop.example.com,{value}")

    with pytest.raises(ImproperlyConfigured) as refused:
        environment.origins(ORIGINS)
    assert str(refused.value) == f"{ORIGINS} must be origins such as https://shop.example.com; it has {value!r}"
