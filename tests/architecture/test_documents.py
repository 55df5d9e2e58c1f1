"""Documents that repeat the code say what the code says."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tools import describe

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_table_of_states_is_that_of_the_code() -> None:
    assert describe.TARGET.read_text(encoding="utf-8") == describe.document(), "run make docs"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("command", re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
def test_every_make_command_is_documented(command: str) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    assert f"make {command}" in text
