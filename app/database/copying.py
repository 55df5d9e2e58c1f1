"""Copies everything one database holds into another, between SQLite and PostgreSQL either way, and checks the copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, Table, insert, text

from app.database import contents
from app.database.contents import Digest, Holding


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the database as it stands now, whatever others write meanwhile; it keeps nobody waiting."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        contents.revision_of(connection)  # the first look fixes what is seen
        yield connection
        connection.rollback()


def fill(source: Connection, target: Connection) -> dict[str, Holding]:
    """Copy the rows of every table into the target, which has the same tables without rows; what went over, by table.

    Runs in the target's open transaction. PostgreSQL's sequences go on after the highest number.
    """
    theirs = {table.name: table for table in contents.tables_of(target)}
    if target.dialect.name == "sqlite":
        target.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    for name in ("lease",):  # what the background work of an empty installation has left
        if name in theirs:
            target.execute(theirs[name].delete())
    found = {}
    for table in contents.tables_of(source):
        digest, write = Digest(), _writer(target, theirs[table.name])
        for batch in contents.rows_of(source, table):
            digest.add(batch)
            write(batch)
        found[table.name] = digest.holding()
    if target.dialect.name == "postgresql":
        _set_sequences(target, list(theirs.values()))
    return found


def _writer(target: Connection, table: Table) -> Any:
    names = [column.name for column in contents.columns_of(table)]
    if target.dialect.name == "sqlite":
        statement = insert(table)

        def into_sqlite(batch: Sequence[tuple[Any, ...]]) -> None:
            target.execute(statement, [dict(zip(names, map(_naive, row), strict=True)) for row in batch])

        return into_sqlite
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )

    def into_postgresql(batch: Sequence[tuple[Any, ...]]) -> None:
        driver = cast("psycopg.Connection[Any]", target.connection.driver_connection)
        with driver.cursor() as cursor, cursor.copy(command) as copy:
            for row in batch:
                copy.write_row(row)

    target.execute(text("SELECT 1"))  # the transaction is SQLAlchemy's to end
    return into_postgresql


def _naive(value: Any) -> Any:
    """SQLite keeps instants without their zone, in UTC."""
    return value.replace(tzinfo=None) if getattr(value, "tzinfo", None) is not None else value


def _set_sequences(target: Connection, tables: list[Table]) -> None:
    for table in tables:
        for column in table.primary_key:
            sequence = target.scalar(
                text("SELECT pg_get_serial_sequence(:name, :column)"), {"name": table.name, "column": column.name}
            )
            if sequence is not None:
                highest = f'SELECT max("{column.name}") FROM "{table.name}"'  # noqa: S608 - names of our own tables
                target.execute(
                    text(f"SELECT setval(:sequence, coalesce(({highest}), 1), ({highest}) IS NOT NULL)"),
                    {"sequence": sequence},
                )


def into_sqlite_file(source: Connection, path: Path) -> None:
    """Copy an SQLite database, seen through a snapshot, into one file that stands by itself."""
    driver = cast("sqlite3.Connection", source.connection.driver_connection)
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        driver.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def check_sqlite_file(path: Path) -> list[str]:
    """What SQLite itself finds wrong with the file: damaged pages, rows without their parents."""
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        found = [str(row[0]) for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
        return found + [f"{row[0]}: {row[1]}" for row in copy.execute("PRAGMA foreign_key_check")]


def size(connection: Connection) -> int:
    """How many bytes the database takes."""
    if connection.dialect.name == "postgresql":
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages = connection.scalar(text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"))
    return int(pages or 0)
