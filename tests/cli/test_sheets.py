"""The command `sheet import`: its JSON, its exit codes, and that a complaint means that nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.vocabulary import SheetKind
from app.extensions import db
from app.models.need import Need
from app.models.people import Organisation
from app.models.sheet import Upload
from tests.sheets.books import book_of

FAULTS = Path(__file__).parents[1] / "sheets" / "data" / "needs_with_faults.xlsx"
pytestmark = pytest.mark.databases("sqlite")


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    """Run the command; its exit code and what it said."""
    result = app.test_cli_runner().invoke(args=["sheet", "import", *arguments])
    return result.exit_code, result.output


def answer(app: Flask, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The same with --json."""
    code, output = run(app, *arguments, "--json")
    return code, json.loads(output)


def rows(app: Flask) -> tuple[int, int, int]:
    """How many uploads, organisations and needs there are."""
    with app.app_context():
        counts = [
            db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Upload, Organisation, Need)
        ]
    return counts[0], counts[1], counts[2]


@pytest.fixture
def good(tmp_path: Path) -> str:
    """A sheet of three clean needs."""
    path = tmp_path / "needs.xlsx"
    path.write_bytes(book_of(SheetKind.NEEDS, 3))
    return str(path)


def test_a_sheet_goes_in_and_again_without_a_change(app: Flask, good: str) -> None:
    assert answer(app, "needs", good, "--publish") == (0, {"rows": 3, "accepted": 3, "created": 3, "complaints": []})
    assert answer(app, "needs", good, "--publish") == (0, {"rows": 3, "accepted": 3, "created": 0, "complaints": []})
    with app.app_context():
        assert db.session.scalars(select(Need.state)).all() == ["published"] * 3


def test_publishing_later_publishes_what_waits(app: Flask, good: str) -> None:
    answer(app, "needs", good)
    with app.app_context():
        assert db.session.scalars(select(Need.state)).all() == ["submitted"] * 3
    answer(app, "needs", good, "--publish")
    with app.app_context():
        assert db.session.scalars(select(Need.state)).all() == ["published"] * 3


def test_a_dry_run_writes_nothing(app: Flask, good: str) -> None:
    assert answer(app, "needs", good, "--dry-run") == (0, {"rows": 3, "accepted": 3, "created": 0, "complaints": []})
    assert rows(app) == (0, 0, 0)


@pytest.mark.parametrize("options", [[], ["--dry-run"], ["--publish"]])
def test_faults_are_listed_with_exit_code_one_and_nothing_is_written(app: Flask, options: list[str]) -> None:
    code, said = answer(app, "needs", str(FAULTS), *options)
    assert (code, said["rows"], said["accepted"], said["created"], len(said["complaints"])) == (1, 1000, 0, 0, 29)
    assert said["complaints"][2] == {
        "cell": "C138",
        "column": "有效期",
        "message": "日历上没有这一天，请检查月份和日期。",
    }
    assert rows(app) == (0, 0, 0)


def test_faults_are_lines_for_people(app: Flask) -> None:
    code, said = run(app, "needs", str(FAULTS))
    lines = said.splitlines()
    assert (code, len(lines)) == (1, 30)
    assert (lines[0], lines[-1]) == ("A14 技术需求名称 请填写技术需求名称。", "共 29 处问题，没有导入任何内容。")


def test_a_file_that_is_no_sheet_is_one_complaint(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"junk")
    message = "文件已损坏，或内容不是 .xlsx 工作簿，无法读取。请用 Excel 或 WPS 打开后“另存为”.xlsx 工作簿，再上传。"
    complaint = {"cell": "", "column": "", "message": message}
    assert answer(app, "needs", str(path)) == (1, {"rows": 0, "accepted": 0, "created": 0, "complaints": [complaint]})


def test_wrong_arguments_are_refused(app: Flask, good: str) -> None:
    assert run(app, "rockets", good)[0] == 2
    assert run(app, "needs", "missing.xlsx")[0] == 2
