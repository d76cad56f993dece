"""README.md tells the truth: its tour answers as it shows, and its table has every variable that the settings read."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from shopflow.gateway import places
from tests import modes
from tests.docs.tour import ROOT, steps, take
from tests.e2e import prepared
from tests.e2e.shop import Shop

README = (ROOT / "README.md").read_text()
ROW = re.compile(r"^\| (`[A-Z_` ]+`) \| (.*?) \| .* \|$", re.MULTILINE)
READERS = {"text", "choice", "number", "number_if_set", "rate", "words", "origins", "database"}


@pytest.fixture(scope="module", params=modes.BOTH)
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, prepared_state: Callable[[], Path]
) -> Iterator[Shop]:
    state = tmp_path_factory.mktemp("tour") / "state"
    prepared.copy(prepared_state(), state)
    shop = Shop(state, command=request.param)
    yield shop.ready()
    shop.stop()
    shop.leaves_nothing()


@pytest.mark.e2e
@pytest.mark.parametrize("time", ["the first time", "once more on the same shop"])
def test_the_tour_answers_as_it_is_shown(shop: Shop, time: str) -> None:
    tour = steps(README)
    assert len(tour) == 10
    answers = take(tour, port=shop.port, state=shop.state)
    different = [
        (step.shown, answer) for step, answer in zip(tour, answers, strict=True) if not step.answers_with(answer)
    ]
    assert different == []


def test_an_answer_that_is_not_shown_is_noticed() -> None:
    (step,) = steps('```bash\ncurl …\n```\n```text\n{"stock": 44, "at": "…"}\n…\nlast\n```\n')
    assert step.answers_with('{"stock": 44, "at": "now"}\nmore\nand more\nlast\n')
    assert step.answers_with('{"stock": 44, "at": "now"}\nlast\n')
    assert not step.answers_with('{"stock": 43, "at": "now"}\nlast\n')
    assert not step.answers_with('{"stock": 44, "at": "now"}\nlast\nTraceback\n')


def test_the_table_has_every_variable_that_the_settings_read_and_no_other() -> None:
    assert sorted(documented()) == sorted(read())


def test_the_table_has_every_default() -> None:
    table = documented()
    missing = [
        (name, default) for name, defaults in read().items() for default in defaults if default not in table[name]
    ]
    assert missing == []


def test_the_table_has_the_limits_of_each_place() -> None:
    table, here = documented(), places.local(port=8000, certs=settings.CERTS)
    for place, where in ((places.kubernetes(), ""), (here, " with `up_split`")):
        assert f"`{place.client_rate}`{where}" in table["SHOPFLOW_GATEWAY_CLIENT_RATE"]
        assert f"`{place.client_login_rate}`{where}" in table["SHOPFLOW_GATEWAY_CLIENT_LOGIN_RATE"]


def documented() -> dict[str, str]:
    """The default of each variable, as README.md gives it."""
    return {name.strip("`"): default for names, default in ROW.findall(README) for name in names.split()}


def read() -> dict[str, set[str]]:
    """Each variable that the settings read, with its literal defaults."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "shopflow" / "settings").glob("*.py"):
        for name, defaults in _calls(path):
            found[name] |= defaults
    return found


def _calls(path: Path) -> Iterator[tuple[str, set[str]]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and _reads(node.func)):
            continue
        defaults = {str(arg.value) for arg in node.args[1:] if isinstance(arg, ast.Constant) and arg.value != ""}
        for name in _names(node.args[0]):
            yield name, defaults


def _reads(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr in READERS
        and ast.unparse(function.value) == "environment"
    )


def _names(argument: ast.expr) -> list[str]:
    if isinstance(argument, ast.Constant):
        return [str(argument.value)]
    assert ast.unparse(argument) == "f'{context.upper()}_DATABASE_URL'"
    return [f"{context.upper()}_DATABASE_URL" for context in settings.CONTEXTS]
