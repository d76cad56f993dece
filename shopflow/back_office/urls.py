"""The back office's pages that belong to no one table. The site lets in only staff; each asks for its own right."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from shopflow.back_office import backlog, dead_letters, invariants_page

PAGES: Final[list[URLPattern]] = [
    path("backlog/", backlog.backlog, name="backlog"),
    path("dead-letters/", dead_letters.dead_letters, name="dead_letters"),
    path("dead-letters/<str:context>/replay/", dead_letters.replay_all_of, name="dead_letters_replay"),
    path("dead-letters/<str:context>/<uuid:event_id>/", dead_letters.dead_letter, name="dead_letter"),
    path("dead-letters/<str:context>/<uuid:event_id>/replay/", dead_letters.replay_one, name="dead_letter_replay"),
    path("invariants/", invariants_page.invariants, name="invariants"),
    path("invariants/run/", invariants_page.run, name="invariants_run"),
]
