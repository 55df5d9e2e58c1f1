"""Owns what all tests share: databases, settings, the application, the postbox, the browser, and no network."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # imported late: the tests of the pure packages need none of it
    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import ConsoleMessage, Page
    from sqlalchemy.orm import Session

    from app.domain.settings import Settings
    from tests.cast import Cast
    from tests.cluster import Cluster
    from tests.postbox import Postbox

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("sqlite", "postgresql")
NOBODY_LISTENS = 9  # the discard port: a letter sent by mistake fails at once


# ------------------------------------------------------------------------------------------ no network


def _is_ours(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.split("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        host = arguments[1][0] if isinstance(arguments[1], tuple) else None  # a path: a socket of this machine
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_ours(host):
        raise RuntimeError(f"a test tried to reach {host!r}: tests stay on this machine")


sys.addaudithook(_refuse_network)


# ------------------------------------------------------------------------------------------ databases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test of a database on both; the mark databases("sqlite") narrows the choice."""
    if "database_kind" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("databases")
        metafunc.parametrize("database_kind", mark.args if mark else DATABASES, scope="function")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The temporary PostgreSQL server of this test process."""
    from tests.cluster import Cluster

    server = Cluster()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Numbers that never repeat in this test process, for names of databases."""
    return count(1)


def settings_for(database_url: str, data_dir: Path, **given: str) -> Settings:
    """Return settings for a test: checked like any others, the background work off, nobody listening to letters."""
    import config

    environ = {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(data_dir),
        "SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "MAIL_PORT": str(NOBODY_LISTENS),
        "JOBS": "off",
        "FLASK_RUN_FROM_CLI": "true",
    }
    return dataclasses.replace(config.load(environ | given), testing=True)


def upgrade(database_url: str, data_dir: Path) -> None:
    """Bring an empty database to the newest migration."""
    import flask_migrate

    from app.extensions import db
    from app.factory import create_app

    app = create_app(settings_for(database_url, data_dir))
    with app.app_context():
        try:
            flask_migrate.upgrade(directory=str(ROOT / "migrations"))
        finally:
            db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all migrations and no rows."""
    home = tmp_path_factory.mktemp("sqlite")
    path = home / "template.db"
    upgrade(f"sqlite:///{path}", home)
    return path


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database with all migrations and no rows."""
    upgrade(cluster.create("with_schema"), tmp_path_factory.mktemp("postgresql"))
    return "with_schema"


@pytest.fixture
def empty_engine_url(
    database_kind: str, tmp_path: Path, numbers: Iterator[int], request: pytest.FixtureRequest
) -> Iterator[str]:
    """Address of a database without any table, on SQLite and on PostgreSQL."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"empty_{next(numbers)}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest.fixture
def engine_url(
    database_kind: str, tmp_path: Path, numbers: Iterator[int], request: pytest.FixtureRequest
) -> Iterator[str]:
    """Address of a fresh database with all tables and no rows, on SQLite and on PostgreSQL; removed after the test."""
    if database_kind == "sqlite":
        path = tmp_path / "market.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"test_{next(numbers)}"
    yield cluster.create(name, template=request.getfixturevalue("postgresql_template"))
    cluster.drop(name)


# ------------------------------------------------------------------------------------------ the application


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that listens on a free port of the loopback address, for live_server."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        yield bound


@pytest.fixture
def settings(engine_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings of a test; letters go to the postbox when the test has one, links to the live server when it has one."""
    given = {}
    if "smtp" in request.fixturenames:
        given["MAIL_PORT"] = str(request.getfixturevalue("smtp").port)
    if "live_server" in request.fixturenames:
        given["PUBLIC_URL"] = f"http://127.0.0.1:{request.getfixturevalue('listening').getsockname()[1]}"
    return settings_for(engine_url, tmp_path / "data", **given)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application on a fresh database with all tables and no rows."""
    from app.extensions import db
    from app.factory import create_app
    from tests.visitor import Visitor

    application = create_app(settings)
    application.test_client_class = Visitor
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor who is not signed in."""
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session in an application context; what the test does not commit is rolled back."""
    from app.extensions import db

    with app.app_context():
        yield db.session()
        db.session.rollback()


@pytest.fixture
def cast(app: Flask) -> Cast:
    """The organisations and people of tests/cast.py, written and committed."""
    from app.extensions import db
    from tests.cast import engage

    with app.app_context():
        people = engage(db.session())
        db.session.commit()
    return people


@pytest.fixture
def smtp() -> Iterator[Postbox]:
    """A real SMTP server that keeps what it is given; `smtp.received` and `smtp.to(address)` show it."""
    from tests.postbox import PostboxServer

    server = PostboxServer()
    yield server.postbox
    server.stop()


# ------------------------------------------------------------------------------------------ the browser


@pytest.fixture
def live_server(app: Flask, listening: socket.socket) -> Iterator[str]:
    """The address at which the application answers a real browser, without a slash at the end."""
    from werkzeug.serving import make_server

    host, port = listening.getsockname()[:2]
    server = make_server(host, port, app, threaded=True, fd=listening.fileno())
    thread = threading.Thread(target=server.serve_forever, name="live server", daemon=True)
    thread.start()
    yield f"http://{host}:{port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How to start Debian's Chromium: no other address than ours can be reached."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert path is not None, "no Chromium found: run tools/system.sh chromium fonts"
    arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    if os.getuid() == 0:
        arguments.append("--no-sandbox")
    return {"executable_path": path, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """A visitor from Xuchang."""
    return {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page whose scripts and security policy must not complain."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if _is_complaint(line) else None)
    yield page
    assert complaints == []


def _is_complaint(line: ConsoleMessage) -> bool:
    """Whether something went wrong; a page of ours that says no (401 to 429) is no mistake, a missing file is one."""
    refused = line.text.startswith("Failed to load resource: the server responded with a status of 4")
    return line.type == "error" and not (refused and "/static/" not in line.location["url"])
