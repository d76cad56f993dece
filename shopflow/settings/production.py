"""Production: every secret and every address comes from the environment, and nothing has a default that is unsafe."""

from __future__ import annotations

from shopflow.observability.logs import RENDERERS, logging_settings
from shopflow.settings import environment
from shopflow.settings.base import *  # noqa: F403
from shopflow.settings.base import LOG_LEVEL, SIMPLE_JWT, database_settings
from shopflow.settings.keys import signing_keys
from shopflow.settings.services import JWKS_URL

SECRET_KEY = environment.text("SHOPFLOW_SECRET_KEY")
ALLOWED_HOSTS = environment.words("SHOPFLOW_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = environment.words("SHOPFLOW_TRUSTED_ORIGINS")
DATABASES = database_settings(lambda _context: None)
if not JWKS_URL:
    JWT_KEYS = signing_keys(
        environment.text("SHOPFLOW_JWT_PRIVATE_KEY"), retired=environment.text("SHOPFLOW_JWT_RETIRED_KEYS", "")
    )
    SIMPLE_JWT = {**SIMPLE_JWT, **JWT_KEYS}
HTTP_PLAINTEXT = environment.choice("SHOPFLOW_HTTP_PLAINTEXT", "0", among=("0", "1")) == "1"
"""For a try on one machine: nothing in front ends TLS. `check --deploy` refuses it."""
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not HTTP_PLAINTEXT
SECURE_HSTS_SECONDS = 0 if HTTP_PLAINTEXT else 31536000
STATIC_ROOT = environment.text("SHOPFLOW_STATIC_ROOT", "/srv/static")
SECURE_REDIRECT_EXEMPT = [  # asked inside, without TLS: by the orchestrator, and by the other services
    r"^health",
    r"^metrics$",
    r"^\.well-known/jwks\.json$",
]
STAFF_TOTP = environment.choice("SHOPFLOW_STAFF_TOTP", "1", among=("0", "1")) == "1"
INVOICE = environment.choice("SHOPFLOW_INVOICE", "0", among=("0", "1")) == "1"
LOGGING = logging_settings(
    style=environment.choice("SHOPFLOW_LOG_FORMAT", "json", among=tuple(RENDERERS)), level=LOG_LEVEL
)
