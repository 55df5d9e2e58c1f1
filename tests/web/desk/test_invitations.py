"""Invitations at the desk: drafting, wording, sending, answers given by phone, the guest list, the outbox."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.domain import clock
from app.domain.sequences import risen
from app.extensions import db, writing
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.services import outbox
from tests import cast, invited, season
from tests.season import Stage

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    clock.set_clock(season.NOW)
    yield invited.staged(app)
    clock.set_clock(None)


@pytest.fixture
def desk(client: FlaskClient, stage: Stage) -> FlaskClient:
    return cast.sign_in(client, stage.cast.desk)


def invitation_id(app: Flask, organisation_id: int) -> int:
    with app.app_context():
        return invited.of(db.session(), organisation_id).id


def letters(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        return [(one.recipient, one.subject) for one in db.session.scalars(select(Letter).order_by(Letter.id))]


def test_from_drafts_to_sent_in_three_clicks_and_a_fourth_sends_nothing(
    app: Flask, stage: Stage, desk: FlaskClient
) -> None:
    event = f"/desk/invitations/events/{stage.event_id}"
    assert "还没有邀请" in desk.get(event).get_data(as_text=True)
    assert cast.post(desk, f"{event}/draft").status_code == 303
    assert letters(app) == []
    page = desk.get(f"{event}/send").get_data(as_text=True)
    assert "将发出 4 份邀请" in page
    assert cast.post(desk, f"{event}/send").status_code == 303
    assert cast.post(desk, f"{event}/send").status_code == 303
    assert len(letters(app)) == 4
    assert "没有待发出的邀请；如刚才已点过发送，邀请已经在路上了。" in desk.get(event).get_data(as_text=True)


def test_an_edited_wording_is_what_the_guest_gets(app: Flask, stage: Stage, desk: FlaskClient) -> None:
    cast.post(desk, f"/desk/invitations/events/{stage.event_id}/draft")
    path = f"/desk/invitations/{invitation_id(app, stage.cast.owner.organisation_id)}"
    given = {
        "contact_name": "葛总",
        "contact_email": "ge@cast.test",
        "subject": "诚邀{单位}",
        "body": "{联系人}，{{7*7}}<b>请来</b>：\n{回复链接}\n{洽谈安排}",
    }
    refused = cast.post(desk, f"{path}/edit", {**given, "body": "没有链接 {时问}"})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "“{时问}”不是可用的占位符" in page
    assert "正文里缺少“{回复链接}”" in page
    assert "没有链接 {时问}</textarea>" in page
    assert cast.post(desk, f"{path}/edit", given).status_code == 422  # {7*7} is no placeholder
    given["body"] = "{联系人}，<b>请来</b>：\n{回复链接}\n{洽谈安排}"
    assert cast.post(desk, f"{path}/edit", given).status_code == 303
    assert "&lt;b&gt;请来&lt;/b&gt;" in desk.get(f"{path}/letter").get_data(as_text=True)
    cast.post(desk, f"{path}/move", {"move": "send"})
    assert letters(app) == [("ge@cast.test", "诚邀甲企业机械有限公司")]
    with app.app_context():
        letter = db.session.scalars(select(Letter)).one()
    assert letter.text.startswith("葛总，<b>请来</b>：\n\nhttp://127.0.0.1:8000/rsvp/")
    assert "09:30—09:50　1号桌　中国科学院某研究所" in letter.text


def test_a_preview_never_shows_the_guests_own_link(app: Flask, stage: Stage, desk: FlaskClient) -> None:
    invited.invite(app, stage)
    own = invited.link(app, stage.cast.owner.organisation_id)
    path = f"/desk/invitations/{invitation_id(app, stage.cast.owner.organisation_id)}"
    assert own not in desk.get(f"{path}/letter").get_data(as_text=True)
    with app.app_context():
        letter_id = db.session.scalars(select(Letter.id).where(Letter.recipient == "owner@cast.test")).one()
    page = desk.get(f"/desk/letters/{letter_id}").get_data(as_text=True)
    assert own not in page
    assert "/rsvp/……（收件人的专属链接）" in page


def test_an_answer_by_phone_needs_its_source_and_shows_who_wrote_it_down(
    app: Flask, stage: Stage, desk: FlaskClient
) -> None:
    invited.invite(app, stage)
    path = f"/desk/invitations/{invitation_id(app, stage.cast.owner.organisation_id)}"
    given = {"answer": "accept", "attendees": "葛长青", "party_size": "1"}
    refused = cast.post(desk, f"{path}/answer", given)
    assert refused.status_code == 422
    assert "请写明是谁、什么时候、怎样答复的" in refused.get_data(as_text=True)
    assert cast.post(desk, f"{path}/answer", {**given, "note": "葛总 2 月 15 日来电"}).status_code == 303
    page = desk.get(path).get_data(as_text=True)
    assert "1 人：葛长青（电话代录：葛总 2 月 15 日来电）" in page
    assert "许昌科技大市场 市桥" in page
    with app.app_context():
        one = invited.of(db.session(), stage.cast.owner.organisation_id)
        assert (one.state, one.replied_via, one.event.seats_taken) == ("accepted", "phone", 1)


def test_a_county_office_sees_and_records_only_its_own_county(app: Flask, stage: Stage, client: FlaskClient) -> None:
    invited.invite(app, stage)
    county = cast.sign_in(client, stage.cast.county)
    own, other = (invitation_id(app, one.organisation_id) for one in (stage.cast.rival, stage.cast.owner))
    page = county.get(f"/desk/invitations/events/{stage.event_id}").get_data(as_text=True)
    assert "乙企业环保科技有限公司" in page
    assert "甲企业" not in page
    assert county.get(f"/desk/invitations/{other}").status_code == 404
    assert county.get(f"/desk/invitations/{other}/letter").status_code == 404
    given = {"answer": "decline", "reason": "停产检修", "note": "禹总来电"}
    assert cast.post(county, f"/desk/invitations/{other}/answer", given).status_code == 404
    assert cast.post(county, f"/desk/invitations/{own}/answer", given).status_code == 303
    assert cast.post(county, f"/desk/invitations/{own}/move", {"move": "void"}).status_code == 403
    assert cast.post(county, f"/desk/invitations/events/{stage.event_id}/draft").status_code == 403
    assert cast.post(county, f"/desk/invitations/events/{stage.event_id}/send").status_code == 403
    assert county.get("/desk/letters").status_code == 403
    exported = county.get(f"/desk/invitations/events/{stage.event_id}/guests.csv").get_data(as_text=True)
    assert "甲企业" not in exported


def test_the_bureau_reads_and_writes_nothing(app: Flask, stage: Stage, client: FlaskClient) -> None:
    invited.invite(app, stage)
    bureau = cast.sign_in(client, stage.cast.bureau)
    one = invitation_id(app, stage.cast.owner.organisation_id)
    page = bureau.get(f"/desk/invitations/{one}").get_data(as_text=True)
    assert invited.link(app, stage.cast.owner.organisation_id) not in page
    assert "<textarea" not in page
    given = {"answer": "accept", "attendees": "x", "party_size": "1", "note": "x"}
    for path, data in (
        (f"/desk/invitations/{one}/answer", given),
        (f"/desk/invitations/{one}/move", {"move": "void"}),
        (f"/desk/invitations/{one}/edit", {"subject": "x"}),
        (f"/desk/invitations/events/{stage.event_id}/send", {}),
        ("/desk/letters/1/cancel", {}),
        ("/desk/letters/1/retry", {}),
    ):
        assert cast.post(bureau, path, data).status_code == 403, path
    with app.app_context():
        assert set(db.session.scalars(select(Invitation.state))) == {"sent"}


@pytest.mark.parametrize("part", ["owner", "rival", "institute", "university"])
def test_the_portal_has_no_business_at_the_desk(app: Flask, stage: Stage, client: FlaskClient, part: str) -> None:
    invited.invite(app, stage)
    person = cast.sign_in(client, stage.cast.everyone()[part])
    one = invitation_id(app, stage.cast.owner.organisation_id)
    for path in (
        "/desk/invitations",
        f"/desk/invitations/events/{stage.event_id}",
        f"/desk/invitations/events/{stage.event_id}/send",
        f"/desk/invitations/events/{stage.event_id}/guests.xlsx",
        f"/desk/invitations/{one}",
        f"/desk/invitations/{one}/letter",
        f"/desk/invitations/{one}/edit",
        "/desk/letters",
        "/desk/letters/1",
    ):
        assert person.get(path).status_code == 403, path


def test_an_event_that_is_over_or_cancelled_refuses_with_the_reason(
    app: Flask, stage: Stage, desk: FlaskClient
) -> None:
    invited.move(app, Event, stage.event_id, "cancel", "场地检修")
    path = f"/desk/invitations/events/{stage.event_id}"
    for what in ("draft", "send"):
        cast.post(desk, f"{path}/{what}")
        assert "该活动已取消，不能发邀请。" in desk.get(path).get_data(as_text=True)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Invitation)) == 0


def test_who_came_is_written_down_on_the_day_and_not_before(app: Flask, stage: Stage, desk: FlaskClient) -> None:
    invited.invite(app, stage)
    path = f"/desk/invitations/{invitation_id(app, stage.cast.owner.organisation_id)}"
    assert "登记到会" not in desk.get(path).get_data(as_text=True)
    assert cast.post(desk, f"{path}/move", {"move": "attend"}).status_code == 303
    assert "活动当天才能登记到会或缺席。" in desk.get(path).get_data(as_text=True)
    with app.app_context(), writing() as session:
        session.get_one(Event, stage.event_id).starts_at = clock.now()
    assert "登记到会" in desk.get(path).get_data(as_text=True)
    cast.post(desk, f"{path}/move", {"move": "attend"})
    with app.app_context():
        assert invited.of(db.session(), stage.cast.owner.organisation_id).state == "attended"


def test_the_guest_list_is_exported_as_shown(app: Flask, stage: Stage, desk: FlaskClient) -> None:
    invited.invite(app, stage)
    with app.app_context(), writing() as session:
        invited.of(session, stage.cast.rival.organisation_id).contact_name = "=1+1"
    path = f"/desk/invitations/events/{stage.event_id}/guests"
    sheet = load_workbook(io.BytesIO(desk.get(f"{path}.xlsx").get_data())).active
    assert sheet is not None
    assert (sheet["D2"].value, sheet["D2"].data_type) == ("=1+1", "s")
    shown = [[cell.value for cell in row][:3] for row in sheet.iter_rows()]
    assert shown == [
        ["单位", "类别", "县（市、区）"],
        ["乙企业环保科技有限公司", "企业", "禹州市"],
        ["甲企业机械有限公司", "企业", "长葛市"],
        ["中国科学院某研究所", "院所专家", None],
        ["许昌学院", "院所专家", "魏都区"],
    ]
    text = desk.get(f"{path}.csv?side=demand&q=甲企业").get_data().decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(text))] == ["单位", "甲企业机械有限公司"]
    assert desk.get(f"{path}.pdf").status_code == 404


def test_a_failed_letter_can_be_tried_again_and_a_waiting_one_held_back(
    app: Flask, stage: Stage, desk: FlaskClient
) -> None:
    invited.invite(app, stage)
    with app.app_context(), writing() as session:
        claimed = outbox.claim(session, "worker", season.NOW)
        assert claimed is not None
        outbox.settle_failed(session, claimed, season.NOW, "550 no such mailbox")
    listed = desk.get("/desk/letters?status=failed").get_data(as_text=True)
    assert "550 no such mailbox" in listed
    assert "共 1 封" in listed
    assert cast.post(desk, f"/desk/letters/{claimed.id}/cancel").status_code == 409
    assert cast.post(desk, f"/desk/letters/{claimed.id}/retry").status_code == 303
    assert cast.post(desk, f"/desk/letters/{claimed.id}/retry").status_code == 409
    assert cast.post(desk, f"/desk/letters/{claimed.id}/cancel").status_code == 303
    with app.app_context(), writing() as session:
        left = [outbox.claim(session, "worker", clock.now()) for _ in range(4)]
    assert [one.id == claimed.id for one in left if one] == [False] * 3


def test_ids_nobody_has_are_not_found(stage: Stage, desk: FlaskClient) -> None:
    for number in ("0", "999", "2147483648", "9223372036854775808", "-1", "1e9"):
        for path in ("/desk/invitations/{}", "/desk/invitations/events/{}", "/desk/letters/{}"):
            assert desk.get(path.format(number)).status_code == 404, path.format(number)
    del stage


def test_lists_take_the_same_number_of_queries_for_one_guest_and_for_many(
    app: Flask, stage: Stage, desk: FlaskClient
) -> None:
    from sqlalchemy import event as events

    invited.invite(app, stage)
    seen: list[str] = []
    with app.app_context():
        engine = db.engine
    events.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    counts = []
    for query in ("q=甲企业", ""):
        seen.clear()
        assert desk.get(f"/desk/invitations/events/{stage.event_id}?{query}").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_guests_are_told_once_when_their_talks_have_changed(app: Flask, stage: Stage, desk: FlaskClient) -> None:
    from app.models.meeting import Meeting

    invited.invite(app, stage)
    path = f"/desk/invitations/events/{stage.event_id}"
    assert "洽谈安排在通知之后有变化" not in desk.get(path).get_data(as_text=True)
    with app.app_context(), writing() as session:
        session.scalars(select(Meeting).where(Meeting.pairing_id == stage.placed_ids[1])).one().slot = 3
    page = desk.get(path).get_data(as_text=True)
    assert "2 家来宾的洽谈安排在通知之后有变化" in page
    assert cast.post(desk, f"{path}/retell").status_code == 303
    assert cast.post(desk, f"{path}/retell").status_code == 303
    changed = [one for one in letters(app) if one[1].startswith("洽谈安排有变")]
    subject = "洽谈安排有变：中科院专题科技成果发布对接会，2022年5月6日（周五）"
    assert changed == [("owner@cast.test", subject), ("university@cast.test", subject)]
    with app.app_context():
        letter = db.session.scalars(select(Letter).where(Letter.kind == "talks_changed").order_by(Letter.id)).first()
    assert letter is not None
    assert "  10:30—10:50　2号桌　许昌学院　许涂层（研究员）" in letter.text
    assert f"SEQUENCE:{risen(season.NOW, 0)}" in letter.calendar.splitlines()
    assert "洽谈安排在通知之后有变化" not in desk.get(path).get_data(as_text=True)
