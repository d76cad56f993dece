"""What a contract is: an abstract class whose methods take one frozen request and give one frozen response."""

from __future__ import annotations

import inspect
from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, get_type_hints

from contracts.errors import ContractError, DeadlineExceeded

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rpc:
    """What `@rpc` declares of a method."""

    raises: tuple[type[ContractError], ...]
    idempotent: bool
    read_only: bool
    timeout: float
    callers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a contract, resolved: what it takes, gives and raises. `timeout` in seconds.

    `idempotent`: to repeat it has no further effect, so it may be retried. `read_only`: it has no effect at all, so one
    that failed is as good as one that never ran. `callers`: the services that may call it from another process;
    `gateway` among them makes it public.
    """

    contract: str
    name: str
    request: type
    response: type
    raises: tuple[type[ContractError], ...]
    idempotent: bool
    read_only: bool
    timeout: float
    callers: frozenset[str] = frozenset()

    @property
    def full_name(self) -> str:
        return f"{self.contract}/{self.name}"

    @property
    def rpc_name(self) -> str:
        """Its name in the .proto file: ReserveStock."""
        return "".join(word.capitalize() for word in self.name.split("_"))


def rpc(
    *,
    raises: tuple[type[ContractError], ...] = (),
    read_only: bool = False,
    idempotent: bool = False,
    timeout: float = 2.0,
    callers: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """Declare a method: exactly which errors it raises, what repeating it does, its limit in seconds, who may call."""
    declared = Rpc(raises, idempotent or read_only, read_only, timeout, frozenset(callers))

    def declare(function: F) -> F:
        function.__rpc__ = declared  # type: ignore[attr-defined]
        return function

    return declare


class Contract(ABC):
    """What one context promises to the others. `package` is its protobuf package, for example shopflow.users.v1."""

    package: ClassVar[str]
    methods: ClassVar[Mapping[str, Method]]

    def __init_subclass__(cls, *, package: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if package is None:
            return
        cls.package = package
        found = {name: f for name, f in vars(cls).items() if hasattr(f, "__rpc__")}
        cls.methods = MappingProxyType({name: _resolve(f"{package}.{cls.__name__}", f) for name, f in found.items()})


def _resolve(contract: str, function: Any) -> Method:
    hints = get_type_hints(function)
    response = hints.pop("return")
    parameters = list(inspect.signature(function).parameters)[1:]
    if len(parameters) != 1:
        raise TypeError(f"{contract}/{function.__name__} must take exactly one request")
    declared: Rpc = function.__rpc__
    return Method(
        contract=contract,
        name=function.__name__,
        request=hints[parameters[0]],
        response=response,
        raises=declared.raises,
        idempotent=declared.idempotent,
        read_only=declared.read_only,
        timeout=declared.timeout,
        callers=declared.callers,
    )


DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)
"""When the call under way must be over, on the clock of `time.monotonic`. Read `time_left()`; transports set it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Everything inside shares `seconds`; a limit inside a limit only ever shortens it."""
    token = DEADLINE.set(min(DEADLINE.get() or float("inf"), monotonic() + seconds))
    try:
        yield
    finally:
        DEADLINE.reset(token)


def require_time(what: str) -> None:
    """Raise DeadlineExceeded where the call under way has no time left to go on with `what`."""
    left = time_left()
    if left is not None and left <= 0:
        raise DeadlineExceeded(method=what)


def time_left() -> float | None:
    """Seconds until the deadline of the call under way (negative once it has passed), or None where there is none."""
    deadline = DEADLINE.get()
    return None if deadline is None else deadline - monotonic()
