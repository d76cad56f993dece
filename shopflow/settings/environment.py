"""The environment, read here and nowhere else. A value that cannot be used stops the start with one clear line."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:[0-9]{1,5})?", re.ASCII)
RATE = re.compile(r"[1-9][0-9]{0,8}/(s|sec|second|m|min|minute|h|hour|d|day)", re.ASCII)


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set")
    return value


def choice(name: str, default: str, *, among: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in among:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(among)}; it is {value!r}")
    return value


def number(name: str, default: int, *, between: tuple[int, int] | None = None) -> int:
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number; it is {value!r}")
    if between and not between[0] <= int(value) <= between[1]:
        raise ImproperlyConfigured(f"{name} must be from {between[0]} to {between[1]}; it is {value!r}")
    return int(value)


def rate(name: str, default: str) -> str:
    """As Django REST framework takes it, which reads only the first letter of a period, and that at a request."""
    value = text(name, default)
    if not RATE.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must be a rate such as 10/min (per sec, min, hour or day); it is {value!r}")
    return value


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def origins(name: str) -> list[str]:
    """As a browser names them: anything else would silently match nothing."""
    given = words(name)
    if wrong := [origin for origin in given if not ORIGIN.fullmatch(origin)]:
        raise ImproperlyConfigured(f"{name} must be origins such as https://shop.example.com; it has {wrong[0]!r}")
    return given


def number_if_set(name: str) -> int | None:
    return number(name, 0) if name in os.environ else None


def database(name: str, default: str | None = None) -> dict[str, Any]:
    """The Django settings of the database that the variable `name` points at."""
    url = text(name, default)
    try:
        parsed: dict[str, Any] = dict(dj_database_url.parse(url))
    except Exception as error:
        raise ImproperlyConfigured(
            f"{name} is not a database URL such as postgresql://user:password@host:5432/name"
        ) from error
    if parsed.get("ENGINE") != "django.db.backends.postgresql" or not parsed.get("NAME"):
        raise ImproperlyConfigured(f"{name} must be a PostgreSQL URL such as postgresql://user:password@host:5432/name")
    return parsed
