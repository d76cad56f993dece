"""`manage.py replay_dead_letters`: events that failed too often are tried again, once their cause is gone."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shopflow.management.hosted import require_hosted
from shopflow.messaging.dead_letters import replay, replay_all


class Command(BaseCommand):
    help = "Gives events that were parked as dead letters another life; prints each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--context", choices=settings.CONTEXTS, help="of this outbox alone; default: of all here")
        parser.add_argument("--event-id", type=UUID, help="this one alone")

    def handle(self, *args: Any, context: str | None, event_id: UUID | None, **options: Any) -> None:
        contexts = [context] if context else settings.HOSTED
        require_hosted(contexts, to="replay what is in its outbox")
        replayed = sum(self._replay(context, event_id) for context in contexts)
        if event_id and not replayed:
            raise CommandError(f"no dead letter {event_id}")
        self.stdout.write(f"Replayed {replayed}.")

    def _replay(self, context: str, event_id: UUID | None) -> int:
        events = [replay(context, event_id)] if event_id else replay_all(context)
        replayed = [event for event in events if event]
        for event in replayed:
            self.stdout.write(f"{context}  {event.type}  {event.aggregate_id}  {event.event_id}  {event.last_error}")
        return len(replayed)
