"""Django's own `runserver`, with what `up` starts beside the web server: unless `up` runs, then it shares that."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.staticfiles.management.commands.runserver import Command as RunserverCommand

from shopflow.local_run.console import Console
from shopflow.local_run.lock import AlreadyHeldError
from shopflow.local_run.preparing import only_here, prepared
from shopflow.local_run.stopping import Stopping, StopRequested
from shopflow.management.hosted import require_hosted


class Command(RunserverCommand):
    default_port = str(settings.PORT)

    def run(self, **options: Any) -> None:
        """The reloader calls this again in a child: there the parent is who runs the shop in this folder."""
        require_hosted(settings.CONTEXTS, to="run the whole shop in one process")
        stopping = Stopping()
        try:
            with only_here():
                stopping.listen()
                with prepared(Console(self.stdout), stopping):
                    super().run(**options)
        except AlreadyHeldError:
            super().run(**options)
        except StopRequested:
            pass
