"""What a web server serves, and, where the settings say so, the relay beside it."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopflow.settings.local")
application = get_wsgi_application()

if settings.HOSTED != settings.CONTEXTS:
    from shopflow.grpc.channels import require_credentials

    require_credentials()

if settings.RELAY_THREAD:
    from shopflow import wiring
    from shopflow.messaging.runner import start_thread

    start_thread(wiring.runner())

# What is loaded now stays, so the collector need not look at it again and again; nor so often at what requests leave,
# which is hardly ever a cycle.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
