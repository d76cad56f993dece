"""The documents point at what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.tour import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)")
CODE = re.compile(r"`((?:[\w-]+/)+[\w.-]*\.(?:py|md|proto|toml|txt))`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_every_file_that_is_named_exists(document: Path) -> None:
    text = document.read_text()
    links = [document.parent / target for target in LINK.findall(text)]
    files = [ROOT / name for name in CODE.findall(text)]
    assert [str(path) for path in [*links, *files] if not path.exists()] == []
