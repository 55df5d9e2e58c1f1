"""`sheet import` reads a collection sheet and, when nothing is wrong with it, imports it as a whole."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click
from flask.cli import AppGroup, with_appcontext

from app.cli.printing import answer
from app.domain import clock
from app.domain.actor import PROGRAMME
from app.domain.errors import Invalid
from app.domain.vocabulary import SheetKind
from app.extensions import db, writing
from app.queries.sheets import result_of
from app.services import intake
from app.services import reference as lists
from app.sheets.findings import CellComplaint

sheet = AppGroup("sheet", help="Spreadsheets of needs and achievements.")


@sheet.command("import")
@click.argument("kind", type=click.Choice([kind.value for kind in SheetKind]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what is wrong and what would be imported.")
@click.option("--publish", is_flag=True, help="Publish (list) at once instead of submitting for review.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
@with_appcontext
def import_sheet(kind: str, file: Path, dry_run: bool, publish: bool, as_json: bool) -> None:
    """Import all rows of FILE; with any complaint nothing is written and the exit code is 1."""
    wanted, data, now = SheetKind(kind), file.read_bytes(), clock.now()
    try:
        examination = intake.preview(db.session(), wanted, file.name, data, PROGRAMME, now)
    except Invalid as error:
        _refuse(as_json, 0, (CellComplaint("", "", "", "", error.message),))
    rows, good = len(examination.reading.rows), len(examination.plans)
    if examination.complaints:
        _refuse(as_json, rows, examination.complaints)
    notices = [f"提示：{notice.message}" for notice in examination.notices]
    if dry_run:
        lines = [
            f"检查通过：{rows} 行都可以导入，其中新增 {examination.count('create')} 行。没有写入任何内容。",
            *notices,
        ]
        answer(as_json, {"rows": rows, "accepted": good, "created": 0, "complaints": []}, lines)
        return
    with writing() as session:
        lists.load(session, now)
        upload = intake.check(session, wanted, file.name, data, PROGRAMME, now)
        intake.accept(session, upload, PROGRAMME, now, publish=publish)
        created, said = len(upload.outcome["created"]), result_of(upload)
    result: dict[str, Any] = {"rows": rows, "accepted": good, "created": created, "complaints": []}
    answer(as_json, result, [f"导入完成：共 {rows} 行，{said}。", *notices])


def _refuse(as_json: bool, rows: int, complaints: tuple[CellComplaint, ...]) -> NoReturn:
    """Say every complaint and leave with 1."""
    listed = [{"cell": one.cell, "column": one.column, "message": one.message} for one in complaints]
    lines = [" ".join(part for part in (one.cell, one.column, one.message) if part) for one in complaints]
    answer(
        as_json,
        {"rows": rows, "accepted": 0, "created": 0, "complaints": listed},
        [*lines, f"共 {len(complaints)} 处问题，没有导入任何内容。"],
    )
    sys.exit(1)


COMMANDS = (sheet,)
