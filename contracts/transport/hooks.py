"""What the process around the contracts plugs into every call: contracts know neither Django nor a metrics library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from opentelemetry.trace import NoOpTracerProvider, ProxyTracerProvider, Tracer, get_tracer_provider

from contracts.base import Method
from contracts.transport.sizes import Sizes


class CallObserver(Protocol):
    """Told about every call that was made: `outcome` is "ok" or the code of the error; `sizes` where they are known."""

    def __call__(self, method: Method, seconds: float, outcome: str, sizes: Sizes | None) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """Chosen once, at start-up: what is left out costs nothing per call."""

    guard: Callable[[Method], None] | None = None
    """Raises `contracts.errors.TransactionOpen` if the calling thread is inside a transaction."""
    unavailable: tuple[type[Exception], ...] = ()
    """What an implementation raises when its database cannot be reached or is lost."""
    observer: CallObserver | None = None
    tracer: Tracer | None = None
    """See `configured_tracer`."""


def configured_tracer() -> Tracer | None:
    """A tracer where this process has set OpenTelemetry up; None where it has not, and then spans cost nothing."""
    provider = get_tracer_provider()
    if isinstance(provider, ProxyTracerProvider | NoOpTracerProvider):
        return None
    return provider.get_tracer("shopflow.contracts")
