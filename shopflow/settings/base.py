"""What holds everywhere. `local`, `test` and `production` add where it runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_stubs_ext

from shopflow.observability.logs import RENDERERS, logging_settings
from shopflow.settings import environment
from shopflow.settings.back_office import *  # noqa: F403
from shopflow.settings.messages import *  # noqa: F403
from shopflow.settings.messages import SINK
from shopflow.settings.people import *  # noqa: F403
from shopflow.settings.selling import *  # noqa: F403
from shopflow.settings.services import *  # noqa: F403
from shopflow.settings.services import CONTEXTS, HOSTED, SERVE, STATE_DIR
from shopflow.settings.tls import no_lines_of_grpc, only_tls_1_3

django_stubs_ext.monkeypatch()  # makes Django's generic classes subscriptable, as the type checker sees them
only_tls_1_3()
no_lines_of_grpc()

DEBUG = False
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "shopflow.urls"
WSGI_APPLICATION = "shopflow.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = "shopflow.formats"
STATIC_URL = "static/"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
UPLOAD_BYTES = 21 * 1024 * 1024
"""Of a request with which staff hands a file to the back office: 20 MiB, and what a form puts around it."""
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"
"""The API never looks at a cookie, and so is never sent one."""

INSTALLED_APPS = [
    "shopflow",
    "shopflow.messaging",
    "users",
    "inventory",
    "orders",
    "payments",
    "unfold.apps.BasicAppConfig",  # before Django's admin, whose templates it replaces
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "shopflow.back_office.apps.BackOfficeAppConfig",
    "shopflow.back_office.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "shopflow.http.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    *(["whitenoise.middleware.WhiteNoiseMiddleware"] if {"docs", "backoffice"} & {*SERVE} else []),
    "shopflow.http.middleware.KnownHosts",
    "shopflow.http.middleware.BackOfficeQuery",
    "shopflow.http.middleware.BackOfficeSession",
    "django.middleware.csrf.CsrfViewMiddleware",
    "shopflow.http.middleware.BackOfficeUser",
    "shopflow.back_office.session_limits.SessionLimits",
    "shopflow.http.middleware.BackOfficeMessages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "shopflow.http.middleware.BodyLimit",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- data: one alias per context; `default` stays blank, so that nothing lands there by accident -------------------
DATABASE_ROUTERS = ["shopflow.routing.ContextRouter"]
LONGEST_STATEMENT = 59
"""Seconds: less than the grace of an overdue reservation (60, `inventory/expiry.py`). An order's insert that outlived
that could find its stock sold to another."""
STATEMENT_SECONDS = environment.number("SHOPFLOW_STATEMENT_SECONDS", 30, between=(1, LONGEST_STATEMENT))
DATABASE_OPTIONS: dict[str, Any] = {
    "server_side_binding": True,  # with prepared statements: planning the two statements of an order costs more
    "prepare_threshold": 2,  # than running them
    "connect_timeout": 5,  # seconds; a server that is gone without a word must not hold a request for minutes,
    "tcp_user_timeout": 10_000,  # milliseconds, nor one that vanishes later
    "keepalives_idle": 10,  # seconds, even where it had taken the question: then nothing of ours is under way that
    "keepalives_interval": 5,  # it would have to confirm, and by itself the kernel asks after two hours
    "options": f"-c statement_timeout={STATEMENT_SECONDS}s",
}


def database_settings(url_of: Any) -> dict[str, dict[str, Any]]:
    """DATABASES of the hosted contexts; `url_of(context)` gives the URL, where the environment has none."""
    databases: dict[str, dict[str, Any]] = {"default": {}}
    for context in HOSTED:
        settings = environment.database(f"{context.upper()}_DATABASE_URL", url_of(context))
        settings["OPTIONS"] = _with_ours(settings.get("OPTIONS", {}))
        settings["CONN_MAX_AGE"] = environment.number("SHOPFLOW_CONN_MAX_AGE", 600)
        settings["TEST"] = {"DEPENDENCIES": []}
        databases[context] = settings
    return databases


def _with_ours(given: dict[str, Any]) -> dict[str, Any]:
    """The URL's options go before ours, but for the limit of a statement, which has a variable of its own."""
    options = f"{given.get('options', '')} {DATABASE_OPTIONS['options']}".strip()
    return {**DATABASE_OPTIONS, **given, "options": options}


