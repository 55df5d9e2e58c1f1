"""A database with other tables than this version's: the health page and the commands say which command mends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app.database import schema
from app.extensions import db
from app.factory import create_app
from tests.conftest import settings_for

EMPTY = "数据库里还没有建表，请先运行：flask --app wsgi db upgrade"


@pytest.fixture
def empty_app(empty_engine_url: str, tmp_path: Path) -> Flask:
    return create_app(settings_for(empty_engine_url, tmp_path / "data"))


def close(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def test_an_empty_database_is_not_healthy(empty_app: Flask) -> None:
    answer = empty_app.test_client().get("/healthz")
    close(empty_app)
    assert (answer.status_code, answer.json) == (503, {"status": "error", "message": EMPTY})


@pytest.mark.parametrize("words", [["pair"], ["demo", "load"], ["jobs", "once"], ["season", "plan", "2022"]])
@pytest.mark.databases("sqlite")
def test_commands_say_what_to_do_with_an_empty_database(empty_app: Flask, words: list[str]) -> None:
    ended = empty_app.test_cli_runner().invoke(args=words)
    close(empty_app)
    assert (ended.exit_code, ended.output) == (1, f"Error: {EMPTY}\n")


def test_a_current_database_is_healthy(app: Flask) -> None:
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_tables_of_another_version_are_named(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        db.session.commit()
    wanted = f"数据库结构（0000）与程序（{schema.newest()}）不一致，请先备份数据，再运行：flask --app wsgi db upgrade"
    answer = app.test_client().get("/healthz")
    ended = app.test_cli_runner().invoke(args=["pair"])
    assert (answer.status_code, answer.json) == (503, {"status": "error", "message": wanted})
    assert (ended.exit_code, ended.output) == (1, f"Error: {wanted}\n")
