"""The estate in a running application on SQLite: a browser for every role, the way back, and a mark of all rows.

Who may do what does not depend on the database; the services' own tests run on both.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.database.base import Base
from app.domain import clock
from app.extensions import db, writing
from app.factory import create_app
from app.jobs.registry import JOBS
from app.models.history import MoveRecord
from app.services import heartbeats
from tests import cast
from tests.conftest import settings_for
from tests.security import estate
from tests.security.estate import Estate
from tests.visitor import Visitor

TABLES = tuple(table.name for table in Base.metadata.sorted_tables)
ASKED_TO_SIGN_IN = ("/sign-in", "/waiting")


@dataclass(frozen=True, slots=True)
class House:
    """The application, the estate in it, the database file and a copy of it as it was built."""

    app: Flask
    estate: Estate
    path: Path
    copy: Path

    def browser(self, role: str) -> FlaskClient:
        """A browser in which this role has signed in; anonymous: nobody has."""
        client = self.app.test_client()
        return client if role == "anonymous" else cast.sign_in(client, self.estate.people[role])

    def address(self, rule: Rule, given: dict[str, Any]) -> str:
        """The path of a rule; a text among the values names an id or a token of the estate, as far as it has one."""
        known = self.estate.ids | self.estate.tokens
        values = {name: known.get(value, value) for name, value in given.items()}
        _host, path = rule.build(values, append_unknown=False) or ("", "")
        assert path, f"{rule.endpoint} {rule.rule} needs {sorted(rule.arguments)}"
        return path

    def mark(self) -> str:
        """A digest of all rows of all tables, except the notes that somebody was refused."""
        digest = hashlib.sha256()
        with closing(sqlite3.connect(self.path)) as connection:
            for table in TABLES:
                chosen = " WHERE verb <> 'denied'" if table == MoveRecord.__tablename__ else ""
                digest.update(table.encode())
                for row in connection.execute(f"SELECT * FROM {table}{chosen} ORDER BY rowid"):
                    digest.update(repr(row).encode())
        return digest.hexdigest()

    def restore(self) -> None:
        """Everything as it was built."""
        with self.app.app_context():
            db.engine.dispose()
        for ending in ("-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        shutil.copyfile(self.copy, self.path)


def open_house(template: Path, home: Path) -> House:
    """Build the estate in a copy of the empty database."""
    path, copy = home / "market.db", home / "as-built.db"
    shutil.copyfile(template, path)
    app = create_app(settings_for(f"sqlite:///{path}", home))
    app.test_client_class = Visitor
    clock.set_clock(cast.NOW)
    with app.app_context():
        with writing() as session:
            made = estate.build(session)
            heartbeats.tick(session, dict.fromkeys(JOBS, cast.NOW))
        db.engine.dispose()
    assert not path.with_name(path.name + "-wal").exists()  # the last connection has written everything into the file
    shutil.copyfile(path, copy)
    return House(app, made, path, copy)


def answer_of(response: TestResponse) -> str:
    """What a response means: ok, login, forbidden, missing, or the number of anything else."""
    target = (response.location or "").partition("?")[0]
    if response.status_code == 302 and target in ASKED_TO_SIGN_IN:  # after a form was taken, it is 303
        return "login"
    return {200: "ok", 302: "ok", 303: "ok", 403: "forbidden", 404: "missing"}.get(
        response.status_code, str(response.status_code)
    )
