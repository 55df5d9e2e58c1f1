"""Says what a database holds, in one spelling on SQLite and PostgreSQL: its tables, their rows, a hash over each.

Works on the tables that are there, not on the models: what an older version wrote is read as it stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column, Connection, MetaData, Select, String, Table, Text, cast, event, func, select, text

BATCH = 1000
"""Rows that are read and written at a time."""

NOT_CONTENT = {"alembic_version", "process"}
"""Tables that speak of an installation, not of what people entered."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What one table holds: the number of its rows and the SHA-256 over them, ordered by their keys."""

    rows: int
    hash: str


def tables_of(connection: Connection) -> list[Table]:
    """The tables that are there, parents before children. Columns of JSON come as the text that is stored."""
    metadata = MetaData()
    event.listen(metadata, "column_reflect", _as_text)
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name not in NOT_CONTENT]


def _as_text(_inspector: Any, _table: Table, column: Any) -> None:
    if isinstance(column["type"], JSON):
        column["type"] = Text()
        column["info"] = {"json": True}


def revision_of(connection: Connection) -> str | None:
    """The migration that the database stands at; None before the first."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def rows_of(connection: Connection, table: Table) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The rows in batches, ordered by their keys, values in the order of `columns_of` and in Python's types."""
    found = connection.execution_options(stream_results=True, yield_per=BATCH).execute(_ordered(connection, table))
    for batch in found.partitions(BATCH):
        yield [tuple(_plain(value) for value in row) for row in batch]


def columns_of(table: Table) -> list[Column[Any]]:
    """The columns by name: their order in the database depends on the way it came about."""
    return sorted(table.columns, key=lambda column: column.name)


def _ordered(connection: Connection, table: Table) -> Select[Any]:
    postgresql = connection.dialect.name == "postgresql"
    read = [cast(column, Text) if column.info.get("json") else column for column in columns_of(table)]
    keys = [
        key.collate("C") if postgresql and isinstance(key.type, String) else key  # SQLite compares bytes
        for key in table.primary_key
    ]
    return select(*read).order_by(*keys)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return bytes(value) if isinstance(value, memoryview) else value


class Digest:
    """Counts and hashes rows as they go by."""

    def __init__(self) -> None:
        self._rows = 0
        self._hash = hashlib.sha256()

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Take a batch of rows in."""
        for row in rows:
            line = json.dumps([_spelled(value) for value in row], ensure_ascii=False, separators=(",", ":"))
            self._hash.update(line.encode("utf-8", "surrogatepass") + b"\n")
        self._rows += len(rows)

    def holding(self) -> Holding:
        """What was taken in so far."""
        return Holding(self._rows, self._hash.hexdigest())


def _spelled(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": hashlib.sha256(value).hexdigest()}
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, datetime | date):
        return {"at": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": format(value.normalize(), "f")}
    return value


def holdings(connection: Connection) -> dict[str, Holding]:
    """What each table holds, in one transaction's sight, by name."""
    found = {}
    for table in tables_of(connection):
        digest = Digest()
        for batch in rows_of(connection, table):
            digest.add(batch)
        found[table.name] = digest.holding()
    return found


def is_empty(connection: Connection) -> bool:
    """Whether nobody has entered anything: no tables, or no rows but those that the background work leaves."""
    return not any(
        connection.scalar(select(func.count()).select_from(table))
        for table in tables_of(connection)
        if table.name != "lease"
    )


def differences(wanted: dict[str, Holding], found: dict[str, Holding]) -> list[str]:
    """What differs, one line in Chinese for each table; empty when both hold the same."""
    lines = []
    for name in sorted(wanted.keys() | found.keys()):
        one, other = wanted.get(name), found.get(name)
        if one is None or other is None:
            lines.append(f"表 {name}：只在一边有")
        elif one.rows != other.rows:
            lines.append(f"表 {name}：应有 {one.rows} 行，实有 {other.rows} 行")
        elif one != other:
            lines.append(f"表 {name}：行数相同（{one.rows}），内容不同")
    return lines
