"""docker-compose.yml is valid, and keeps apart what belongs apart."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shopflow.gateway import places
from shopflow.gateway.places import BACK_OFFICE
from shopflow.grpc.server import PORTS
from shopflow.settings.peers import parse_peers
from tests.deploy import compose
from tests.deploy.compose import CONTEXTS, services
from tests.e2e.shop import ROOT

NOT_HERE = {
    *("SHOPFLOW_STATE", "SHOPFLOW_ADMIN_EMAIL", "SHOPFLOW_ADMIN_PASSWORD", "SHOPFLOW_DEBUG", "SHOPFLOW_PORT_OFFSET"),
    *("NO_COLOR", "SHOPFLOW_LOCAL_TRANSPORT", "SHOPFLOW_RELAY_THREAD"),
    *("SHOPFLOW_SERVICE", "SHOPFLOW_GRPC_PLAINTEXT", "SHOPFLOW_STATIC_ROOT", "SHOPFLOW_BROKER_URL"),
    "SHOPFLOW_CRASH_FILE",
}
"""Variables of local runs, and those whose value is the same wherever this file is used."""
CHOSEN = {"SHOPFLOW_HTTP_PLAINTEXT": "0", "SHOPFLOW_INVOICE": "0"}
"""What the example decides for a try, and what holds where it says nothing."""
JOBS = {"certs", "gateway-config", "verify", *(f"{context}-migrate" for context in CONTEXTS)}


def test_the_file_fits_the_schema_of_compose() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    status, said = run([checker, "--builtin-schema", "vendor.compose-spec", compose.FILE])
    assert status == 0, said


def test_docker_compose_itself_accepts_the_file_where_there_is_one(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or run([docker, "compose", "version"])[0] != 0:
        pytest.skip("there is no `docker compose` here; the schema and the tests beside this one stand for it")
    env = tmp_path / "env"
    env.write_text("".join(f"{name}={value}\n" for name, value in compose.fresh_env().items()))
    status, said = run([docker, "compose", "--env-file", env, "--file", compose.FILE, "config", "--quiet"])
    assert (status, said) == (0, "")


def test_every_variable_is_in_the_example_and_the_example_names_no_other() -> None:
    used = {found["name"]: found for found in compose.VARIABLE.finditer(compose.FILE.read_text())}
    example = compose.EXAMPLE.read_text()
    named = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", example, re.MULTILINE))
    assert set(used) == set(named)
    optional = {name: found["default"] for name, found in used.items() if found["kind"] == ":-"}
    shown = dict(re.findall(r"^#([A-Z_]+)=(.*)$", example, re.MULTILINE))
    assert {name: optional[name] for name in shown} == shown
    assert set(optional) - set(shown) == set(CHOSEN)


def test_what_an_operator_may_decide_reaches_who_goes_by_it() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    passed = {found["name"] for found in compose.VARIABLE.finditer(compose.FILE.read_text())}
    given = {name for service in compose.ours().values() for name in service["environment"]}
    assert documented - passed - given == NOT_HERE
    chosen = compose.resolved(dict.fromkeys(passed, "1"))["services"].values()
    told = {name for service in chosen for name, value in service.get("environment", {}).items() if value == "1"}
    assert passed & documented <= told | {"PORT"}


def test_the_gateway_and_the_services_agree_on_who_is_trusted_and_how_long_a_request_may_take() -> None:
    chosen = {**compose.fresh_env(), "SHOPFLOW_GATEWAY_PROXIES": "1", "SHOPFLOW_REQUEST_SECONDS": "50"}
    services = compose.resolved(chosen)["services"]
    for name in (*CONTEXTS, BACK_OFFICE, "gateway-config"):
        environment = services[name]["environment"]
        assert (environment["SHOPFLOW_GATEWAY_PROXIES"], environment["SHOPFLOW_REQUEST_SECONDS"]) == ("1", "50")
    assert {services[name]["environment"]["SHOPFLOW_PROXIES"] for name in (*CONTEXTS, BACK_OFFICE)} == {"1"}
    assert {services[name]["stop_grace_period"] for name in (*CONTEXTS, "orders-grpc", "gateway")} == {"1m50s"}
    assert services["gateway"]["environment"] == {"SHOPFLOW_REQUEST_SECONDS": "50"}


def test_a_missing_secret_stops_the_start() -> None:
    for name in compose.parse_env(compose.EXAMPLE.read_text()):
        without = {key: value for key, value in compose.fresh_env().items() if key != name}
        if name in CHOSEN:
            assert compose.resolved(without)["services"]["users"]["environment"][name] == CHOSEN[name]
            continue
        with pytest.raises(KeyError, match=name):
            compose.resolved(without)


def test_a_fresh_env_has_a_secret_of_its_own_for_everything() -> None:
    secrets = [value for name, value in compose.fresh_env().items() if name.endswith(("_PASSWORD", "_KEY"))]
    assert len(secrets) == len(set(secrets)) == 7
    assert all(len(secret) >= 64 for secret in secrets)


@pytest.mark.parametrize("name", services())
def test_a_container_can_do_no_more_than_it_must(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "ipc", "devices"} & set(service)
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert "build" in service or service["user"] in {"postgres", "redis", "10001:10001"}
    assert service["restart"] == ("no" if name in JOBS else "unless-stopped")


@pytest.mark.parametrize("name", services())
def test_every_image_is_pinned(name: str) -> None:
    tag = services()[name]["image"].rpartition(":")[2]
    assert tag != "latest" or "build" in services()[name]


def test_only_the_gateway_is_reachable_from_outside() -> None:
    published = {name: service["ports"] for name, service in services().items() if "ports" in service}
    assert published == {"gateway": ["127.0.0.1:8000:8000"]}
    networks = compose.raw()["networks"]
    assert [name for name, network in networks.items() if not network.get("internal")] == ["outside", "outward"]
    assert on("outside") == {"gateway"}


def test_only_who_talks_to_others_can_reach_them() -> None:
    """The payment provider, of whom staff wants money given back; the mail server, and those who want webhooks."""
    assert on("outward") == {"payments", "payments-grpc", "payments-worker", "users-worker", BACK_OFFICE}


def test_only_workers_and_beat_reach_the_broker_and_know_its_password() -> None:
    workers = {f"{context}-worker" for context in CONTEXTS}
    assert on("events") == {*workers, "beat", "redis"}
    password = compose.fresh_env()["REDIS_PASSWORD"]
    assert {name for name, service in services().items() if password in str(service)} == {*workers, "beat", "redis"}
    assert {services()[name]["environment"]["SHOPFLOW_SINK"] for name in (*workers, "beat")} == {"celery"}


def test_beat_knows_of_nothing_but_the_broker() -> None:
    assert services()["beat"]["networks"] == ["events"]
    assert "volumes" not in services()["beat"]
    env = compose.fresh_env()
    told = str(services()["beat"]["environment"])
    secrets = {name for name, value in env.items() if name.endswith(("_PASSWORD", "_KEY")) and value in told}
    assert secrets == {"REDIS_PASSWORD"}


def test_only_payments_and_the_back_office_have_what_opens_the_provider() -> None:
    told = compose.resolved(
        {**compose.fresh_env(), "SHOPFLOW_STRIPE_KEY": "sk", "SHOPFLOW_STRIPE_WEBHOOK_SECRET": "wh"}
    )
    having = {
        name
        for name, service in told["services"].items()
        if any(variable.startswith("SHOPFLOW_STRIPE") for variable in service.get("environment", {}))
    }
    assert having == {"payments", "payments-grpc", "payments-worker", "payments-migrate", BACK_OFFICE}


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_database_is_reachable_from_its_context_alone_and_by_those_who_need_all(context: str) -> None:
    database = f"{context}-database"
    assert services()[database]["networks"] == [f"{context}-data"]
    assert on(f"{context}-data") == {*kinds(context), f"{context}-migrate", database, "verify", BACK_OFFICE}
    assert services()["verify"]["profiles"] == ["tools"]  # not started with the rest


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_service_knows_the_password_of_its_own_database_alone(context: str) -> None:
    passwords = {other: compose.fresh_env()[f"{other.upper()}_DATABASE_PASSWORD"] for other in CONTEXTS}
    for name in (*kinds(context), f"{context}-migrate", f"{context}-database"):
        told = str(services()[name])
        assert [other for other, password in passwords.items() if password in told] == [context]


def test_the_back_office_hosts_every_context_for_staff_and_serves_nothing_else() -> None:
    service = services()[BACK_OFFICE]
    environment = service["environment"]
    assert environment["SHOPFLOW_SERVE"] == BACK_OFFICE
    for context in CONTEXTS:
        assert environment[f"{context.upper()}_DATABASE_URL"] == url_of(context)
    assert not {"SHOPFLOW_PEERS", "SHOPFLOW_SINK", "REDIS_URL", "SHOPFLOW_JWT_PRIVATE_KEY"} & set(environment)
    assert "volumes" not in service
    place = places.compose().http[BACK_OFFICE]
    assert (place.host, place.port) == (BACK_OFFICE, port_of(service["command"]))
    assert set(service["networks"]) == {"mesh", "outward", *(f"{context}-data" for context in CONTEXTS)}


def test_the_key_that_signs_tokens_is_known_to_who_hosts_users_alone() -> None:
    key = compose.fresh_env()["SHOPFLOW_JWT_PRIVATE_KEY"]
    knowing = {name for name, service in services().items() if key in service.get("environment", {}).values()}
    assert knowing == {*kinds("users"), "users-migrate", "verify"}


def test_a_service_is_shown_its_own_certificate_alone() -> None:
    shown: dict[str, set[str]] = {}
    for name, service in services().items():
        for volume in service.get("volumes", []):
            if isinstance(volume, dict) and volume["source"] == "certs":
                assert (volume["target"], volume["read_only"]) == ("/certs", True)
                shown.setdefault(volume["volume"]["subpath"], set()).add(name)
            elif isinstance(volume, str) and volume.startswith("certs:"):
                shown.setdefault("", set()).add(name)
    assert shown == {"": {"certs"}, "gateway": {"gateway"}, **{context: kinds(context) for context in CONTEXTS}}


@pytest.mark.parametrize("context", CONTEXTS)
def test_services_find_one_another_where_the_gateway_does(context: str) -> None:
    place, environment = places.compose(), services()[context]["environment"]
    peers = {other: "local" if other == context else str(place.grpc[other]) for other in CONTEXTS}
    assert parse_peers(environment["SHOPFLOW_PEERS"], contexts=CONTEXTS) == peers
    assert place.http[context].host == context
    assert port_of(services()[context]["command"]) == place.http[context].port
    assert place.grpc[context].host == f"{context}-grpc"
    assert port_of(services()[f"{context}-grpc"]["command"]) == place.grpc[context].port == PORTS[context]
    assert services()[f"{context}-grpc"]["environment"] == environment
    assert environment.items() <= services()[f"{context}-worker"]["environment"].items()


@pytest.mark.parametrize("name", services())
def test_a_service_starts_once_what_it_needs_is_there(name: str) -> None:
    needs: dict[str, dict[str, str]] = services()[name].get("depends_on", {})
    for other, how in needs.items():
        assert how["condition"] == ("service_completed_successfully" if other in JOBS else "service_healthy")
        assert other in JOBS or has_health_check(services()[other])
    assert not reaches(name, name)


def test_the_gateway_comes_last() -> None:
    """The shop opens without its back office, too."""
    later = {"gateway", "beat", "redis", "verify", BACK_OFFICE, *(f"{context}-worker" for context in CONTEXTS)}
    assert {name for name in services() if reaches("gateway", name)} == set(services()) - later


def test_no_secret_is_on_a_command_line() -> None:
    secrets = [value for name, value in compose.fresh_env().items() if name.endswith(("_PASSWORD", "_KEY"))]
    for service in services().values():
        words = str([service.get(part) for part in ("command", "entrypoint", "healthcheck")])
        assert not [secret for secret in secrets if secret in words]


def test_the_scripts_that_are_mounted_or_called_are_there_and_executable() -> None:
    assert {path.name: path.stat().st_mode & 0o111 for path in (ROOT / "deploy/compose").iterdir()} == {
        "certs.sh": 0o111,
        "gateway.sh": 0o111,
        "new-env": 0o111,
        "role.sh": 0o111,
    }


def run(command: list[str | Path]) -> tuple[int, str]:
    """The exit code, and everything that it said."""
    ended = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
    )
    return ended.returncode, ended.stdout


def kinds(context: str) -> set[str]:
    """The services that are of the context."""
    return {context, f"{context}-grpc", f"{context}-worker"}


def on(network: str) -> set[str]:
    return {name for name, service in services().items() if network in service.get("networks", [])}


def url_of(context: str) -> str:
    """Of its database, as its own service is told."""
    url: str = services()[context]["environment"][f"{context.upper()}_DATABASE_URL"]
    return url


def port_of(command: list[str]) -> int:
    return int(command[command.index("--port") + 1])


def has_health_check(service: dict[str, Any]) -> bool:
    return "test" in service.get("healthcheck", {})


def reaches(name: str, target: str) -> bool:
    """Whether `name` waits for `target`, itself or through others."""
    needs = services()[name].get("depends_on", {})
    return target in needs or any(reaches(other, target) for other in needs)
