"""The pages for machines: ready or not and why, figures behind a token, request ids, and nothing about people."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session

from app.database import schema
from app.domain import clock
from app.extensions import db, writing
from app.factory import create_app
from app.jobs import registry
from app.models.lease import Lease
from app.models.letter import Letter
from app.services import heartbeats
from tests.cast import Cast

TOKEN = "0123456789abcdef-figures"


def tick(app: Flask, ago: timedelta = timedelta(0)) -> None:
    with app.app_context(), writing() as session:
        heartbeats.tick(session, dict.fromkeys(registry.JOBS, clock.now() - ago))


def ready(app: Flask) -> tuple[int, Any]:
    answer = app.test_client().get("/readyz")
    return answer.status_code, answer.json


def letter(session: Session, due_before: timedelta, **given: Any) -> None:
    now = clock.now()
    values: dict[str, Any] = {"key": "k", "kind": "invitation", "recipient": "guest@cast.test", "subject": "邀请", "text": "…",
              "message_id": "letter.1", "due_at": now - due_before, "created_at": now}  # fmt: skip
    session.add(Letter(**(values | given)))
    session.commit()


def test_an_installation_whose_jobs_tick_is_ready(app: Flask) -> None:
    tick(app)
    status, body = ready(app)
    assert (status, body["status"], body["faults"], body["oldest_due_letter_seconds"]) == (200, "ok", {}, None)
    assert set(body["jobs"]) == set(registry.JOBS)
    assert {job["state"] for job in body["jobs"].values()} == {"ok"}


@pytest.mark.databases("sqlite")
def test_jobs_that_never_ran_or_stopped_are_named(app: Flask) -> None:
    status, body = ready(app)
    assert (status, set(body["faults"])) == (503, {"jobs"})
    assert {job["state"] for job in body["jobs"].values()} == {"never"}
    tick(app, timedelta(days=2))
    status, body = ready(app)
    assert (status, {job["state"] for job in body["jobs"].values()}) == (503, {"late"})
    tick(app)
    assert ready(app)[0] == 200


@pytest.mark.databases("sqlite")
def test_a_failing_job_is_told_and_does_not_make_the_site_unready(app: Flask, session: Session) -> None:
    tick(app)
    session.get_one(Lease, "remind").last_error = "ValueError('a broken row')"
    session.commit()
    status, body = ready(app)
    assert (status, body["jobs"]["remind"]["state"]) == (200, "failing")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("late", "given", "wanted"),
    [(16, {}, {"letters"}), (14, {}, set()), (16, {"sent": True}, set()), (16, {"held": True}, set())],
)
def test_letters_that_should_have_left_are_told(
    app: Flask, session: Session, late: int, given: dict[str, bool], wanted: set[str]
) -> None:
    tick(app)
    letter(session, timedelta(minutes=late), **{f"{name}_at": clock.now() for name in given})
    assert set(ready(app)[1]["faults"]) == wanted


@pytest.mark.databases("sqlite")
def test_tables_of_another_version_and_a_database_that_is_away(app: Flask, session: Session) -> None:
    session.execute(db.text("UPDATE alembic_version SET version_num = '0000'"))
    session.commit()
    status, body = ready(app)
    assert (status, set(body["faults"])) == (503, {"schema"})
    assert schema.COMMAND in body["faults"]["schema"]
    session.execute(db.text("DROP TABLE alembic_version"))
    session.commit()


@pytest.mark.databases("postgresql")
def test_a_database_that_is_away_makes_the_site_unready(app: Flask) -> None:
    away = create_app(
        dataclasses.replace(app.extensions["settings"], database_url="postgresql+psycopg://nobody@127.0.0.1:9/none")
    )
    answer = away.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (
        503,
        {"status": "error", "faults": {"database": "数据库没有回应，请检查数据库服务。"}},
    )


def figures(text: str) -> dict[str, float]:
    return {
        f"{sample.name}{sorted(sample.labels.items()) or ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_figures_for_prometheus(app: Flask, session: Session, cast: Cast) -> None:
    tick(app)
    letter(session, timedelta(minutes=20))
    client = app.test_client()
    client.get("/")
    answer = client.get("/metrics")
    found = figures(answer.text)
    assert answer.content_type == "text/plain; version=1.0.0; charset=utf-8"
    assert found["market_letters[('status', 'waiting')]"] == 1
    assert found["market_ready"] == 0
    assert 1200 <= found["market_letters_oldest_due_seconds"] < 1300
    assert found["market_requests_total[('area', 'site'), ('method', 'GET'), ('status', '200')]"] >= 1
    assert found["market_database_bytes"] > 100_000
    assert "cast.test" not in answer.text


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("token", "headers", "address", "wanted"),
    [
        (None, {}, "127.0.0.1", 200),
        (None, {}, "::1", 200),
        (None, {}, "10.0.0.9", 404),
        (None, {"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1", 404),
        (TOKEN, {}, "127.0.0.1", 404),
        (TOKEN, {"Authorization": "Bearer wrong"}, "127.0.0.1", 404),
        (TOKEN, {"Authorization": f"Bearer {TOKEN}"}, "10.0.0.9", 200),
    ],
)
def test_figures_are_for_this_machine_or_for_who_has_the_token(
    app: Flask, token: str | None, headers: dict[str, str], address: str, wanted: int
) -> None:
    made = create_app(dataclasses.replace(app.extensions["settings"], metrics_token=token))
    answer = made.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    with made.app_context():
        db.engine.dispose()
    assert answer.status_code == wanted


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("given", "kept"),
    [("0123abcd-proxy", True), ("short", False), ("x" * 65, False), ("a b; rm -rf\t12345678", False), ("", False)],
)
def test_every_answer_bears_an_id(app: Flask, given: str, kept: bool) -> None:
    answer = app.test_client().get("/nowhere", headers={"X-Request-ID": given} if given else {})
    found = answer.headers["X-Request-ID"]
    assert (found == given) == kept
    assert kept or (len(found) == 16 and found.isalnum())
