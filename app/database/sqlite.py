"""Owns what makes SQLite safe here: WAL, full sync, foreign keys, and BEGIN IMMEDIATE for writers.

Deferred BEGIN lets two readers become writers and fail at once with SQLITE_BUSY_SNAPSHOT; IMMEDIATE queues them.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

WRITING = "market_writing"


@event.listens_for(Engine, "connect")
def _set_pragmas(connection: Any, record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # SQLAlchemy's "begin" event below says BEGIN, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def keep_copy(path: Path, revision: str) -> Path | None:
    """Copy the database file beside itself before its tables change: NAME.of-REVISION, made anew each time.

    None when nobody has entered anything yet. `revision` is the migration the file stands at.
    """
    copy = path.with_name(f"{path.name}.of-{revision}")
    draft = copy.with_name(f".{copy.name}.part")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(draft)) as target:
        if not _has_people(source):
            draft.unlink()
            return None
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    draft.chmod(0o600)
    draft.replace(copy)
    return copy


def _has_people(source: sqlite3.Connection) -> bool:
    known = source.execute("SELECT 1 FROM sqlite_master WHERE name = 'organisation'").fetchone()
    return known is not None and source.execute("SELECT 1 FROM organisation LIMIT 1").fetchone() is not None
