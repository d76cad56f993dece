"""What the previous release said on the wire: its messages and services, and its errors with their facts.

`python -m contracts.tests.previous` records today's in their place: part of making a release, and of nothing else.
`first_shopflow.binpb` stays as it is for good.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool

from contracts.errors import ContractError
from contracts.generate import PROTO
from contracts.transport.errors import FACTS

HERE = Path(__file__).parent
CONTRACTS = HERE / "contracts.binpb"
FIRST_SHOPFLOW = HERE / "first_shopflow.binpb"
ERRORS = HERE / "errors.json"

Facts = dict[str, str]
Errors = dict[str, dict[str, Any]]
"""By code: its status, and its facts with their types."""


def buf(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The tool that lints .proto files and compares them; it is installed beside the interpreter."""
    command = [str(Path(sys.executable).with_name("buf")), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603


def build(proto: Path, image: Path, *more: str) -> None:
    built = buf("build", proto, "-o", image, "--as-file-descriptor-set", "--exclude-source-info", *more)
    assert built.returncode == 0, built.stderr


def messages_in(image: Path) -> DescriptorPool:
    """Its own pool: names that today's stubs have too do not clash."""
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(image.read_bytes()).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


def errors_of_today() -> Errors:
    return {cls.code: _described(cls) for cls in sorted(FACTS, key=lambda cls: cls.code)}


def record(target: Path = HERE) -> None:
    build(PROTO, target / CONTRACTS.name, "--exclude-path", str(PROTO / "compat"))
    (target / ERRORS.name).write_text(json.dumps(errors_of_today(), indent=2) + "\n")


def _described(cls: type[ContractError]) -> dict[str, Any]:
    return {"status": cls.status.name, "facts": {name: str(shape) for name, shape in FACTS[cls].items()}}
