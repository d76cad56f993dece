"""Generates the stubs from the .proto files: `python -m contracts.generate` after every change of one."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

PROTO = Path(__file__).parent / "proto"
GENERATED = Path(__file__).parent / "generated"
OUR_IMPORT = re.compile(r"^from (?=(?:shopflow|compat)\.)", flags=re.MULTILINE)
"""protoc names Python modules after the files; in this project `shopflow` is another package."""


def generate(target: Path) -> None:
    """Write the stubs of every .proto file under `target`."""
    # A tool of development: not installed in production.
    from grpc_tools import protoc  # noqa: PLC0415

    sources = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    well_known = files("grpc_tools") / "_proto"
    outputs = [f"--{kind}_out={target}" for kind in ("python", "pyi", "grpc_python")]
    target.mkdir(parents=True, exist_ok=True)
    if protoc.main(["protoc", f"-I{PROTO}", f"-I{well_known}", *outputs, *sources]):
        raise SystemExit("protoc failed")
    for path in (*target.rglob("*_pb2*.py"), *target.rglob("*_pb2*.pyi")):
        path.write_text(OUR_IMPORT.sub("from contracts.generated.", path.read_text()))
    for folder in {target, *(stub.parent for stub in target.rglob("*_pb2.py"))}:
        for package in (folder, *folder.relative_to(target).parents):
            (target / package / "__init__.py").touch()


if __name__ == "__main__":
    generate(GENERATED)
