"""For commands that need neither a database nor a secret: collectstatic, dev_certs, gateway_config."""

from __future__ import annotations

import secrets
from typing import Any

from shopflow.settings import environment
from shopflow.settings.base import *  # noqa: F403

SECRET_KEY = secrets.token_urlsafe(48)  # each process makes up its own: good for nothing that outlives it
DATABASES: dict[str, dict[str, Any]] = {"default": {}}
STATIC_ROOT = environment.text("SHOPFLOW_STATIC_ROOT", "/srv/static")
