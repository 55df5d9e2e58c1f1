"""An institute sends a sheet of achievements; one suits a firm's need; both are invited and the firm answers its letter."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from app.domain.vocabulary import SheetKind
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.models.pairing import Pairing
from tests.sheets.books import book_of
from tests.stories import seasons
from tests.stories.seasons import GUESTS
from tests.stories.town import Town, entry_in, link_in, text_of

INSTITUTE = "中国科学院某研究所"
TITLE = "中科院专题对接会（首场）"
ROWS: dict[str, Any] = {
    "C2": "机床热误差在线补偿装置", "D2": "热误差、电主轴", "U2": "用温度场反演电主轴热误差，在线实时补偿孔径漂移。",
    "G2": "装备制造", "C3": "浮选药剂", "D3": "选矿", "U3": "低品位矿石的绿色浮选药剂，回收率提高五个百分点。", "G3": "采矿",
    **{f"{column}{row}": INSTITUTE for column in "AM" for row in (2, 3)},
    **{f"S{row}": "reply@institute.test" for row in (2, 3)},
}  # fmt: skip


def upload(town: Town, changes: dict[str, Any]) -> str:
    file = (io.BytesIO(book_of(SheetKind.ACHIEVEMENTS, 2, ROWS | changes)), "成果.xlsx")
    return town.send(town.cast.institute, "/portal/sheets", {"kind": "achievements", "file": file})


def test_from_a_sheet_to_an_answer(town: Town) -> None:
    desk, institute, owner = town.cast.desk, town.cast.institute, town.cast.owner
    seasons.open_session(town)
    seasons.publish_need(town)

    # A sheet with a fault is shown with the cell, and not imported; the corrected one is.
    faulty = upload(town, {"Q3": "13x"})
    assert "Q3" in town.read(institute, faulty)
    town.send(institute, f"{faulty}/accept")
    assert "浮选药剂" not in town.read(institute, "/portal/achievements")
    good = upload(town, {})
    assert good != faulty
    town.send(institute, f"{good}/accept")
    assert "新增 2，更新 0，不变 0" in town.read(institute, good)
    assert "浮选药剂" not in town.read(None, "/achievements")
    for number in (1, 2):
        town.send(desk, f"/desk/achievements/{number}/review", {"decision": "list"})
    assert "浮选药剂" in town.read(None, "/achievements")

    # The matcher finds the one that suits; the desk reads why, and keeps it.
    town.work("deliver")
    town.everything()
    assert town.work("recommend")["recommend"]["added"] >= 1
    pairing = town.one(Pairing, Pairing.rank == 1)
    shown = town.read(desk, "/desk/pairings/needs/1")
    assert "机床热误差在线补偿装置" in shown
    assert "热误差" in [reason["label"] for reason in pairing["reasons"]]
    town.send(desk, "/desk/pairings/needs/1/keep", {"pairing": pairing["id"]})
    assert town.one(Pairing, Pairing.rank == 1)["state"] == "shortlisted"
    assert town.work("recommend") == {"recommend": {}}

    # The plan of the year gives the pair a slot at the session; drafts are made, looked at, sent, once.
    seasons.plan(town)
    meeting = town.one(Meeting)
    assert (meeting["event_id"], meeting["pairing_id"], meeting["slot"]) == (1, pairing["id"], 0)
    town.send(desk, f"{GUESTS}/draft")
    town.work()
    assert town.everything() == {}
    for _click in range(2):
        town.send(desk, f"{GUESTS}/send")
    town.work()
    town.work()
    letters = {one.recipients[0]: one.message for one in town.smtp.received}
    assert sorted(one.recipients for one in town.smtp.received) == [("institute@cast.test",), ("owner@cast.test",)]

    # The letter says when and whom they meet and why, and carries an entry for the calendar.
    mine = letters["owner@cast.test"]
    words = text_of(mine)
    assert [
        part
        for part in (TITLE, "2022年5月6日", "09:30", "许昌会展中心二楼 3 号厅", INSTITUTE, "热误差")
        if part not in words
    ] == []
    entry = entry_in(mine)
    assert (entry.begins, entry.place) == (datetime(2022, 5, 6, 1, 0, tzinfo=UTC), "许昌会展中心二楼 3 号厅")

    # The guest answers without an account and without a cookie, changes the answer, and the desk sees it.
    guest, link = town.app.test_client(use_cookies=False), link_in(mine, "rsvp")
    assert town.one(Event)["seats_taken"] == 0
    answer(guest, link, answer="accept", attendees="葛长青、陈工", party_size="2")
    assert town.one(Event)["seats_taken"] == 2
    answer(guest, link, answer="accept", attendees="葛长青、陈工、李工", party_size="3", arrives_at="08:50")
    assert town.one(Event)["seats_taken"] == 3
    invitation = town.one(Invitation, Invitation.organisation_id == owner.organisation_id)
    assert (invitation["state"], invitation["attendees"]) == ("accepted", "葛长青、陈工、李工")
    assert "owner@cast.test 应邀 3 2022-02-15" in town.read(desk, GUESTS)
    assert "葛长青、陈工、李工" in town.read(desk, f"/desk/invitations/{invitation['id']}")
    assert "应邀" in town.read(owner, f"/portal/invitations/{invitation['id']}")

    # Now the two sides know each other; a third firm does not.
    assert "13900001111" in town.read(institute, "/portal/needs/1")
    town.work()
    assert town.everything().keys() == {"institute@cast.test", "owner@cast.test"}
    assert "13900001111" not in town.read(town.cast.university, "/portal/needs/1")


def answer(guest: FlaskClient, link: str, **form: str) -> None:
    assert guest.post(link, data=form).status_code == 303


def test_more_guests_than_seats_wait_in_line_and_get_what_is_freed(town: Town) -> None:
    seasons.invited(town)
    guest, link = town.app.test_client(use_cookies=False), link_in(town.smtp.to("owner@cast.test")[0], "rsvp")
    other = link_in(town.smtp.to("institute@cast.test")[0], "rsvp")

    def waiting() -> Any:
        return town.one(Invitation, Invitation.contact_email == "institute@cast.test")

    answer(guest, link, answer="accept", attendees="葛长青等", party_size="9")
    answer(guest, other, answer="accept", attendees="过程远等", party_size="2")
    assert "候补，第 1 位（2 人）" in guest.get(other).get_data(as_text=True)
    assert (waiting()["state"], town.one(Event)["seats_taken"]) == ("waiting", 9)
    answer(guest, link, answer="decline", reason="当天审厂")
    assert (waiting()["state"], town.one(Event)["seats_taken"]) == ("offered", 2)
    answer(guest, other, answer="accept", attendees="过程远等", party_size="2")
    assert (waiting()["state"], town.one(Event)["seats_taken"]) == ("accepted", 2)


def test_a_no_frees_the_slot_and_the_desk_is_shown_the_reason(town: Town) -> None:
    seasons.invited(town)
    guest, link = town.app.test_client(use_cookies=False), link_in(town.smtp.to("owner@cast.test")[0], "rsvp")
    answer(guest, link, answer="decline", reason="当天审厂，改日再约")
    declined = town.one(Invitation, Invitation.contact_email == "owner@cast.test")
    assert (declined["state"], town.count(Meeting)) == ("declined", 0)
    assert "当天审厂，改日再约" in town.read(town.cast.desk, f"/desk/invitations/{declined['id']}")
    assert guest.post(link, data={"answer": "accept", "attendees": "", "party_size": "0"}).status_code == 422
    assert town.one(Invitation, Invitation.contact_email == "owner@cast.test")["state"] == "declined"
