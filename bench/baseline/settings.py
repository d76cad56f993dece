"""What `startproject` writes, set for production, with ShopFlow's connection settings and the same kind of token."""

from __future__ import annotations

import os
from typing import Any

import dj_database_url

from shopflow.settings.base import DATABASE_OPTIONS

SECRET_KEY = "the baseline keeps no secrets"  # noqa: S105
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.baseline.urls"
WSGI_APPLICATION = "bench.baseline.wsgi.application"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "rest_framework",
    "bench.baseline",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
DATABASES: dict[str, Any] = {
    "default": {
        **dj_database_url.parse(os.environ["BASELINE_DATABASE_URL"]),
        "CONN_MAX_AGE": 600,
        "OPTIONS": {**DATABASE_OPTIONS},
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
SIMPLE_JWT = {
    "ALGORITHM": "RS256",
    "VERIFYING_KEY": os.environ.get("BASELINE_JWT_PUBLIC_KEY", ""),
    "ISSUER": "shopflow",
    "AUDIENCE": "shopflow",
}
RELAY_THREAD = os.environ.get("SHOPFLOW_RELAY_THREAD", "0") == "1"
