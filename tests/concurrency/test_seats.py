"""Many guests, few seats: forty answers at once for ten seats fill exactly ten, and everybody gets a true answer."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.domain.actor import Actor, Role
from app.domain.drafts import ReplyDraft
from app.domain.errors import Full
from app.extensions import db, writing
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.people import Organisation
from app.services import answering
from tests import season
from tests.season import NOW, START

GUESTS = 40
SEATS = 10
WORKERS = 8


@pytest.fixture
def invited_ids(app: Flask) -> list[int]:
    """Forty guests with invitations sent to one event of ten seats."""
    with app.app_context(), writing() as session:
        event = season.docking(session, NOW, START, capacity=SEATS)
        rows = [invitation(event, number) for number in range(GUESTS)]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def invitation(event: Event, number: int) -> Invitation:
    firm = Organisation(kind="enterprise", name=f"第 {number} 家企业", created_at=NOW)
    made = Invitation(
        event=event,
        organisation=firm,
        side="guest",
        contact_email=f"guest{number}@cast.test",
        nonce=f"nonce {number}",
        sent_at=NOW,
        created_at=NOW,
    )
    made._state = "sent"
    return made


def everybody_answers(app: Flask, ids: list[int]) -> tuple[list[str], list[Exception]]:
    """Each guest accepts for one person, WORKERS at a time; what they were told, and what went wrong besides."""
    told: list[str] = []
    wrong: list[Exception] = []
    barrier = threading.Barrier(WORKERS)

    def work(mine: list[int]) -> None:
        barrier.wait(30)
        for invitation_id in mine:
            actor = Actor(Role.GUEST, "来宾", invitation_id=invitation_id)
            try:
                with app.app_context(), writing() as session:
                    one = session.get_one(Invitation, invitation_id)
                    answering.accept(session, one, ReplyDraft(attendees="来宾", party_size=1), actor, NOW)
                told.append("accepted")
            except Full as error:
                told.append(error.message)
            except Exception as error:  # noqa: BLE001 - every error of a thread belongs to the test
                wrong.append(error)

    threads = [threading.Thread(target=work, args=(ids[number::WORKERS],)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return told, wrong


def test_forty_answers_fill_ten_seats_and_no_more(app: Flask, invited_ids: list[int]) -> None:
    told, wrong = everybody_answers(app, invited_ids)
    assert wrong == []
    full = "座位不足：本场已没有空余座位。请联系许昌科技大市场，有空位时为您安排。"
    assert sorted(told) == ["accepted"] * SEATS + [full] * (GUESTS - SEATS)
    with app.app_context():
        coming = db.session.scalars(select(Invitation).where(Invitation.state == "accepted")).all()
        assert sum(one.party_size for one in coming) == SEATS
        assert db.session.scalars(select(Event.seats_taken)).one() == SEATS


def test_one_guest_clicking_from_eight_browsers_takes_one_seat(app: Flask, invited_ids: list[int]) -> None:
    told, wrong = everybody_answers(app, invited_ids[:1] * WORKERS)
    assert (told, wrong) == (["accepted"] * WORKERS, [])
    with app.app_context():
        assert db.session.scalars(select(Event.seats_taken)).one() == 1


@pytest.mark.databases("postgresql")
def test_counting_first_and_writing_then_overbooks(app: Flask, invited_ids: list[int]) -> None:
    """The twin: the rule without lock and guard lets more in than there are seats."""
    counted = threading.Barrier(WORKERS)

    def work(mine: list[int]) -> None:
        with app.app_context(), writing() as session:
            taken = len(session.scalars(select(Invitation.id).where(Invitation.replied_note == "in")).all())
            counted.wait(30)
            if taken + len(mine) <= SEATS:
                session.execute(update(Invitation).where(Invitation.id.in_(mine)).values(replied_note="in"))

    threads = [threading.Thread(target=work, args=(invited_ids[number::WORKERS],)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with app.app_context():
        seated = db.session.scalars(select(Invitation.id).where(Invitation.replied_note == "in")).all()
        assert len(seated) == GUESTS
