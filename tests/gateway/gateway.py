"""A real Envoy with our configuration, in front of stubs."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Collection
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from shopflow.gateway import places
from shopflow.gateway.places import GRPC_PORTS, HTTP_PORTS, Place
from shopflow.gateway.rendering import Policy, render
from shopflow.gateway.starting import command
from shopflow.tests.key_server import Signer
from tests.api.client import Client
from tests.e2e.shop import free_port, until
from tests.gateway.stubs import Stub


class Gateway:
    """Starts with every service up but those in `without`, and is ready once Envoy has found each of them healthy."""

    def __init__(
        self,
        directory: Path,
        certs: Path,
        policy: Policy,
        *,
        grpc_ports: dict[str, int] | None = None,
        without: Collection[str] = (),
        script: Path | None = None,
    ) -> None:
        """`script` starts Envoy, where it is not started by itself."""
        self.directory = directory
        self.signer = Signer("first")
        self.stubs = {name: Stub(name).start() for name in HTTP_PORTS}
        self.stubs["users"].keys = [self.signer.jwk]
        self.place = places.local(
            port=free_port(),
            certs=certs,
            admin_port=free_port(),
            http_ports={name: stub.port for name, stub in self.stubs.items()},
            grpc_ports=grpc_ports or dict.fromkeys(GRPC_PORTS, 1),
        )
        for name in without:
            self.stubs[name].stop()
        self._expected = set(HTTP_PORTS) - set(without)
        config = directory / "envoy.yaml"
        config.write_text(render(self.place, policy))
        with self._log.open("wb") as log, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                self._command(config, script), env=self.environment, stdout=log, stderr=errors
            )
        try:
            until(self._is_ready, "Envoy is ready", seconds=20)
        except AssertionError as error:
            self.stop()
            raise AssertionError(self._errors.read_text()) from error

    @staticmethod
    def _command(config: Path, script: Path | None) -> list[str]:
        envoy, *flags = command(config)
        return [str(script or envoy), *flags]

    @property
    def environment(self) -> dict[str, str]:
        """What the script goes by; Envoy by itself does not look at it."""
        return {
            "PATH": f"{Path(command(self.directory)[0]).parent}:{os.defpath}",
            "GATEWAY_PORT": str(self.place.listen.port),
            "GATEWAY_ADMIN_PORT": str(self.place.admin.port),
        }

    @cached_property
    def client(self) -> Client:
        return Client(f"http://{self.place.listen}")

    @property
    def _log(self) -> Path:
        return self.directory / "access.log"

    @property
    def _errors(self) -> Path:
        return self.directory / "errors.log"

    def log(self, request_id: str) -> dict[str, Any]:
        """Waits for the line of that request."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            whole = self._log.read_text().rpartition("\n")[0]
            found.extend(line for line in map(json.loads, whole.splitlines()) if line["request_id"] == request_id)
            return bool(found)

        until(look, f"a line of {request_id}", seconds=10)
        return found[0]

    def fail(self, service: str) -> None:
        """Stops it, and waits until the gateway knows."""
        self.stubs[service].stop()
        until(lambda: not self._healthy(service), f"{service} is found to be down", seconds=20)

    def revive(self, service: str) -> None:
        keys = self.stubs[service].keys
        self.stubs[service] = Stub(service, self.place.http[service].port).start()
        self.stubs[service].keys = keys
        until(lambda: self._healthy(service), f"{service} is found to be up", seconds=20)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        for stub in self.stubs.values():
            stub.stop()

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, "Envoy ended"
        return self._admin("/ready") == "LIVE" and all(map(self._healthy, self._expected))

    def _healthy(self, service: str) -> bool:
        return f"{service}::{self.place.http[service]}::health_flags::healthy" in self._admin("/clusters").splitlines()

    def _admin(self, path: str) -> str:
        with suppress(OSError):
            return Client(f"http://{self.place.admin}").get(path).content.decode().strip()
        return ""


def validate(place: Place, policy: Policy, file: Path) -> None:
    """By Envoy itself."""
    file.write_text(render(place, policy))
    done = subprocess.run(
        [command(file)[0], "--mode", "validate", "-c", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
