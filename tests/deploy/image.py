"""The image without a container engine: the build stage's own commands, run in a folder that stands for the root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.deploy import dockerfile
from tests.e2e.shop import ROOT, until

PLACES = ("/opt/venv", "/app", "/srv/static", "/certs", "/gateway", "/tmp")  # noqa: S108  # the image's own
PLACE = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, PLACES))})(?![\w.-])")
NEVER_WRITTEN = ("/opt/venv", "/app", "/srv/static")
PIPS = {
    name: value
    for name, value in os.environ.items()
    if name.startswith(("PIP_", "SSL_", "REQUESTS_")) or name.lower().endswith("_proxy") or name == "HOME"
}
"""How pip reaches its index from here."""


class Image:
    """Every path of the image in a command or in the environment is meant below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._build, self.final = dockerfile.stages()
        self.environment = {**self.final.environment, "HOME": "/nonexistent", "TMPDIR": "/tmp"}  # noqa: S108

    def build(self) -> None:
        for place in PLACES:
            self.path(place).mkdir(parents=True)
        for name in dockerfile.context():
            target = self.path("/app") / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
        for command in self._build.runs:
            # The one thing that differs: pip may use what it has, so that a test need not fetch everything anew.
            ended = self.run(["sh", "-c", command], {**self._build.environment, **PIPS, "PIP_NO_CACHE_DIR": "0"})
            assert ended.returncode == 0, f"{command}\n{ended.stdout}"

    def path(self, place: str) -> Path:
        return self.root / place.lstrip("/")

    def run(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        with self.start(command, environment) as process:
            output, _ = process.communicate(timeout=120)
        return subprocess.CompletedProcess(command, process.returncode, output)

    def start(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        """With nothing of this machine's but its Python, which stands for that of the base image."""
        path = environment.get("PATH", "$PATH").replace("$PATH", f"{sys.base_prefix}/bin:{os.defpath}")
        placed = {name: self._placed(value) for name, value in {**environment, "PATH": path}.items()}
        program = shutil.which(command[0], path=placed["PATH"])
        assert program, f"no {command[0]} in the image"
        return subprocess.Popen(
            [program, *(self._placed(part) for part in command[1:])],
            cwd=self.path("/app"),
            env=placed,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def contents(self) -> dict[str, int]:
        """Whatever is there and must never be written, with its time."""
        files = (path for place in NEVER_WRITTEN for path in self.path(place).rglob("*"))
        return {str(path): path.lstat().st_mtime_ns for path in files}

    def _placed(self, text: str) -> str:
        return PLACE.sub(lambda place: str(self.path(place.group())), text)


def built(folder: Path) -> Image:
    """One for a whole run: whichever of its workers comes first makes it."""
    image, done = Image(folder / "image"), folder / "image.done"
    try:
        (folder / "image.making").mkdir()
    except FileExistsError:
        until(done.exists, "the image, made by another worker", seconds=180)
        return image
    try:
        image.build()
    finally:
        done.touch()
    return image
