"""The tests: as local, on a PostgreSQL of their own, every call through the codec."""

from __future__ import annotations

from shopflow.postgres import database_url
from shopflow.settings.base import REST_FRAMEWORK, database_settings
from shopflow.settings.local import *  # noqa: F403
from shopflow.settings.services import BASE_DIR

POSTGRES_DATA = BASE_DIR / ".shopflow" / "test" / "postgres"
DATABASES = database_settings(lambda context: database_url(POSTGRES_DATA, f"shopflow_{context}"))
LOCAL_TRANSPORT = "strict"
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": dict.fromkeys(("login", "login_address", "register"))}
PASSWORD_HASHERS = ["users.tests.hashers.CheapArgon2PasswordHasher"]
