"""A session from its invitations through reminders, a new date and the end: who hears what, and how often."""

from __future__ import annotations

from datetime import UTC, datetime

from app.models.event import Event
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from tests.stories import seasons
from tests.stories.seasons import EVENT
from tests.stories.town import Town, link_in

TITLE = "中科院专题对接会（首场）"
OWNER, INSTITUTE = "owner@cast.test", "institute@cast.test"
FIRST, LATER = "2022年5月6日（周五）", "2022年5月20日（周五）"
MOVED = {"held_on": "2022-05-20", "starts": "09:00", "ends": "12:00", "talks_start": "09:30",
         "place": "许昌会展中心二楼 3 号厅", "reason": "会场另有安排"}  # fmt: skip


def accept(town: Town, mailbox: str, persons: int = 2) -> None:
    guest = town.app.test_client(use_cookies=False)
    form = {"answer": "accept", "attendees": "两人", "party_size": str(persons)}
    assert guest.post(link_in(town.smtp.to(mailbox)[-1], "rsvp"), data=form).status_code == 303


def test_reminders_a_new_date_and_the_day_itself(town: Town) -> None:
    desk = town.cast.desk
    seasons.invited(town)
    sent = town.entries()
    accept(town, OWNER)
    assert {address: len(subjects) for address, subjects in town.everything().items()} == {OWNER: 1, INSTITUTE: 1}

    # A week before: who comes is reminded, who has not answered is asked; once, however often the clock ticks.
    town.on(4, 29, 8, 59)
    town.work()
    assert town.everything() == {}
    town.on(4, 29, 9)
    town.work()
    town.work()
    week = {OWNER: [f"会期临近：{TITLE}，{FIRST}"], INSTITUTE: [f"请回复邀请：{TITLE}，{FIRST}"]}
    assert town.everything() == week

    # A new date: both are told once, by the same entry of the calendar with a higher number.
    town.on(4, 30)
    town.send(desk, f"{EVENT}/postpone", MOVED)
    town.work()
    town.work()
    told = town.entries()
    assert town.everything() == {address: [f"改期通知：{TITLE}，{LATER}"] for address in (OWNER, INSTITUTE)}
    for address, entry in told.items():
        assert (entry.uid, entry.begins) == (sent[address].uid, datetime(2022, 5, 20, 1, 0, tzinfo=UTC))
        assert entry.sequence > sent[address].sequence
    assert town.one(Invitation, Invitation.contact_email == OWNER)["state"] == "accepted"
    town.send(desk, f"{EVENT}/move", {"move": "announce"})

    # On the old day nothing is said; the reminders come before the new one.
    for day in (5, 6):
        town.on(5, day, 10)
        town.work()
    assert town.everything() == {}
    town.on(5, 13, 9)
    town.work()
    assert town.everything() == {
        OWNER: [f"会期临近：{TITLE}，{LATER}"], INSTITUTE: [f"请回复邀请：{TITLE}，{LATER}"]}  # fmt: skip
    town.on(5, 19, 9)
    town.work()
    hours = f"{LATER}09:00—12:00"
    assert town.everything() == {OWNER: [f"明天见：{TITLE}，{hours}"], INSTITUTE: [f"请今天回复：{TITLE}，{hours}"]}
    town.on(5, 20, 7, 30)
    town.work()
    assert town.everything() == {OWNER: [f"今天的活动：{TITLE}，{hours}"]}

    # It was held: who came is asked how it went, once; the one who never answered is left alone.
    town.on(5, 20, 13)
    town.work("expire")
    assert town.one(Invitation, Invitation.contact_email == INSTITUTE)["state"] == "lapsed"
    town.send(desk, f"{EVENT}/move", {"move": "hold"})
    for day in (20, 21, 22, 30):
        town.on(5, day, 18)
        town.work()
    assert town.everything() == {OWNER: [f"请告诉我们对接的结果：{TITLE}"]}


def test_a_cancelled_session_is_called_off_once_and_then_silent(town: Town) -> None:
    desk = town.cast.desk
    seasons.invited(town)
    sent = town.entries()
    accept(town, OWNER)
    links = {address: link_in(town.smtp.to(address)[0], "rsvp") for address in (OWNER, INSTITUTE)}
    town.everything()
    assert town.send(desk, f"{EVENT}/move", {"move": "cancel"}) == EVENT
    assert town.one(Event)["state"] == "announced"  # a reason is asked for
    town.on(4, 20)
    town.send(desk, f"{EVENT}/move", {"move": "cancel", "reason": "疫情防控"})
    town.work()
    town.work()
    called_off = town.entries()
    assert town.everything() == {address: [f"活动取消：{TITLE}，{FIRST}"] for address in (OWNER, INSTITUTE)}
    for address, entry in called_off.items():
        assert (entry.uid, entry.method) == (sent[address].uid, "CANCEL")
        assert entry.sequence > sent[address].sequence
    assert (town.one(Event)["state"], town.one(Event)["seats_taken"]) == ("cancelled", 0)
    assert town.count(Meeting) == 0

    # Nobody is reminded of it, and its links say that it is over instead of taking answers.
    for month, day in ((4, 29), (5, 5), (5, 6), (5, 7)):
        town.on(month, day, 9)
        town.work()
    assert town.everything() == {}
    guest = town.app.test_client(use_cookies=False)
    for link in links.values():
        form = {"answer": "accept", "attendees": "两人", "party_size": "2"}
        assert guest.post(link, data=form).status_code == 422
    assert town.one(Event)["seats_taken"] == 0
    assert "取消" in town.read(None, "/events/1")


def test_one_guest_is_uninvited_and_only_that_one_hears_of_it(town: Town) -> None:
    desk = town.cast.desk
    seasons.invited(town)
    accept(town, OWNER)
    town.everything()
    number = town.one(Invitation, Invitation.contact_email == OWNER)["id"]
    town.send(desk, f"/desk/invitations/{number}/move", {"move": "void"})
    town.work()
    assert town.everything() == {OWNER: [f"邀请撤回：{TITLE}，{FIRST}"]}
    assert town.one(Event)["seats_taken"] == 0
    town.on(4, 29, 9)
    town.work()
    assert OWNER not in town.everything()
