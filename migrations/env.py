"""Runs the migrations on the application's own database, inside `flask db ...`.

Logging is left to the application. On SQLite a changed table is copied and dropped: foreign keys are therefore not
followed meanwhile (dropping a parent would delete its children) and are checked at the end.
"""

from pathlib import Path
from typing import Literal

from alembic import context
from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from app.database import sqlite
from app.database.base import UTCDateTime

extension = current_app.extensions["migrate"]
engine: Engine = extension.db.engine


def render_plainly(kind: str, item: object, _: object) -> str | Literal[False]:
    """Write our own column types into migrations as what they are in the database."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


options = {"target_metadata": extension.db.metadata, "render_item": render_plainly, **extension.configure_args}


def follow_foreign_keys(connection: Connection, *, follow: bool) -> None:
    """Switch SQLite's foreign keys; only possible outside a transaction, hence not through SQLAlchemy."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA foreign_keys={'ON' if follow else 'OFF'}")


def check_foreign_keys(connection: Connection) -> None:
    """Raise IntegrityError when a migration has left a row without its parent."""
    if connection.dialect.name == "sqlite":
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if orphans:
            raise IntegrityError(f"rows without parent: {orphans[:5]}", None, ValueError("foreign keys"))


def keep_copy(connection: Connection) -> None:
    """Copy an SQLite file before its tables change: SQLite's migrations copy and drop tables, and a disk may fill up."""
    try:
        wanted = context.get_revision_argument()
    except KeyError:  # a command that only looks
        return
    stands_at = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    file = engine.url.database
    if connection.dialect.name == "sqlite" and stands_at is not None and stands_at != wanted and file:
        copy = sqlite.keep_copy(Path(file), stands_at)
        if copy is not None:
            print(f"已把迁移前的数据库另存为 {copy}")


def run_online() -> None:
    """Migrate in one transaction."""
    with engine.connect() as connection:
        keep_copy(connection)
        follow_foreign_keys(connection, follow=False)
        try:
            context.configure(connection=connection, **options)
            with context.begin_transaction():
                context.run_migrations()
                check_foreign_keys(connection)
        finally:
            connection.rollback()
            follow_foreign_keys(connection, follow=True)


def run_offline() -> None:
    """Print the SQL instead of running it."""
    context.configure(dialect_name=engine.dialect.name, literal_binds=True, **options)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
