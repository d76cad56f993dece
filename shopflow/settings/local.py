"""A developer's machine, on the embedded PostgreSQL."""

from __future__ import annotations

from shopflow.postgres import database_url
from shopflow.settings import environment
from shopflow.settings.base import *  # noqa: F403
from shopflow.settings.base import POSTGRES_DATA, SIMPLE_JWT, database_settings
from shopflow.settings.keys import local_signing_keys
from shopflow.settings.services import JWKS_URL, STATE_DIR

DEBUG = environment.text("SHOPFLOW_DEBUG", "0") == "1"
SECRET_KEY = "local-only"  # noqa: S105
ALLOWED_HOSTS = ["*"]
DATABASES = database_settings(lambda context: database_url(POSTGRES_DATA, f"shopflow_{context}"))
if not JWKS_URL:
    SIMPLE_JWT = {**SIMPLE_JWT, **local_signing_keys(STATE_DIR / "keys")}
LOCAL_TRANSPORT = environment.choice("SHOPFLOW_LOCAL_TRANSPORT", "strict", among=("fast", "strict"))
WHITENOISE_USE_FINDERS = True
CRASH_FILE = environment.text("SHOPFLOW_CRASH_FILE", "")
"""For crash tests: a file that names the step at which the process that reaches it dies. Production never looks."""
