"""A service of the compose file, in the image that stands in a folder."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.deploy import compose
from tests.deploy.image import Image
from tests.e2e.shop import free_port, until


@contextmanager
def running(containers: Sequence[Container]) -> Iterator[None]:
    """All at once and all well; each must end by itself when it is asked to."""
    with ExitStack() as ended:
        processes = [ended.enter_context(container.start()) for container in containers]
        try:
            for container, process in zip(containers, processes, strict=True):
                container.comes_up(process)
            yield
        finally:
            for process in processes:
                process.terminate()
        assert [process.wait(30) for process in processes] == [0] * len(processes)


class Container:
    def __init__(self, image: Image, name: str, urls: dict[str, str] | None = None) -> None:
        """`urls`: those that stand for the ones in the file, by context or by variable."""
        service = compose.ours()[name]
        self._image = image
        self._service = service
        self.port = free_port()
        here = {f"{name.upper()}_DATABASE_URL" if name.islower() else name: url for name, url in (urls or {}).items()}
        given = service.get("environment", {})
        self.environment = {**image.environment, **given, **{key: here[key] for key in here if key in given}}

    @property
    def command(self) -> list[str]:
        return self._here(self._service["command"])

    @property
    def health(self) -> list[str]:
        test = self._service["healthcheck"]["test"]
        assert test[0] == "CMD"
        return self._here(test[1:])

    def shown(self, source: str) -> None:
        """What a mounted part of a volume shows: /certs is the service's own folder of it."""
        [mount] = [mount for mount in self._service["volumes"] if mount["source"] == source]
        below = Path(mount["target"]) / mount["volume"]["subpath"]
        self.environment = {
            name: str(below) if value == mount["target"] else value for name, value in self.environment.items()
        }
        self._moved = (mount["target"], str(below))

    _moved = ("", "")

    def run(self, command: list[str] | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return self._image.run(command or self.command, {**self.environment, **environment})

    def start(self) -> subprocess.Popen[str]:
        return self._image.start(self.command, self.environment)

    def comes_up(self, process: subprocess.Popen[str]) -> None:
        """Waits until its health check, or what it says where it has none, shows that it is well."""
        if "test" in self._service["healthcheck"]:
            until(lambda: process.poll() is not None or self.run(self.health).returncode == 0, f"{self.health}")
            assert process.poll() is None, process.stdout and process.stdout.read()
            return
        assert process.stdout
        if not re.fullmatch("(worker|beat): running\n", said := process.stdout.readline()):
            process.terminate()
            raise AssertionError(said + process.stdout.read())

    def _here(self, command: list[str]) -> list[str]:
        """For this machine alone, on a port that is free."""
        given = self._service["command"]
        port = given[given.index("--port") + 1] if "--port" in given else ""
        here = {"0.0.0.0": "127.0.0.1", port: str(self.port), self._moved[0]: self._moved[1]}  # noqa: S104
        return [here.get(part, part) for part in command]
