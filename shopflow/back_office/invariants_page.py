"""The page of the invariants: what the last run found, and a button for another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from contracts.back_office import audit
from shopflow.back_office import invariant_process
from shopflow.back_office.models import InvariantRun, RunState
from shopflow.back_office.pages import page, render
from shopflow.invariants.every import EVERY
from users.models import User

SEE = "back_office.view_invariantrun"
RUN = "back_office.run_invariants"
SHOWN: Final = 20
NAMED: Final = 5
"""At once; the others are unfolded."""


@page(SEE)
def invariants(request: HttpRequest) -> HttpResponse:
    runs = list(InvariantRun.objects.defer("readings").order_by("-started_at", "-pk")[:SHOWN])
    asked = request.GET.get("run", "")
    run = InvariantRun.objects.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
    run = run or (runs[0] if runs else None)
    names = _names([*runs, run] if run else runs)
    lines = _lines(run) if run else []
    read = sum("checked" in line for line in lines)
    return render(
        request,
        "back_office/invariants.html",
        title="Invariants",
        run=run and _shown(run, names),
        lines=lines,
        lines_read=read,
        percent=100 * read // len(EVERY),
        runs=[_shown(run, names) for run in runs],
        many=len(EVERY),
        under_way=any(_state(run) == RunState.RUNNING for run in runs),
        may_run=request.user.has_perm(RUN),
    )


@page(SEE, RUN)
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    try:
        run_id = invariant_process.start(actor_id=request.user.pk)
    except OSError as error:
        messages.error(request, f"No process could be started for it ({type(error).__name__}). Try again in a moment.")
        return redirect("admin:invariants")
    if run_id is None:
        messages.info(request, "A run is under way already: you see it below.")
    else:
        audit.note(request, InvariantRun.objects.get(pk=run_id), "Asked for a run of the invariants.")
    return redirect("admin:invariants")


def _names(runs: Iterable[InvariantRun]) -> dict[int, str]:
    actors = {run.actor_id for run in runs if run.actor_id}
    return dict(User.objects.filter(pk__in=actors).values_list("pk", "username")) if actors else {}


def _shown(run: InvariantRun, names: dict[int, str]) -> dict[str, Any]:
    state = _state(run)
    until = timezone.now() if state == RunState.RUNNING else run.finished_at
    return {
        "id": run.pk,
        "state": state,
        "started_at": run.started_at,
        "seconds": max(0.0, (until - run.started_at).total_seconds()) if until else None,
        "who": names.get(run.actor_id, f"account {run.actor_id}") if run.actor_id else "the command line",
        "broken": run.broken,
        "error": run.error,
    }


def _state(run: InvariantRun) -> RunState:
    """One that is silent for longer than it may has died, even if nobody has written that down yet."""
    if run.state == RunState.RUNNING and run.alive_until < timezone.now():
        return RunState.DIED
    return RunState(run.state)


def _lines(run: InvariantRun) -> list[dict[str, Any]]:
    """What was read; then what is being read, and what is still to be."""
    lines = [_line(line) for line in run.readings]
    if run.state == RunState.FINISHED:
        return lines
    read = {line["says"] for line in lines}
    rest: list[dict[str, Any]] = [
        {"says": invariant.says, "state": "not read"} for invariant in EVERY if invariant.says not in read
    ]
    if rest and _state(run) == RunState.RUNNING:
        rest[0]["state"] = "reading"
    return lines + rest


def _line(reading: dict[str, Any]) -> dict[str, Any]:
    return {
        **reading,
        "state": "broken" if reading["breaches"] else "ok",
        "checked": f"{reading['checked']:,}",
        "first": reading["names"][:NAMED],
        "rest": reading["names"][NAMED:],
        "more": reading["breaches"] - len(reading["names"]),
    }
