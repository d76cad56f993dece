"""What a process tells about itself at /metrics, as far as a split is concerned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

REQUESTS = "shopflow_http_request_seconds"
CALLS = "shopflow_contract_call_seconds"
BYTES = "shopflow_contract_call_bytes"
HOSTED = "shopflow_database_up"
API = "/api/v1/"
"""Only requests to the API count: probes and pages for people ask no context."""


class NoFigures(Exception):
    """There is nothing to estimate from; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How often something happened, and the sum of what it took: seconds, or bytes."""

    count: int = 0
    sum: float = 0.0

    @property
    def mean(self) -> float:
        return self.sum / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Of one method. `sizes`: mean bytes of request and response; None where not one call was weighed."""

    by_request: Total
    by_relay: Total
    sizes: tuple[float, float] | None

    @property
    def count(self) -> int:
        return self.by_request.count + self.by_relay.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`routes` by method and route, `calls` by the full name of the method."""

    routes: Mapping[str, Total]
    calls: Mapping[str, Calls]
    hosted: frozenset[str]

    @property
    def requests(self) -> Total:
        routes = self.routes.values()
        return Total(count=sum(route.count for route in routes), sum=sum(route.sum for route in routes))


def fetch(url: str) -> str:
    """The text at the /metrics of the process that answers there."""
    address = f"{url.rstrip('/')}/metrics"
    if not address.startswith(("http://", "https://")):
        raise NoFigures(f"{url} is no http:// or https:// address")
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310  # looked at above
            return str(answer.read().decode())
    except HTTPError as error:
        error.close()
        raise NoFigures(f"{address} answers {error.code}: is that a ShopFlow?") from error
    except (OSError, HTTPException, ValueError) as error:
        raise NoFigures(f"nothing answers at {address}: {getattr(error, 'reason', error)}") from error


def read(text: str) -> Figures:
    try:
        families = {family.name: family for family in text_string_to_metric_families(text)}
    except (ValueError, KeyError, IndexError) as error:
        raise NoFigures("what it answers are no Prometheus metrics") from error
    if CALLS not in families or REQUESTS not in families:
        raise NoFigures("these are not the metrics of a ShopFlow")
    routes = _totals(families[REQUESTS], "method", "route")
    hosted = families[HOSTED].samples if HOSTED in families else []
    return Figures(
        routes={f"{method} {route}": total for (method, route), total in routes.items() if route.startswith(API)},
        calls=_calls(families[CALLS], families.get(BYTES)),
        hosted=frozenset(sample.labels["context"] for sample in hosted),
    )


def _calls(calls: Metric, weighed: Metric | None) -> dict[str, Calls]:
    timed = _totals(calls, "method", "cause")
    sizes = {} if weighed is None else _totals(weighed, "method", "direction")
    none = Total()
    return {
        name: Calls(
            by_request=timed.get((name, "request"), none),
            by_relay=timed.get((name, "relay"), none),
            sizes=_means(sizes.get((name, "request"), none), sizes.get((name, "response"), none)),
        )
        for name in sorted({name for name, _ in timed})
    }


def _means(request: Total, response: Total) -> tuple[float, float] | None:
    return (request.mean, response.mean) if request.count and response.count else None


def _totals(family: Metric, *labels: str) -> dict[tuple[str, ...], Total]:
    """Counts and sums of a histogram or summary, added up over all labels but these."""
    counts: dict[tuple[str, ...], float] = defaultdict(float)
    sums: dict[tuple[str, ...], float] = defaultdict(float)
    for sample in family.samples:
        key = tuple(sample.labels.get(label, "") for label in labels)
        if sample.name == f"{family.name}_count":
            counts[key] += sample.value
        elif sample.name == f"{family.name}_sum":
            sums[key] += sample.value
    return {key: Total(count=int(count), sum=sums[key]) for key, count in counts.items()}
