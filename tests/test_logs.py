"""What the program writes into its log: one line an entry, the request's id, nothing that belongs to a person."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from app import logs
from app.domain.settings import Settings
from app.extensions import db
from tests.cast import Cast, post, sign_in

PERSONAL = ("wang@firm.example.cn", "13800001234", "138-0000-1234", "+86 13800001234", "41100019900101123X")
LINK = "eyJpIjoxMjM0NTY3OH0.ZmFrZQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


@pytest.fixture(params=["text", "json"])
def written(settings: Settings, request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What is written from now on, in the one and in the other format."""
    logs.install(dataclasses.replace(settings, log_format=request.param))
    (handler,) = [one for one in logging.getLogger().handlers if one.get_name() == "market"]
    assert isinstance(handler, logging.StreamHandler)
    kept = io.StringIO()
    handler.setStream(kept)
    yield kept
    logging.getLogger().removeHandler(handler)
    for name in logs.OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)


log = logging.getLogger("app.trial")


def fail(words: str) -> None:
    """Write an error with these words down."""
    try:
        raise_it(words)
    except ValueError:
        log.exception("it failed")


def raise_it(words: str) -> None:
    raise ValueError(words)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("word", [*PERSONAL, LINK, f"/rsvp/{LINK[:20]}", "/calendar/abcdefgh12345678.ics"])
def test_people_and_their_links_stay_out(written: io.StringIO, word: str) -> None:
    log.warning("a letter to %s was refused", word)
    fail(f"no place for {word} here")
    assert word.rpartition("/")[2] not in written.getvalue()
    assert "was refused" in written.getvalue()
    assert "ValueError" in written.getvalue()


@pytest.mark.databases("sqlite")
def test_numbers_that_are_nobodys_stay(written: io.StringIO) -> None:
    kept = "job remind: 12345678901, 2022-05-06 09:00, 0f1e2d3c4b5a69788796a5b4c3d2e1f0, app/web/errors.py:75"
    log.warning(kept)
    assert kept in written.getvalue()


@pytest.mark.databases("sqlite")
def test_nobody_writes_lines_of_his_own(written: io.StringIO) -> None:
    log.warning("a name: %s", "王\r\n2026-01-01 INFO app [x] all is well\x1b[2K\u2028\u202e")
    fail("王\n2026-01-01 INFO app [x] all is well")
    lines = written.getvalue().splitlines()
    assert [line for line in lines if line.startswith("2026-01-01 INFO")] == []
    assert "\x1b" not in written.getvalue()
    assert len([line for line in lines if not line.startswith("    ")]) == 2


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_an_entry_for_machines(written: io.StringIO) -> None:
    log.warning("it is “so”")
    entry = json.loads(written.getvalue())
    assert {name: entry[name] for name in ("level", "logger", "request_id", "message")} == {
        "level": "WARNING",
        "logger": "app.trial",
        "request_id": "-",
        "message": "it is “so”",
    }


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("written", ["text"], indirect=True)
def test_a_request_is_one_line_with_its_id_and_no_address(written: io.StringIO, app: Flask) -> None:
    answer = app.test_client().get("/achievements?q=13800001234", headers={"X-Request-ID": "proxy-0001"})
    assert answer.status_code == 200
    (line,) = [line for line in written.getvalue().splitlines() if "app.web.tracing" in line]
    assert "[proxy-0001] GET /achievements 200 " in line
    assert "q=" not in line


def test_the_values_of_a_row_are_in_no_message(app: Flask, written: io.StringIO) -> None:
    with app.app_context():
        try:
            db.session.execute(
                text("INSERT INTO user_account (name) VALUES (:name)"), {"name": "张三丰", "email": PERSONAL[0]}
            )
        except Exception:
            log.exception("it failed")
        db.session.rollback()
    assert "it failed" in written.getvalue()
    assert [word for word in ("张三丰", PERSONAL[0]) if word in written.getvalue()] == []


@pytest.mark.databases("sqlite")
def test_signing_in_and_asking_leave_no_trace_of_people(app: Flask, cast: Cast, written: io.StringIO) -> None:
    client = app.test_client()
    post(client, "/sign-in", {"email": cast.owner.email, "password": "wrong-lotus-1999"})
    sign_in(client, cast.owner)
    for path in ("/portal/", "/portal/organisation", "/nowhere/13900000101", "/rsvp/forged-token-of-somebody"):
        client.get(path)
    said = written.getvalue()
    assert said.count("app.web.tracing") >= 5
    assert [
        word for word in (cast.owner.email, "wrong-lotus-1999", "13900000101", "forged-token") if word in said
    ] == []
