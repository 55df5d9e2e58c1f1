"""Arrows point down: the contracts of pyproject.toml hold, the leaves load no framework, our packages are ours."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import matching
import scheduler
from tests.architecture.sources import ROOT, sources


def test_the_import_contracts_are_kept() -> None:
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Contracts: 12 kept, 0 broken." in ended.stdout


@pytest.mark.parametrize(("package", "where"), [(matching, "matching"), (scheduler, "scheduler")])
def test_our_packages_are_not_somebody_elses(package: object, where: str) -> None:
    assert getattr(package, "__file__", None) == str(ROOT / where / "__init__.py")


def test_the_root_of_every_package_of_the_application_is_a_docstring() -> None:
    wrong = [
        source.path
        for source in sources("app")
        if source.path.endswith("/__init__.py")
        and not (len(source.tree.body) == 1 and ast.get_docstring(source.tree) is not None)
    ]
    assert wrong == []


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {Path(source.path).parent for source in sources()}
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("module", ["app.domain.machine", "app.domain.settings", "app.domain.permissions", "scheduler.model"])  # fmt: skip
def test_a_leaf_loads_no_framework(module: str) -> None:
    program = f"import sys, {module}; print(sorted({{name.split('.')[0] for name in sys.modules}} & {{'flask', 'sqlalchemy', 'sklearn', 'pydantic', 'jinja2'}}))"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
