"""How staff come in to the back office, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shopflow.settings import environment

STAFF_TOTP = environment.choice("SHOPFLOW_STAFF_TOTP", "0", among=("0", "1")) == "1"
"""Whether all staff need a second factor; else those who have set one up."""

SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: a long day; then everybody logs in again
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_IDLE_SECONDS = 30 * 60
SESSION_NOTED_SECONDS = 60
"""How exactly it is known when somebody was here last: a write for each minute of work, not for each page."""

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # says no to who is locked out; of logins to the back office alone, since
    "django.contrib.auth.backends.ModelBackend",  # the API checks passwords by itself, and has throttles
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS: list[Any] = [["username", "ip_address"]]  # nobody can lock an owner out from elsewhere
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "shopflow.back_office.lockout.account"
AXES_CLIENT_IP_CALLABLE = "shopflow.back_office.lockout.address"
AXES_SENSITIVE_PARAMETERS = [  # besides `password`, of every form whose failures are counted
    *("username", "ip_address", "code", "csrfmiddlewaretoken"),
    *("old_password", "new_password1", "new_password2"),
]
AXES_DISABLE_ACCESS_LOG = True  # who came in is in the log of deeds, without an address
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
