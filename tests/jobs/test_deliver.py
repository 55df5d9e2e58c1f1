"""Sending through real sockets: what the server refuses, delays, loses or never answers, and what becomes of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain import clock
from app.extensions import db, writing
from app.jobs import deliver
from app.letters.writing import Letter as Written
from app.models.letter import Letter
from app.services import outbox
from tests.cast import NOW
from tests.jobs import smtp_faults
from tests.postbox import Postbox

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture(autouse=True)
def _present(app: Flask) -> Iterator[None]:
    clock.set_clock(NOW)
    yield
    clock.set_clock(None)
    del app


def post(app: Flask, *names: str, **given: Any) -> None:
    with app.app_context(), writing() as session:
        for name in names:
            letter = Written(f"test:{name}", "test", f"{name}@cast.test", "", f"给{name}的信", "正文", "<p>正文</p>")
            outbox.post(session, dataclasses.replace(letter, **given), NOW)


def drain(app: Flask, port: int | None = None, timeout: float | None = None) -> deliver.Tally:
    changes: dict[str, Any] = {"mail_port": port} if port else {}
    if timeout:
        changes["mail_timeout"] = timeout
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], **changes)
    if port:
        app.extensions["mail"].port = port
    with app.app_context():
        return deliver.drain(clock.now())


def counts(**given: int) -> dict[str, int]:
    return dict.fromkeys(("sent", "retried", "failed", "uncertain", "away"), 0) | given


def letters(app: Flask) -> dict[str, Letter]:
    with app.app_context():
        found = {one.key.removeprefix("test:"): one for one in db.session.scalars(select(Letter)).all()}
        db.session.expunge_all()
        return found


def test_a_letter_arrives_as_it_was_written(app: Flask, smtp: Postbox) -> None:
    post(
        app, "guest", subject="邀请函：" + "很长的主题" * 20, to_name="李 经理, 总工", text="一行\n" + "长" * 400 + "\n"
    )
    assert (drain(app).counts(), letters(app)["guest"].last_error) == (counts(sent=1), "")
    (message,) = smtp.to("guest@cast.test")
    assert message["Subject"] == "邀请函：" + "很长的主题" * 20
    assert [(one.display_name, one.addr_spec) for one in message["To"].addresses] == [
        ("李 经理, 总工", "guest@cast.test")
    ]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<{outbox.message_id('test:guest')}@localhost>"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == "一行\n" + "长" * 400 + "\n"
    assert html.get_content().replace("\r\n", "\n") == "<p>正文</p>\n"
    assert drain(app).sent == 0
    assert len(smtp.received) == 1


def test_one_dead_address_does_not_stop_the_others_and_is_told_in_the_servers_words(app: Flask, smtp: Postbox) -> None:
    smtp.refused.add("gone@cast.test")
    post(app, "one", "gone", "two")
    assert drain(app).counts() == counts(sent=2, failed=1)
    gone = letters(app)["gone"]
    assert (gone.failed_at, gone.last_error) == (letters(app)["gone"].failed_at, "550 no such mailbox")
    assert gone.failed_at is not None
    assert [letter.recipients for letter in smtp.received] == [("one@cast.test",), ("two@cast.test",)]


def test_a_temporary_refusal_is_tried_again_by_the_list_and_fails_at_its_end(app: Flask) -> None:
    tries = len(outbox.BACKOFF) + 1
    post(app, "grey")
    with smtp_faults.scripted(*["250 fine", "451 greylisted"] * tries) as (port, _):
        at = NOW
        for number, wait in enumerate((*outbox.BACKOFF, timedelta(0))):
            clock.set_clock(at)
            assert drain(app, port).counts()["failed"] == int(number == tries - 1)
            grey = letters(app)["grey"]
            assert grey.attempts == number + 1
            clock.set_clock(at + wait / 2)
            at += wait + timedelta(seconds=40)
            assert drain(app, port).counts() == counts()
    assert grey.last_error == "多次重试后仍被拒收：451 greylisted"


def test_a_greylisted_letter_does_not_delay_the_next_and_arrives_once(app: Flask) -> None:
    post(app, "grey", "next")
    with smtp_faults.scripted("250 fine", "450 later") as (port, heard):
        assert drain(app, port).counts() == counts(sent=1, retried=1)
        clock.set_clock(NOW + outbox.BACKOFF[0] + timedelta(seconds=40))
        assert drain(app, port).counts() == counts(sent=1)
    assert heard.count("DATA") == 2


def test_a_server_that_refuses_the_connection_loses_nothing(app: Flask, smtp: Postbox) -> None:
    post(app, "one", "two")
    for _ in range(20):
        assert drain(app, port=9).counts() == counts(away=1)
    assert {one.attempts for one in letters(app).values()} == {0}
    assert drain(app, port=smtp.port).counts() == counts(sent=2)
    assert len(smtp.received) == 2


def test_a_server_that_never_answers_is_given_up_after_the_timeout(app: Flask, smtp: Postbox) -> None:
    post(app, "one", "two")
    with smtp_faults.silent() as port:
        tally = drain(app, port, timeout=0.3)
    assert tally.counts() == counts(away=1)
    assert tally.away == "邮件服务器在限定时间内没有应答"
    assert drain(app, port=smtp.port).sent == 2


def test_a_line_closed_after_some_letters_is_opened_again(app: Flask) -> None:
    post(app, "one", "two", "three")
    closes = ("250 fine", "250 fine", "354 go on", "250 taken", "421 too many")
    with smtp_faults.scripted(*closes) as (port, heard):
        assert drain(app, port).counts() == counts(sent=3)
    assert heard.count("EHLO") == 2


def test_an_answer_lost_after_the_data_is_sent_again_with_the_same_message_id(app: Flask, smtp: Postbox) -> None:
    post(app, "one")
    with smtp_faults.scripted("250 fine", "250 fine", "354 go on", "hang up") as (port, _):
        assert drain(app, port).counts() == counts(uncertain=1)
    clock.set_clock(NOW + outbox.BACKOFF[0] + timedelta(seconds=40))
    assert drain(app, smtp.port).sent == 1
    assert [letter.message["Message-ID"] for letter in smtp.received] == [
        f"<{outbox.message_id('test:one')}@localhost>"
    ]


def test_a_header_with_a_line_break_never_leaves(app: Flask, smtp: Postbox) -> None:
    post(app, "one", subject="主题\r\nBcc: spy@evil.test")
    post(app, "two", to_name="名字\nBcc: spy@evil.test")
    assert drain(app).counts() == counts(failed=2)
    assert smtp.received == []


def test_a_letter_that_kills_its_sender_is_taken_out_of_the_queue(app: Flask, smtp: Postbox) -> None:
    post(app, "poison", "good")
    at = NOW
    with app.app_context():
        for _ in range(outbox.MOST_CRASHES):
            at += outbox.LEASE
            with writing() as session:
                assert outbox.claim(session, "dies", at) is not None
    clock.set_clock(at + outbox.LEASE)
    assert drain(app).counts() == counts(sent=1, failed=1)
    assert [one.recipients for one in smtp.received] == [("good@cast.test",)]


def test_the_important_goes_first_and_nothing_leaves_before_its_time(app: Flask, smtp: Postbox) -> None:
    post(app, "bulk")
    post(app, "reset", priority=0)
    with app.app_context(), writing() as session:
        later = Written("test:later", "test", "later@cast.test", "", "以后", "正文", "")
        outbox.post(session, later, NOW, due_at=NOW + timedelta(days=1))
    assert drain(app).sent == 2
    assert [one.recipients for one in smtp.received] == [("reset@cast.test",), ("bulk@cast.test",)]


@pytest.mark.parametrize(
    "address", ["", "a@b.cn, c@d.cn", "a@b.cn\n", "a b@c.cn", "张三@c.cn", "a@@b.cn", "x" * 250 + "@b.cn"]
)
def test_only_one_plain_address_is_posted(app: Flask, address: str) -> None:
    from app.domain.errors import Invalid

    with app.app_context(), writing() as session, pytest.raises(Invalid, match="不是一个有效的电子邮箱地址"):
        outbox.post(session, Written("test:x", "test", address, "", "主题", "正文", ""), NOW)
