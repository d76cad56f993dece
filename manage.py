#!/usr/bin/env python3
"""ShopFlow's command line: `python manage.py up` is all that a new machine needs."""

import os
import sys

from shopflow.bootstrap import ensure_environment


def main() -> None:
    settings = os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopflow.settings.local")
    ensure_environment(local=settings.endswith((".local", ".test")))
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import InterfaceError, OperationalError

    try:
        execute_from_command_line(sys.argv)
    except (InterfaceError, OperationalError) as error:
        sys.exit(f"a database does not answer: {str(error).splitlines()[0]}")
    except (ImproperlyConfigured, PermissionError) as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
