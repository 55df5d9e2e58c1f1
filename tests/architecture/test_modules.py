"""Modules stay small, say what they own, and carry names that mean something."""

import ast
import re
from pathlib import Path

from tests.architecture.sources import ROOT, sources

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base_view", "stuff"}
PLACEHOLDER = re.compile(r"\b(TODO|FIXME|XXX|HACK|raise NotImplementedError)\b")


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    long = {source.path: source.text.count("\n") for source in (*sources(), *sources("tests"))}
    assert {path: lines for path, lines in long.items() if lines > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = [
        f"{source.path}:{node.name} {node.end_lineno - node.lineno + 1}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_every_module_says_what_it_owns() -> None:
    assert [source.path for source in (*sources(), *sources("tests")) if not ast.get_docstring(source.tree)] == []


def test_no_module_has_an_empty_name() -> None:
    names = {source.path: set(Path(source.path).with_suffix("").parts) for source in sources()}
    assert {path: parts & EMPTY_WORDS for path, parts in names.items() if parts & EMPTY_WORDS} == {}


def test_nothing_is_left_for_later() -> None:
    assert [
        f"{source.path}: {match.group()}" for source in sources() for match in PLACEHOLDER.finditer(source.text)
    ] == []


def test_no_error_is_swallowed() -> None:
    swallowed = [
        f"{source.path}:{node.lineno}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
        and all(isinstance(line, ast.Pass | ast.Continue) for line in node.body)
    ]
    assert swallowed == []


def test_the_version_is_the_newest_of_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## (\d+\.\d+\.\d+)", changelog, flags=re.MULTILINE)[0]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{newest}"\n' in project
