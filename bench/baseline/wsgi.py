import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.baseline.settings")
application = get_wsgi_application()

if settings.RELAY_THREAD:
    from bench.baseline.relay import start_thread

    start_thread()
