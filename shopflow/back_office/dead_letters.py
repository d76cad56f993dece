"""The pages of the dead letters: which there are, why, and another life for one or all of a context."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.views.decorators.http import require_POST

from contracts.back_office import audit
from shopflow.back_office import letters
from shopflow.back_office.pages import page, render
from shopflow.messaging import dead_letters as service
from shopflow.messaging.backlog import MOST, backlog_of
from shopflow.messaging.models import OutboxEvent

SEE = "messaging.view_outboxevent"
REPLAY = "messaging.replay_deadletter"


@page(SEE)
def dead_letters(request: HttpRequest) -> HttpResponse:
    chosen = request.GET.get("context", "")
    contexts = [chosen] if chosen in settings.CONTEXTS else settings.CONTEXTS
    found = letters.newest(contexts, after=letters.After.parse(request.GET.get("after", "")))
    shown = found[: letters.SHOWN]
    for letter in shown:
        letter.last_error = letters.without_addresses(letter.last_error)
    last = shown[-1] if len(found) > len(shown) else None
    return render(
        request,
        "back_office/dead_letters.html",
        title="Dead letters",
        outboxes=[backlog_of(context) for context in settings.CONTEXTS],
        most=MOST,
        chosen=chosen if chosen in settings.CONTEXTS else "",
        letters=shown,
        after=str(letters.After(last.dead_at, last.event_id)) if last and last.dead_at else "",
        may_replay=request.user.has_perm(REPLAY),
    )


@page(SEE)
def dead_letter(request: HttpRequest, context: str, event_id: UUID) -> HttpResponse:
    """Of any event: a dead one that was replayed is none any more, and whoever replayed it wants to see it arrive."""
    event = _event(context, event_id)
    return render(
        request,
        "back_office/dead_letter.html",
        title=f"{event.type} of {event.aggregate_id}",
        context=context,
        event=event,
        state=_state(event),
        facts=_facts(context, event),
        error=letters.without_addresses(event.last_error),
        data=letters.shown(event.data),
        headers=letters.shown(event.headers),
        held_up=letters.held_up(context, event) if event.delivered_at is None else 0,
        most=MOST,
        may_replay=request.user.has_perm(REPLAY),
    )


@page(SEE, REPLAY)
@require_POST
def replay_one(request: HttpRequest, context: str, event_id: UUID) -> HttpResponse:
    event = _event(context, event_id)
    if service.replay(context, event_id):
        audit.note(request, event, f"Replayed this dead letter of {context}: {event.type} of {event.aggregate_id}.")
        messages.success(request, "Replayed. Below you see whether it arrives.")
    else:
        messages.warning(request, "It is no dead letter any more: somebody has replayed it before you.")
    return redirect("admin:dead_letter", context, event_id)


@page(SEE, REPLAY)
@require_POST
def replay_all_of(request: HttpRequest, context: str) -> HttpResponse:
    _known(context)
    if replayed := service.replay_all(context):
        ids = ", ".join(str(event.event_id) for event in replayed[:10])
        more = f" and {len(replayed) - 10} more" if len(replayed) > 10 else ""
        audit.note(request, OutboxEvent, f"Replayed all {len(replayed)} dead letters of {context}: {ids}{more}.")
        messages.success(
            request, f"Replayed {len(replayed)} of {context}. What fails again is back here within a few minutes."
        )
    else:
        messages.info(request, f"There are no dead letters of {context}.")
    return redirect("admin:dead_letters")


def _event(context: str, event_id: UUID) -> OutboxEvent:
    _known(context)
    event = letters.find(context, event_id)
    if event is None:
        raise Http404("There is no such event, or it arrived so long ago that it is forgotten.")
    return event


def _known(context: str) -> None:
    if context not in settings.CONTEXTS:
        raise Http404("There is no such context.")


def _facts(context: str, event: OutboxEvent) -> list[tuple[str, object]]:
    return [
        ("Event", event.event_id),
        ("Type", f"{event.type}, version {event.version}"),
        ("Of", event.aggregate_id),
        ("Context", context),
        ("Happened", f"{event.created_at:%-d %b %Y, %H:%M:%S}"),
        ("Tried", f"{event.attempts} time{pluralize(event.attempts)}"),
    ]


def _state(event: OutboxEvent) -> str:
    if event.delivered_at:
        return "delivered"
    if event.dead_at:
        return "dead"
    leased = event.leased_until is not None and event.leased_until > timezone.now()
    return "being delivered" if leased else "waiting"
