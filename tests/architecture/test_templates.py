"""Templates hold no script, no style and no knowledge of the programme's states."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from tests.architecture.sources import ROOT

FOLDER = ROOT / "app" / "templates"
PAGES = sorted(path for path in FOLDER.rglob("*.html") if "letters" not in path.relative_to(FOLDER).parts)
EVERYTHING = sorted(path for path in FOLDER.rglob("*") if path.is_file())
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)


def name(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_has_nothing_inline(path: Path) -> None:
    """The security policy of the site allows neither scripts nor styles inside a page."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    inline = re.findall(
        r"<style\b|\sstyle\s*=|<script\b(?![^>]*\ssrc=)[^>]*>|\son[a-z]+\s*=\s*[\"']|javascript:", text, re.IGNORECASE
    )
    assert inline == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_takes_nothing_from_elsewhere(path: Path) -> None:
    """No content delivery network: everything a page loads comes from the site itself."""
    foreign = re.findall(
        r"<(?:script|link|img|iframe|source|use)\b[^>]*\s(?:src|href)\s*=\s*[\"'](?:https?:)?//[^\"']*",
        path.read_text(encoding="utf-8"),
    )
    assert foreign == []


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_a_template_never_compares_states(path: Path) -> None:
    """Labels and allowed moves are given to templates; what a state means is said in app/domain/lifecycles only."""
    tree = ENVIRONMENT.parse(path.read_text(encoding="utf-8"))
    compared = [
        f"line {comparison.lineno}"
        for comparison in tree.find_all(nodes.Compare)
        for side in (comparison.expr, *(operand.expr for operand in comparison.ops))
        if isinstance(side, nodes.Getattr) and side.attr in {"state", "_state"}
    ]
    assert compared == []


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_a_template_switches_no_escaping_off(path: Path) -> None:
    tree = ENVIRONMENT.parse(path.read_text(encoding="utf-8"))
    assert [part.lineno for part in tree.find_all(nodes.Filter) if part.name in {"safe", "forceescape"}] == []


def test_every_template_is_there() -> None:
    """What a template extends, includes or imports exists."""
    missing = [
        f"{name(path)}: {part.template.value}"
        for path in EVERYTHING
        for part in ENVIRONMENT.parse(path.read_text(encoding="utf-8")).find_all(
            (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
        )
        if isinstance(part, nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport)
        and isinstance(part.template, nodes.Const)
        and not (FOLDER / str(part.template.value)).is_file()
    ]
    assert missing == []
