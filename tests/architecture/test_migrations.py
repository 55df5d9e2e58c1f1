"""The migrations make exactly the tables of the models, on both databases, and stand on their own."""

import ast
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, create_engine, inspect

from app.extensions import db
from app.factory import create_app
from tests.architecture.sources import ROOT, sources
from tests.conftest import settings_for, upgrade

MIGRATIONS = ROOT / "migrations"


def checks_of_the_models() -> dict[str, list[str]]:
    return {
        table.name: names
        for table in db.metadata.tables.values()
        if (names := sorted(str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)))
    }


def checks_of_the_database(connection: Connection) -> dict[str, list[str]]:
    inspector = inspect(connection)
    found = {
        table: sorted(str(one["name"]) for one in inspector.get_check_constraints(table))
        for table in inspector.get_table_names()
    }
    return {table: names for table, names in found.items() if names}


def test_upgrading_makes_the_tables_of_the_models(engine_url: str) -> None:
    engine = create_engine(engine_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences: list[Any] = compare_metadata(context, db.metadata)
        checks = checks_of_the_database(connection)
    engine.dispose()
    assert differences == []
    assert checks == checks_of_the_models()


def test_going_back_and_forth_again_works(empty_engine_url: str, tmp_path: Path) -> None:
    upgrade(empty_engine_url, tmp_path / "data")
    app = create_app(settings_for(empty_engine_url, tmp_path / "data"))
    with app.app_context():
        flask_migrate.downgrade(directory=str(MIGRATIONS), revision="base")
        left = inspect(db.engine).get_table_names()
        flask_migrate.upgrade(directory=str(MIGRATIONS))
        back = set(inspect(db.engine).get_table_names())
        db.engine.dispose()
    assert left == ["alembic_version"]
    assert back == {*db.metadata.tables, "alembic_version"}


def test_the_migrations_are_one_line() -> None:
    """Two branches of development that both add a migration must notice each other."""
    script = ScriptDirectory.from_config(Config(config_args={"script_location": str(MIGRATIONS)}))
    revisions = list(script.walk_revisions())
    assert len(script.get_heads()) == 1
    assert [revision for revision in revisions if revision.is_branch_point or revision.is_merge_point] == []


def test_the_head_is_written_down() -> None:
    """The file migrations/head makes two branches that both add a migration conflict when they are merged."""
    script = ScriptDirectory.from_config(Config(config_args={"script_location": str(MIGRATIONS)}))
    assert (MIGRATIONS / "head").read_text(encoding="utf-8") == f"{script.get_current_head()}\n"


@pytest.mark.parametrize("source", sources("migrations/versions"), ids=lambda source: Path(source.path).stem)
def test_a_migration_imports_nothing_of_the_application(source: Any) -> None:
    """Models change; what a migration did must not change with them."""
    imported = {
        name.split(".")[0]
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    assert imported - {"__future__", "alembic", "sqlalchemy", "datetime"} == set()
