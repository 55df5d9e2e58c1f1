"""The database restarts, has no connection left, ends a transaction: clear answers, no form lost, and back by itself."""

from __future__ import annotations

import dataclasses
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from app.extensions import db, writing
from app.factory import create_app
from app.jobs import runner
from app.jobs.registry import Job
from app.models.need import Need
from app.models.process import Process
from app.models.serial import Serial
from tests import paper
from tests.cast import csrf, engage, sign_in
from tests.cluster import Cluster
from tests.conftest import settings_for, upgrade
from tests.visitor import Visitor

TYPED = paper.need_form(action="draft") | {"modes": "joint", "problem": "磨削时主轴升温，\n尺寸漂移 <8 微米> & 更多"}


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A PostgreSQL that this test may stop and start."""
    server = Cluster(durable=True)
    yield server
    server.stop()


@pytest.fixture
def away_app(own_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    url, home = own_cluster.create("market"), tmp_path_factory.mktemp("away")
    upgrade(url, home)
    app = create_app(settings_for(url, home))
    app.test_client_class = Visitor
    yield app
    with app.app_context():
        db.engine.dispose()


def typed_again(page: str) -> dict[str, str]:
    """The form that the page offers to send again."""
    fields = dict(re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page, re.DOTALL))
    fields |= dict(re.findall(r'<input type="hidden" name="(csrf_token)" value="([^"]*)">', page))
    return {name: unescape(words) for name, words in fields.items()}


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_postgresql_restarts_in_the_middle(away_app: Flask, own_cluster: Cluster, how: str) -> None:
    """Pages say so and keep what was typed; the background work and the pages come back without anybody's doing."""
    ticks: list[datetime] = []

    def look(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
        db.session.execute(text("SELECT 1"))
        db.session.rollback()
        ticks.append(now)
        return {}

    with away_app.app_context():
        cast = engage(db.session())
        db.session.commit()
    client = sign_in(away_app.test_client(), cast.owner)
    assert client.get("/portal/needs").status_code == 200
    form = TYPED | {"csrf_token": csrf(client)}
    worker = runner.Runner(away_app, [Job("trial", 0.1, look, "试验")])
    worker.start()
    try:
        until(lambda: len(ticks) > 1)
        own_cluster.pause(how=how)
        shown = client.get("/portal/needs")
        assert (shown.status_code, shown.headers["Retry-After"]) == (503, "10")
        kept = client.post("/portal/needs/new", data=form)
        assert kept.status_code == 503
        assert "您填写的内容还在这一页上" in kept.text
        assert typed_again(kept.text) == form
        assert client.get("/healthz").status_code == 503
        own_cluster.resume()
        count = len(ticks)
        until(lambda: len(ticks) > count + 1)
        assert worker.alive
        assert client.get("/portal/needs").status_code == 200
        assert client.post("/portal/needs/new", data=typed_again(kept.text)).status_code == 303
        worker._beat()
    finally:
        worker.stop()
    with away_app.app_context():
        need = db.session.scalars(select(Need)).one()
        assert (need.title, need.problem.replace("\r\n", "\n")) == (TYPED["title"], TYPED["problem"])
        assert db.session.scalars(select(Process)).all() == []


def test_without_a_free_connection_the_answer_is_quick(app: Flask) -> None:
    given = dataclasses.replace(app.extensions["settings"], database_connections=2, database_wait=0.3)
    small = create_app(given)
    with small.app_context(), db.engine.connect() as one, db.engine.connect() as other:
        since = time.monotonic()
        answer = small.test_client().get("/healthz")
        took = time.monotonic() - since
        assert not one.closed
        assert not other.closed
    again = small.test_client().get("/healthz")
    with small.app_context():
        db.engine.dispose()
    assert (answer.status_code, again.status_code) == (503, 200)
    assert answer.headers["Retry-After"] == "10"
    assert took < 5


@pytest.mark.databases("postgresql")
@pytest.mark.parametrize("again", [True, False], ids=["done once more", "the twin, done once"])
def test_a_deadlock_is_not_the_visitors_trouble(app: Flask, again: bool) -> None:
    with app.app_context(), writing() as session:
        session.add_all([Serial(series="a", last=0), Serial(series="b", last=0)])
    crossed = threading.Barrier(2)
    visits: list[str] = []

    def both(first: str, second: str) -> str:
        with writing() as session:
            visits.append(first)
            add(session, first)
            if len(visits) <= 2:
                crossed.wait(30)
            add(session, second)
        return "done"

    def add(session: object, name: str) -> None:
        db.session.execute(update(Serial).where(Serial.series == name).values(last=Serial.last + 1))

    app.add_url_rule("/trial/<first>/<second>", "site.trial", both)
    if not again:
        app.dispatch_request = partial(Flask.dispatch_request, app)  # type: ignore[method-assign]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda path=path: answers.append(app.test_client().get(path).status_code))
        for path in ("/trial/a/b", "/trial/b/a")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with app.app_context():
        counted = db.session.scalars(select(Serial.last).order_by(Serial.series)).all()
    assert sorted(answers) == ([200, 200] if again else [200, 503])
    assert counted == ([2, 2] if again else [1, 1])


@pytest.mark.databases("postgresql")
def test_connections_give_up_what_they_wait_for(app: Flask) -> None:
    with app.app_context():
        found = {
            name: db.session.scalar(text(f"SHOW {name}"))
            for name in ("lock_timeout", "idle_in_transaction_session_timeout")
        }
    assert found == {"lock_timeout": "15s", "idle_in_transaction_session_timeout": "5min"}
