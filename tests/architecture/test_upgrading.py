"""A database of the first release that people worked with is brought to the newest tables, and back, without a loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from sqlalchemy import MetaData, create_engine, insert, select

from app.extensions import db
from app.factory import create_app
from tests.architecture.sources import ROOT
from tests.cast import NOW
from tests.conftest import settings_for

MIGRATIONS = str(ROOT / "migrations")
RELEASED = "0001"
FIRM: dict[str, Any] = {"id": 7, "kind": "enterprise", "name": "甲企业", "created_at": NOW}
NEED: dict[str, Any] = {"id": 8, "organisation_id": 7, "title": "热误差补偿", "state": "published", "created_at": NOW,
                        "changed_at": NOW, "published_at": NOW}  # fmt: skip
OFFER: dict[str, Any] = {
    "id": 9,
    "organisation_id": 7,
    "title": "补偿方法",
    "state": "listed",
    "created_at": NOW,
    "changed_at": NOW,
    "listed_at": NOW,
}
PAIRING: dict[str, Any] = {"id": 10, "need_id": 8, "achievement_id": 9, "score": 0.4, "rank": 1, "state": "shortlisted",
                           "computed_at": NOW, "sentence": "双方都提到热误差。"}  # fmt: skip
MOVE: dict[str, Any] = {"id": 11, "noun": "pairing", "subject_id": 10, "verb": "keep", "at": NOW, "actor_name": "市桥",
                        "actor_role": "organizer"}  # fmt: skip
ROWS = (("organisation", FIRM), ("need", NEED), ("achievement", OFFER), ("pairing", PAIRING), ("move_record", MOVE))
BLANK = {"VARCHAR": "", "TEXT": "", "INTEGER": 1, "FLOAT": 0.0, "BOOLEAN": False, "JSON": []}


def _filled(table: Any, row: dict[str, Any]) -> dict[str, Any]:
    """The row with something in every column that must not be empty."""
    empty = {
        column.name: next((value for kind, value in BLANK.items() if str(column.type).startswith(kind)), NOW)
        for column in table.columns
        if not column.nullable and column.name not in row
    }
    return empty | row


@pytest.mark.parametrize("back", [False, True], ids=["upgraded", "upgraded and taken back"])
def test_what_people_entered_survives(empty_engine_url: str, tmp_path: Path, back: bool) -> None:
    app = create_app(settings_for(empty_engine_url, tmp_path / "data"))
    engine = create_engine(empty_engine_url)
    with app.app_context():
        flask_migrate.upgrade(directory=MIGRATIONS, revision=RELEASED)
        released = MetaData()
        released.reflect(engine)
        with engine.begin() as connection:
            for name, row in ROWS:
                connection.execute(insert(released.tables[name]).values(_filled(released.tables[name], row)))
        flask_migrate.upgrade(directory=MIGRATIONS)
        if back:
            flask_migrate.downgrade(directory=MIGRATIONS, revision=RELEASED)
        now = MetaData()
        now.reflect(engine)
        with engine.connect() as connection:
            for name, row in ROWS:
                found = connection.execute(select(now.tables[name])).mappings().one()
                assert {key: found[key] for key in row if "_at" not in key and key != "at"} == {
                    key: value for key, value in row.items() if "_at" not in key and key != "at"
                }
        db.engine.dispose()
    engine.dispose()
    assert back == ("lexicon_entry" not in now.tables)