# --- accounts --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
LOGIN_REDIRECT_URL = "admin:index"  # whoever comes to the login by its own address
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # email is unique, by a constraint on lower(email) that the check overlooks
    "axes.W002",  # our own form answers who is locked out, instead of a middleware
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 6}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SIMPLE_JWT: dict[str, Any] = {
    "ALGORITHM": "RS256",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ISSUER": "shopflow",
    "AUDIENCE": "shopflow",
    "LEEWAY": 5,  # seconds: the clocks of two machines never quite agree
}

CACHES = {  # throttles live here: of this process, so each process counts for itself
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}}
}

# --- HTTP API ---------------------------------------------------------------------------------------------------------
GATEWAY_PROXIES = environment.number("SHOPFLOW_GATEWAY_PROXIES", 0)
"""Trusted proxies in front of the gateway."""
PROXIES = environment.number("SHOPFLOW_PROXIES", 0) + GATEWAY_PROXIES
"""All between a client and this process that are trusted: for others, X-Forwarded-For would evade throttles."""
CATALOG_WRITES = environment.choice("SHOPFLOW_CATALOG_WRITES", "staff", among=("staff", "anyone"))
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["shopflow.http.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["contracts.http.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "contracts.http.negotiation.TheObviousFirst",
    "DEFAULT_SCHEMA_CLASS": "contracts.http.schema.ApiSchema",
    "DEFAULT_THROTTLE_RATES": {
        "login": environment.rate("SHOPFLOW_LOGIN_RATE", "10/min"),
        "login_address": environment.rate("SHOPFLOW_LOGIN_ADDRESS_RATE", "60/min"),
        "register": environment.rate("SHOPFLOW_REGISTER_RATE", "20/min"),
    },
    "NUM_PROXIES": PROXIES,
    "EXCEPTION_HANDLER": "shopflow.http.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "NON_FIELD_ERRORS_KEY": "body",
}
REQUEST_TIME_LIMIT = environment.number("SHOPFLOW_REQUEST_SECONDS", 30)
"""Seconds that one request and everything it calls may take."""
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "ShopFlow",
    "DESCRIPTION": "A shop: accounts, catalogue, stock, orders, payments. Errors are problem details (RFC 9457).",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    "ENUM_NAME_OVERRIDES": {
        "HealthStatusEnum": ["healthy", "unhealthy"],
        "DeliveryStatusEnum": "users.api.webhook_serializers.STATUSES",
        "OrderStatusEnum": "orders.api.serializers.STATUSES",
    },
    "SERVE_AUTHENTICATION": [],
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- logs -------------------------------------------------------------------------------------------------------------
LOG_STYLE = environment.choice("SHOPFLOW_LOG_FORMAT", "text", among=tuple(RENDERERS))
LOG_LEVEL = environment.choice("SHOPFLOW_LOG_LEVEL", "INFO", among=("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = logging_settings(style=LOG_STYLE, level=LOG_LEVEL)

# --- contexts and messages --------------------------------------------------------------------------------------------
LOCAL_TRANSPORT = environment.choice("SHOPFLOW_LOCAL_TRANSPORT", "fast", among=("fast", "strict"))
RELAY_THREAD = (
    environment.choice("SHOPFLOW_RELAY_THREAD", "1", among=("0", "1")) == "1"
    and HOSTED == CONTEXTS
    and SERVE != ("backoffice",)
    and SINK == "inline"
)
"""Whether a web process also delivers the events; where it does not, `manage.py relay` must, or the workers.

One that is the back office alone never does.
"""

# --- manage.py up, up_split and runserver -----------------------------------------------------------------------------
POSTGRES_DATA = STATE_DIR / "postgres"
PORT = environment.number("PORT", 8000)
PORT_OFFSET = environment.number("SHOPFLOW_PORT_OFFSET", 0, between=(0, 15_000))
"""Added to each port of the split but the gateway's, so that two can run side by side."""
NO_COLOR = environment.text("NO_COLOR", "") != ""
ADMIN_EMAIL = environment.text("SHOPFLOW_ADMIN_EMAIL", "")
ADMIN_PASSWORD = environment.text("SHOPFLOW_ADMIN_PASSWORD", "")
