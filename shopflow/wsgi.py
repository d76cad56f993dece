"""What a web server serves, and, where the settings say so, the relay beside it."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopflow.settings.local")
application = get_wsgi_application()

if settings.RELAY_THREAD:
    from shopflow import wiring
    from shopflow.messaging.runner import start_thread

    start_thread(wiring.runner())

gc.collect()
gc.freeze()  # what is loaded now stays: looking at it again and again cost a fifth of each order
