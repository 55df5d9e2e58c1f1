"""Says whether the database has the tables that this version of the program works with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

HEAD = Path(__file__).resolve().parents[2] / "migrations" / "head"
COMMAND = "flask --app wsgi db upgrade"


def fault(session: Session) -> str:
    """What is wrong with the schema and which command mends it, in Chinese; empty when it is the program's own."""
    there = present(session)
    if there == newest():
        return ""
    if there is None:
        return f"数据库里还没有建表，请先运行：{COMMAND}"
    return f"数据库结构（{there}）与程序（{newest()}）不一致，请先备份数据，再运行：{COMMAND}"


def present(session: Session) -> str | None:
    """The migration that the database stands at; None before the first."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    found: str | None = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


@cache
def newest() -> str:
    """The newest migration of the program."""
    return HEAD.read_text(encoding="utf-8").strip()
