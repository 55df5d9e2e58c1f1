"""Every migration is rehearsed with records of every kind in the tables: back step by step, and forward, on both databases.

What a table of the step below can hold must be the same afterwards, row by row.
"""

from __future__ import annotations

from pathlib import Path

import flask_migrate
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import select, text

from app.database import contents, copying
from app.database.contents import Digest, Holding
from app.database.sqlite import keep_copy
from app.extensions import db, writing
from tests.architecture.sources import ROOT
from tests.security import estate

MIGRATIONS = str(ROOT / "migrations")
REVISIONS = [
    one.revision
    for one in reversed(
        list(ScriptDirectory.from_config(Config(config_args={"script_location": MIGRATIONS})).walk_revisions())
    )
]
OLDEST_LOSSLESS = "0005"
"""From here up a step back removes tables and columns, but no rows of the tables that stay."""


def shape() -> dict[str, list[str]]:
    """The tables and columns that are there."""
    with copying.snapshot(db.engine) as connection:
        return {
            table.name: [column.name for column in contents.columns_of(table)]
            for table in contents.tables_of(connection)
        }


def held(within: dict[str, list[str]]) -> dict[str, Holding]:
    """What the tables hold, as far as these tables and columns go."""
    found = {}
    with copying.snapshot(db.engine) as connection:
        for table in contents.tables_of(connection):
            if table.name not in within or table.name == "letter":  # held letters are cancelled on the way back
                continue
            columns = [table.c[name] for name in within[table.name] if name in table.c]
            digest = Digest()
            digest.add([tuple(row) for row in connection.execute(select(*columns).order_by(*table.primary_key))])
            found[table.name] = digest.holding()
    return found


def test_every_step_back_and_forward_keeps_what_both_sides_can_hold(app: Flask) -> None:
    with app.app_context():
        with writing() as session:
            estate.build(session)
        newest = shape()
        before = held(newest)
        steps = REVISIONS[REVISIONS.index(OLDEST_LOSSLESS) :]
        for lower in reversed(steps[:-1]):
            flask_migrate.downgrade(directory=MIGRATIONS, revision=lower)
        bottom = shape()
        at_the_bottom = held(bottom)
        for upper in steps[1:]:
            flask_migrate.upgrade(directory=MIGRATIONS, revision=upper)
        assert shape() == newest
        assert held(bottom) == at_the_bottom
        assert {name: one.rows for name, one in at_the_bottom.items()} == {
            name: before[name].rows for name in at_the_bottom
        }
        assert sum(one.rows for one in at_the_bottom.values()) > 80
        db.session.remove()


@pytest.mark.databases("sqlite")
def test_a_file_is_copied_before_its_tables_change(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        with writing() as session:
            estate.build(session)
        file = Path(str(db.engine.url.database))
        flask_migrate.downgrade(directory=MIGRATIONS, revision=REVISIONS[-2])
        copies = sorted(one.name for one in file.parent.glob("*.of-*"))
        assert copies == [f"{file.name}.of-{REVISIONS[-1]}"]
        flask_migrate.upgrade(directory=MIGRATIONS)
        assert len(list(file.parent.glob("*.of-*"))) == 2
        flask_migrate.upgrade(directory=MIGRATIONS)  # nothing to do: nothing to copy
        assert len(list(file.parent.glob("*.of-*"))) == 2
        assert copying.check_sqlite_file(file.with_name(copies[0])) == []
        db.session.remove()


@pytest.mark.databases("sqlite")
def test_an_empty_file_is_not_worth_a_copy(app: Flask) -> None:
    with app.app_context():
        file = Path(str(db.engine.url.database))
        assert db.session.execute(text("SELECT count(*) FROM organisation")).scalar() == 0
        db.session.remove()
    assert keep_copy(file, "0001") is None
    assert list(file.parent.glob("*.of-*")) == []
