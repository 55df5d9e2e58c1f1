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
EXPERT: dict[str, Any] = {"id": 12, "organisation_id": 7, "name": "热专家", "email": "expert@cast.test"}
EVENT: dict[str, Any] = {"id": 13, "year": 2022, "number": 1, "kind": "docking", "title": "对接会", "state": "announced",
                         "starts_at": NOW, "capacity": 9, "seats_taken": 0, "slot_count": 4, "slot_minutes": 20, "tables": 2,
                         "timetable": {"bound": 400, "status": "optimal", "mark": "m", "figures": {"score": 400}},
                         "created_at": NOW, "changed_at": NOW, "held_at": None}  # fmt: skip
MEETING: dict[str, Any] = {"id": 14, "event_id": 13, "pairing_id": 10, "enterprise_id": 7, "expert_id": 12, "slot": 2,
                           "table_number": 1, "is_locked": True, "created_at": NOW}  # fmt: skip
ROWS = (("organisation", FIRM), ("need", NEED), ("achievement", OFFER), ("pairing", PAIRING), ("move_record", MOVE),
        ("expert", EXPERT), ("event", EVENT), ("meeting", MEETING))  # fmt: skip
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


def test_what_stands_at_the_tables_becomes_the_first_version(empty_engine_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(empty_engine_url, tmp_path / "data"))
    engine = create_engine(empty_engine_url)
    with app.app_context():
        flask_migrate.upgrade(directory=MIGRATIONS, revision="0003")
        before = MetaData()
        before.reflect(engine)
        with engine.begin() as connection:
            for name, row in ROWS:
                connection.execute(insert(before.tables[name]).values(_filled(before.tables[name], row)))
        flask_migrate.upgrade(directory=MIGRATIONS)
        db.engine.dispose()
    now = MetaData()
    now.reflect(engine)
    with engine.connect() as connection:
        version = connection.execute(select(now.tables["timetable_version"])).mappings().one()
        assert (version["event_id"], version["number"], version["edition"], version["origin"]) == (13, 1, 1, "taken")
        assert version["placements"] == [[10, 2, 1, 12, 1]]
        assert version["figures"] == {"score": 400, "bound": 400, "status": "optimal"}
        for name in ("event", "meeting"):
            assert connection.scalar(select(now.tables[name].c.edition)) == 1
    engine.dispose()
