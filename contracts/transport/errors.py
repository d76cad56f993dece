"""A contract's errors on the wire: `google.rpc.Status` with one `ErrorInfo`, and back to the same class and facts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

import contracts.compat
import contracts.ports  # noqa: F401 - with every contract, and so every error that can cross
from contracts.errors import ContractError, Internal
from contracts.transport.shapes import Shape, shapes_of, wrong

logger = logging.getLogger("shopflow.contracts")

DOMAIN = "shopflow"


def error_classes(root: type[ContractError] = ContractError) -> Iterator[type[ContractError]]:
    """Every kind of error that the contracts define; what a context defines for itself never crosses."""
    for cls in root.__subclasses__():
        if cls.__module__.startswith("contracts.") and cls.__module__.count(".") == 1:
            yield cls
        yield from error_classes(cls)


def facts_of(cls: type[ContractError]) -> dict[str, Shape]:
    """The facts of an error; raises TypeError for one that has no text form."""
    shapes = shapes_of(cls)
    for name, shape in shapes.items():
        if shape.many or not (shape.of in (str, int, bool) or issubclass(shape.of, StrEnum)):
            raise TypeError(f"{cls.__name__}.{name}: {shape} cannot be the fact of an error")
    return shapes


ERRORS = {cls.code: cls for cls in error_classes()}
FACTS = {cls: facts_of(cls) for cls in ERRORS.values()}


def to_status(error: ContractError) -> Status:
    """Raises TypeError for a fact that is not what its annotation says."""
    cls = type(error)
    metadata: dict[str, str] = {}
    for name, shape in FACTS[cls].items():
        value: Any = getattr(error, name)
        if value is None and shape.optional:
            continue
        if type(value) is not shape.of:
            raise wrong(f"{cls.__name__}.{name}", str(shape), value)
        metadata[name] = str(value).lower() if shape.of is bool else str(value)
    status = Status(code=error.status.grpc, message=error.message)
    status.details.add().Pack(ErrorInfo(reason=error.code.upper(), domain=DOMAIN, metadata=metadata))
    return status


def from_status(status: Status, *, method: str) -> ContractError:
    """The error that was sent. One that cannot be understood, from a newer peer, is Internal."""
    try:
        info = _info(status)
        cls = ERRORS[info.reason.lower()]
        return cls(**{name: _fact(shape, info.metadata, name) for name, shape in FACTS[cls].items()})
    except (KeyError, ValueError):
        logger.exception("%s answered with an error that is not understood: code %d", method, status.code)
        return Internal(method=method)


def _fact(shape: Shape, metadata: Any, name: str) -> Any:
    if shape.optional and name not in metadata:
        return None
    text = metadata.get(name)
    if text is None:
        raise KeyError(name)
    if shape.of is bool:
        return {"true": True, "false": False}[text]
    return shape.of(text)


def _info(status: Status) -> ErrorInfo:
    info = ErrorInfo()
    for detail in status.details:
        if detail.Unpack(info) and info.domain == DOMAIN:
            return info
    raise ValueError("no ErrorInfo of ours")
