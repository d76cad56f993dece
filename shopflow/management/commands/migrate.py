"""Django's own `migrate`, for the database of every context that is hosted here, where none is named."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connections


class Command(MigrateCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: dict[str, Any]) -> dict[Any, Any]:
        named = options["database"]
        return {**super().get_check_kwargs(options), "databases": [named] if named else settings.HOSTED}

    def handle(self, *args: Any, **options: Any) -> None:
        named = options.pop("database")
        for alias in [named] if named else settings.HOSTED:
            if not named:
                self.stdout.write(self.style.MIGRATE_HEADING(f"The {alias} database"))
            with connections[alias].cursor() as cursor:
                cursor.execute("SET statement_timeout = 0")  # an index takes the time that it takes
            super().handle(*args, database=alias, **options)
