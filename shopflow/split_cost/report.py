"""The estimate, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from shopflow.split_cost.estimate import METHODS, OWNERS, Cost, Move, shared
from shopflow.split_cost.figures import Calls, Figures

ROUTES = 6
"""So many of the busiest are shown."""
MEANING = """\
An estimate from averages since that process started, not a measurement of a split. A context that moves out takes
along the calls that it makes. Added: a call over gRPC with mutual TLS and messages of these sizes, between two idle
processes of this machine; a real network adds its round trip to each call. Calls that are made in parallel are added
up, so the wait is an upper bound. CPU is of caller and answerer together, the relay's calls included; no request waits
for those. Left out: the gateway's hop, and the memory of more processes. Of several workers, one has answered."""

LEFT = "<"
RIGHT = ">"


def lines(url: str, figures: Figures, costs: Mapping[str, Cost], moves: Sequence[Move]) -> Iterator[str]:
    requests = figures.requests
    known = [calls for name, calls in figures.calls.items() if name in METHODS]
    by_relay = sum(calls.by_relay.count for calls in known)
    count = sum(calls.count for calls in known)
    yield (
        f"{url}: {requests.count:,} requests to the API, {1000 * requests.mean:.2f} ms each on average; "
        f"{count:,} calls between contexts, {by_relay:,} of them by the relay"
    )
    yield ""
    yield from table(["request", "count", "ms"], _routes(figures))
    yield ""
    yield from table(
        ["call", "by requests", "by relay", "bytes out", "bytes back", "ms now", "+ ms on gRPC", "+ CPU ms"],
        _calls(figures, costs),
    )
    yield ""
    yield from table(
        ["moved out", "calls", "by relay", "bytes", "ms in them", "+ ms", "+ CPU ms", "+ % of its time"],
        (_move(move, requests.mean) for move in moves),
    )
    yield "per request to the API"
    yield ""
    yield from notes(figures, moves)
    yield MEANING


def notes(figures: Figures, moves: Iterable[Move]) -> Iterator[str]:
    if unweighed := sorted({_short(name) for move in moves for name in move.unweighed}):
        yield f"Not weighed yet, counted as small: {', '.join(unweighed)}."
    if ambiguous := [_short(name) for name in figures.calls if name in METHODS and shared(name)]:
        yield f"Called by several contexts, which the metrics do not tell apart; all counted: {', '.join(ambiguous)}."
    if unknown := [name for name in figures.calls if name not in METHODS]:
        yield f"Not in this version's contracts, left out: {', '.join(unknown)}."


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The first column to the left, figures to the right, with a line under the head."""
    cells = [list(head), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    aligns = [LEFT] + [RIGHT] * (len(head) - 1)
    for number, row in enumerate(cells):
        yield "  ".join(
            f"{cell:{align}{width}}" for cell, align, width in zip(row, aligns, widths, strict=True)
        ).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def _routes(figures: Figures) -> Iterator[list[str]]:
    busiest = sorted(figures.routes.items(), key=lambda item: -item[1].count)
    for route, total in busiest[:ROUTES]:
        yield [route, f"{total.count:,}", f"{1000 * total.mean:.2f}"]
    if rest := busiest[ROUTES:]:
        yield [f"{len(rest)} more", f"{sum(total.count for _, total in rest):,}", ""]


def _calls(figures: Figures, costs: Mapping[str, Cost]) -> Iterator[list[str]]:
    for name, calls in figures.calls.items():
        if name in costs:
            yield [
                _short(name),
                f"{calls.by_request.count:,}",
                f"{calls.by_relay.count:,}",
                *_of_one(calls, costs[name]),
            ]


def _of_one(calls: Calls, cost: Cost) -> Iterator[str]:
    yield from ("?", "?") if calls.sizes is None else (f"{size:,.0f}" for size in calls.sizes)
    now = calls.by_request if calls.by_request.count else calls.by_relay
    for seconds in (now.mean, cost.seconds, cost.cpu_seconds):
        yield f"{1000 * seconds:.3f}"


def _move(move: Move, mean: float) -> list[str]:
    least = "≥ " if move.unweighed else ""
    return [
        move.context,
        f"{move.calls:.2f}",
        f"{move.relay_calls:.2f}",
        f"{least}{move.bytes:,.0f}",
        *(f"{1000 * seconds:.3f}" for seconds in (move.seconds, move.added_seconds, move.added_cpu_seconds)),
        f"{100 * move.added_seconds / mean:.1f}" if mean else "",
    ]


def _short(name: str) -> str:
    return f"{OWNERS[name]}.{METHODS[name].name}"
