"""A guest's signed link: works with no cookie, never writes on GET, is refused when tampered with, never overbooks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import event as events
from sqlalchemy import func, select

from app.domain import clock
from app.domain.sequences import risen
from app.extensions import db, writing
from app.models.event import Event
from app.models.history import MoveRecord
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.pairing import Pairing
from app.queries import guest_pages
from app.services import guests
from app.web.forms import answer_forms
from app.web.forms.invitations import AcceptForm, DeclineForm
from app.web.site import rsvp
from tests import invited, season
from tests.season import Stage

COMING = {
    "answer": "accept",
    "attendees": "葛长青、陈工",
    "party_size": "2",
    "arrives_at": "08:50",
    "leaves_at": "11:30",
}


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    clock.set_clock(season.NOW)
    staged = invited.staged(app)
    invited.invite(app, staged)
    yield staged
    clock.set_clock(None)


@pytest.fixture
def guest(app: Flask) -> FlaskClient:
    """A browser that keeps no cookies at all."""
    return app.test_client(use_cookies=False)


def state(app: Flask, organisation_id: int) -> dict[str, Any]:
    """What the database holds about the guest and the seats."""
    with app.app_context():
        one = invited.of(db.session(), organisation_id)
        return {
            "state": one.state,
            "attendees": one.attendees,
            "party_size": one.party_size,
            "times": (one.arrives_at, one.leaves_at),
            "via": one.replied_via,
            "reason": one.reason,
            "seats": one.event.seats_taken,
        }


UNANSWERED = {
    "state": "sent",
    "attendees": "",
    "party_size": 0,
    "times": (None, None),
    "via": None,
    "reason": "",
    "seats": 0,
}
ACCEPTED = {
    "state": "accepted",
    "attendees": "葛长青、陈工",
    "party_size": 2,
    "times": ("08:50", "11:30"),
    "via": "link",
    "reason": "",
    "seats": 2,
}


def test_the_page_says_who_is_invited_to_what_and_sets_no_cookie(app: Flask, stage: Stage, guest: FlaskClient) -> None:
    answer = guest.get(invited.link(app, stage.cast.owner.organisation_id))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert answer.headers.getlist("Set-Cookie") == []
    for words in (
        "邀请对象：甲企业机械有限公司",
        "2022年5月6日（周五）09:00—12:00",
        "09:30—09:50",
        "1号桌",
        "中国科学院某研究所",
        "双方都提到“热误差补偿”，行业同属装备制造。",
        "本场还剩 10 个座位",
    ):
        assert words in page, words
    assert "乙企业" not in page
    assert "含铬污水" not in page


def test_scanners_may_fetch_the_link_as_often_as_they_like(app: Flask, stage: Stage, guest: FlaskClient) -> None:
    path = invited.link(app, stage.cast.owner.organisation_id)
    with app.app_context():
        records = db.session.scalar(select(func.count()).select_from(MoveRecord))
    for _ in range(25):
        assert guest.get(path).status_code == 200
        assert guest.head(path + "?answer=accept&party_size=2").status_code == 200
    assert state(app, stage.cast.owner.organisation_id) == UNANSWERED
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(MoveRecord)) == records


def test_accepting_needs_no_cookie_and_takes_seats(app: Flask, stage: Stage, guest: FlaskClient) -> None:
    path = invited.link(app, stage.cast.owner.organisation_id)
    answer = guest.post(path, data=COMING)
    assert (answer.status_code, answer.headers["Location"]) == (303, path + "?saved=1")
    assert state(app, stage.cast.owner.organisation_id) == ACCEPTED
    page = guest.get(path + "?saved=1").get_data(as_text=True)
    assert "答复已收到" in page
    assert "葛长青、陈工（共 2 人）" in page
    assert "本场还剩 8 个座位" in page


def test_a_refusal_without_a_reason_leaves_the_other_form_as_it_was(
    app: Flask, stage: Stage, guest: FlaskClient
) -> None:
    path = invited.link(app, stage.cast.owner.organisation_id)
    guest.post(path, data=COMING)
    answer = guest.post(path, data={"answer": "decline", "reason": ""})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "请简单说明不能参加的原因，便于我们调整安排。" in page
    assert f'value="{COMING["attendees"]}"' in page
    assert state(app, stage.cast.owner.organisation_id) == ACCEPTED


def test_a_double_click_takes_the_seats_once(app: Flask, stage: Stage, guest: FlaskClient) -> None:
    path = invited.link(app, stage.cast.owner.organisation_id)
    assert [guest.post(path, data=COMING).status_code for _ in range(2)] == [303, 303]
    assert state(app, stage.cast.owner.organisation_id) == ACCEPTED


def test_declining_frees_the_seats_and_the_tables_and_accepting_again_retakes_them(
    app: Flask, stage: Stage, guest: FlaskClient
) -> None:
    owner = stage.cast.owner.organisation_id
    path = invited.link(app, owner)
    guest.post(path, data=COMING)
    guest.post(path, data={"answer": "decline", "reason": "当天审厂"})
    declined = {**UNANSWERED, "state": "declined", "via": "link", "reason": "当天审厂"}
    assert state(app, owner) == declined
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Meeting)) == 0
        unplaced = db.session.scalars(
            select(Pairing.unplaced).join(Pairing.need).where(Need.organisation_id == owner)
        ).all()
        assert list(unplaced) == ["甲企业机械有限公司已谢绝邀请"] * 2
    guest.post(path, data={**COMING, "party_size": "3"})
    assert state(app, owner) == {**ACCEPTED, "party_size": 3, "seats": 3}
    with app.app_context():
        told = db.session.scalars(
            select(MoveRecord.label).where(MoveRecord.noun == "invitation", MoveRecord.actor_role == "guest")
            .order_by(MoveRecord.id)
        ).all()  # fmt: skip
    assert list(told) == ["填写回执", "接受邀请", "谢绝邀请", "填写回执", "填写回执", "接受邀请"]


def test_the_number_of_guests_may_change_up_and_down(app: Flask, stage: Stage, guest: FlaskClient) -> None:
    path = invited.link(app, stage.cast.owner.organisation_id)
    for size in ("2", "7", "1"):
        assert guest.post(path, data={**COMING, "party_size": size}).status_code == 303
        assert state(app, stage.cast.owner.organisation_id) == {**ACCEPTED, "party_size": int(size), "seats": int(size)}


def test_a_party_that_finds_too_few_seats_waits_and_a_smaller_one_comes_in(
    app: Flask, stage: Stage, guest: FlaskClient
) -> None:
    guest.post(invited.link(app, stage.cast.owner.organisation_id), data={**COMING, "party_size": "8"})
    path = invited.link(app, stage.cast.rival.organisation_id)
    three = {"answer": "accept", "attendees": "禹小川等三人", "party_size": "3"}
    assert guest.post(path, data=three).status_code == 303
    page = guest.get(path).get_data(as_text=True)
    assert "候补，第 1 位（3 人）。现在有 2 个空位，改为 2 人以内可立即参加。" in page
    assert 'value="禹小川等三人"' in page
    waiting = {**UNANSWERED, "state": "waiting", "attendees": "禹小川等三人", "via": "link", "seats": 8}
    assert state(app, stage.cast.rival.organisation_id) == waiting
    assert guest.post(path, data={**three, "party_size": "2"}).status_code == 303
    assert state(app, stage.cast.rival.organisation_id) == {
        **waiting, "state": "accepted", "party_size": 2, "seats": 10,
    }  # fmt: skip


def test_who_has_seats_and_asks_for_more_than_there_are_keeps_them(
    app: Flask, stage: Stage, guest: FlaskClient
) -> None:
    path = invited.link(app, stage.cast.owner.organisation_id)
    guest.post(path, data=COMING)
    answer = guest.post(path, data={**COMING, "attendees": "十一个人", "party_size": "11"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "座位不足：已为您应邀 2 个座位，另外只剩 8 个空余座位。您原来的答复不变" in page
    assert 'value="十一个人"' in page
    assert state(app, stage.cast.owner.organisation_id) == ACCEPTED


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"attendees": ""}, "请填写参会人员的姓名"),
        ({"party_size": "0"}, "参会人数请填 1 到 20 之间的整数"),
        ({"party_size": "两个"}, "参会人数请填 1 到 20 之间的整数"),
        ({"party_size": "99999999999"}, "参会人数请填 1 到 20 之间的整数"),
        ({"arrives_at": "25:00"}, "“25:00”不是时间"),
        ({"arrives_at": "11:30", "leaves_at": "09:00"}, "离开时间应晚于到达时间"),
        ({"answer": "decline", "reason": " \x00 "}, "请简单说明不能参加的原因"),
        ({"answer": "decline", "reason": "长" * 501}, "原因最多 500 字"),
    ],
)
@pytest.mark.databases("sqlite")
def test_a_wrong_answer_is_explained_and_writes_nothing(
    app: Flask, stage: Stage, guest: FlaskClient, given: dict[str, str], message: str
) -> None:
    answer = guest.post(invited.link(app, stage.cast.owner.organisation_id), data={**COMING, **given})
    assert answer.status_code == 422
    assert message in answer.get_data(as_text=True)
    assert state(app, stage.cast.owner.organisation_id) == UNANSWERED


@pytest.mark.databases("sqlite")
def test_hostile_text_is_shown_as_text(app: Flask, stage: Stage, guest: FlaskClient) -> None:
    path = invited.link(app, stage.cast.owner.organisation_id)
    guest.post(path, data={**COMING, "attendees": "<script>alert(1)</script>{{7*7}}\x00"})
    page = guest.get(path).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}（共 2 人）" in page


@pytest.mark.databases("sqlite")
def test_a_tampered_link_is_not_found_and_writes_nothing(app: Flask, stage: Stage, guest: FlaskClient) -> None:
    owner = stage.cast.owner.organisation_id
    path = invited.link(app, owner)
    with app.app_context():
        links = app.extensions["links"]
        one = invited.of(db.session(), owner)
        other = links.token("confirm", one.id, one.nonce)
        wrong_nonce = links.token("rsvp", one.id, "another")
        strange = links.token("rsvp", {"id": one.id})
        huge = links.token("rsvp", 2**63, one.nonce)
    for token in (path.removeprefix("/rsvp/") + "x", path.removeprefix("/rsvp/")[1:], other, wrong_nonce, strange,
                  huge, "1", "%00"):  # fmt: skip
        assert guest.get(f"/rsvp/{token}").status_code == 404, token
        assert guest.post(f"/rsvp/{token}", data=COMING).status_code == 404, token
        assert guest.get(f"/rsvp/{token}/calendar.ics").status_code == 404, token
    assert state(app, owner) == UNANSWERED


def test_a_withdrawn_invitation_explains_itself_and_takes_no_answer(
    app: Flask, stage: Stage, guest: FlaskClient
) -> None:
    owner = stage.cast.owner.organisation_id
    path = invited.link(app, owner)
    guest.post(path, data=COMING)
    with app.app_context():
        invitation_id = invited.of(db.session(), owner).id
    invited.move(app, Invitation, invitation_id, "void")
    page = guest.get(path).get_data(as_text=True)
    assert "这份邀请已撤回，链接不再有效。" in page
    assert "许昌科技大市场，电话 13800000000，邮箱 desk@cast.test" in page
    assert guest.post(path, data=COMING).status_code == 422
    assert state(app, owner)["state"] == "void"
    assert state(app, owner)["seats"] == 0


def test_after_a_renewal_only_the_new_link_works(app: Flask, stage: Stage, guest: FlaskClient) -> None:
    owner = stage.cast.owner.organisation_id
    old = invited.link(app, owner)
    with app.app_context():
        invitation_id = invited.of(db.session(), owner).id
    for move in ("void", "renew", "send"):
        invited.move(app, Invitation, invitation_id, move)
    assert guest.get(old).status_code == 404
    assert guest.post(invited.link(app, owner), data=COMING).status_code == 303
    with app.app_context():
        keys = db.session.scalars(
            select(Letter.key).where(Letter.invitation_id == invitation_id, Letter.cancelled_at.is_(None))
        ).all()
    first = risen(season.NOW, 0)
    assert list(keys) == [f"invitation:{invitation_id}:{risen(season.NOW, first)}"]


def test_a_cancelled_event_and_one_that_has_begun_take_no_answer(app: Flask, stage: Stage, guest: FlaskClient) -> None:
    path = invited.link(app, stage.cast.owner.organisation_id)
    clock.set_clock(datetime(2022, 5, 6, 1, 0, tzinfo=UTC))
    assert "该活动已于2022年5月6日开始，不再接受回复。" in guest.get(path).get_data(as_text=True)
    assert guest.post(path, data=COMING).status_code == 422
    clock.set_clock(season.NOW)
    invited.move(app, Event, stage.event_id, "cancel", "场地检修")
    assert "该活动已取消，不再接受回复。" in guest.get(path).get_data(as_text=True)
    assert guest.post(path, data=COMING).status_code == 422
    assert state(app, stage.cast.owner.organisation_id) == {**UNANSWERED, "state": "void"}


def test_the_calendar_file_parses_and_names_no_attendee(app: Flask, stage: Stage, guest: FlaskClient) -> None:
    answer = guest.get(invited.link(app, stage.cast.owner.organisation_id) + "/calendar.ics")
    assert answer.mimetype == "text/calendar"
    calendar = Calendar.from_ical(answer.get_data())
    (entry,) = calendar.walk("VEVENT")
    assert (str(calendar["METHOD"]), str(entry["SUMMARY"])) == ("PUBLISH", "中科院专题科技成果发布对接会")
    assert "ATTENDEE" not in entry


def test_the_page_says_what_the_letters_say(app: Flask, stage: Stage) -> None:
    """It asks the database in its own, quicker way; nothing of what it tells may differ."""
    with app.test_request_context(), writing() as session:
        made = app.extensions["links"]
        for person in (stage.cast.owner, stage.cast.rival, stage.cast.institute, stage.cast.university):
            one = invited.of(session, person.organisation_id)
            opened = guest_pages.opened(session, one.id)
            assert opened is not None
            assert guests.opened_facts(session, opened, made, made.rsvp(one)) == guests.facts(session, one, made)
            assert opened.invitation.state_label == one.state_label
        assert guest_pages.opened(session, 2**31 - 1) is None


@pytest.mark.databases("sqlite")
def test_untouched_forms_are_the_drawn_ones_with_their_values(app: Flask) -> None:
    values = {"attendees": '"张三"<b>\ue000action\ue001', "party_size": "3", "arrives_at": "09:00", "leaves_at": ""}
    with app.test_request_context():
        for again in (False, True):
            form = AcceptForm(formdata=None, data=values, meta=answer_forms.NO_CSRF)
            drawn = answer_forms.refused(form, DeclineForm(formdata=None, meta=answer_forms.NO_CSRF), "/rsvp/x", again)
            for _ in range(2):
                assert answer_forms.fresh(values, "/rsvp/x", again) == drawn


@pytest.mark.databases("sqlite")
def test_a_guests_page_asks_the_database_twice(app: Flask, stage: Stage, guest: FlaskClient) -> None:
    path = invited.link(app, stage.cast.owner.organisation_id)
    guest.get(path)
    asked: list[str] = []
    with app.app_context():
        events.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    guest.get(path)
    assert len([words for words in asked if words.startswith("SELECT")]) == 2


def test_the_answer_is_posted_by_the_form_of_this_module(app: Flask) -> None:
    """The signed token is the right to answer: the view is exempt from the browser's CSRF token, and only this one."""
    exempt = {name for name in app.extensions["csrf"]._exempt_views if name.startswith("app.web.site.rsvp")}
    assert exempt == {f"{rsvp.__name__}.rsvp_answer"}
