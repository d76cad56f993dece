"""The environment makes itself: a small project with the real bootstrap, the real venv and the real pip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from shopflow import bootstrap
from tests.e2e.shop import ROOT, until

pytestmark = pytest.mark.e2e

MANAGE = """
from shopflow.bootstrap import ensure_environment
ensure_environment()
import tiny
print("running with tiny", tiny.VERSION)
"""
BASE_PYTHON = str(Path(sys.base_prefix) / "bin" / "python3")


def wheel(folder: Path, version: str) -> Path:
    path = folder / f"tiny-{version}-py3-none-any.whl"
    info = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", f"VERSION = {version!r}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path


def needs(project: Path, version: str) -> None:
    uri = wheel(project, version).as_uri()
    (project / "pyproject.toml").write_text(f'[project]\ndependencies = ["tiny @ {uri}"]\n')


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shopflow").mkdir()
    (tmp_path / "shopflow" / "__init__.py").touch()
    shutil.copy(ROOT / "shopflow" / "bootstrap.py", tmp_path / "shopflow")
    (tmp_path / "manage.py").write_text(MANAGE)
    (tmp_path / "constraints.txt").touch()
    needs(tmp_path, "1.0")
    return tmp_path


def start(project: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [BASE_PYTHON, "manage.py"],
        cwd=project,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(project: Path) -> str:
    with start(project) as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


def test_installs_once_and_again_only_when_the_requirements_change(project: Path) -> None:
    first = run(project)
    assert "creating .venv" in first
    assert first.endswith("running with tiny 1.0\n")
    assert run(project) == "running with tiny 1.0\n"
    needs(project, "2.0")
    changed = run(project)
    assert "creating .venv" not in changed
    assert changed.endswith("running with tiny 2.0\n")


def test_an_environment_whose_install_was_killed_is_made_anew(project: Path) -> None:
    with start(project) as process:
        until((project / ".venv" / "bin" / "python").exists, "a .venv under way")
        os.killpg(process.pid, 9)
    assert run(project).endswith("running with tiny 1.0\n")


def test_two_starts_at_once_install_once(project: Path) -> None:
    with start(project) as one, start(project) as other:
        outputs = [process.communicate(timeout=120)[0] for process in (one, other)]
    assert [output.splitlines()[-1] for output in outputs] == ["running with tiny 1.0"] * 2
    assert "".join(outputs).count("creating .venv") == 1
    assert "".join(outputs).count("another process is installing the dependencies; waiting for it") == 1


def test_a_package_that_cannot_be_had_is_said_in_a_few_lines(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\ndependencies = ["tiny @ file:///absent/tiny-1.0.whl"]\n')
    with start(project) as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Cannot install the dependencies:\nERROR: " in output
    assert "Traceback" not in output


def test_an_environment_of_ones_own_will_do_whatever_way_its_packages_write_their_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As an image's, which has no package of the group `local`."""
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PROJECT", tmp_path / "pyproject.toml")
    monkeypatch.setattr(bootstrap, "install", lambda **_: pytest.fail("nothing was to be installed"))
    (tmp_path / "pyproject.toml").write_text(
        """
        [project]
        dependencies = ["django>=5.2", "djangorestframework-simplejwt", "psycopg[binary]"]
        [project.optional-dependencies]
        local = ["a-server-that-no-image-has"]
        """
    )
    bootstrap.ensure_environment(local=False)
    with pytest.raises(pytest.fail.Exception):
        bootstrap.ensure_environment()


def test_an_old_python_is_told_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(SystemExit, match=r"^ShopFlow needs Python 3\.11 or newer; .* is 3\.9\.18\.$"):
        bootstrap.ensure_environment()


def test_a_python_without_venv_is_told_which_package_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap, "LOCK", tmp_path / ".venv.lock")
    with pytest.raises(SystemExit, match=r"apt install python3-venv$"):
        bootstrap.install(dev=False)
