"""Pairings fall away with what they pair, keep what was achieved, and are decided by the desk alone."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME
from app.domain.errors import Invalid, NotAllowed
from app.extensions import db, writing
from app.models.achievement import Achievement
from app.models.history import MoveRecord
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.pairing import Pairing
from app.services import leases, pairings
from app.services.conduct import carry_out
from app.services.steps import Step
from tests import season, shelf
from tests.cast import NOW, Cast, Person

STATES = ("suggested", "shortlisted", "introduced", "met", "dismissed", "banned")


@pytest.fixture
def stage(app: Flask) -> season.Stage:
    with app.app_context(), writing() as session:
        return season.stage(session)


@pytest.fixture
def one_of_each(session: Session, cast: Cast) -> dict[str, int]:
    """One need with a pairing in every state; the ids of the pairings."""
    need = shelf.need(session, cast.owner)
    made = {}
    for state in STATES:
        offered = shelf.achievement(session, cast.institute, f"成果 {state}")
        made[state] = pairing(need, offered, state)
    session.add_all(made.values())
    session.commit()
    return {state: one.id for state, one in made.items()}


def pairing(need: Need, offered: Achievement, state: str = "suggested", score: float = 0.1) -> Pairing:
    made = Pairing(need=need, achievement=offered, score=score, computed_at=NOW, decision="当时的理由")
    made._state = state
    return made


def move(subject: type[Need | Achievement | Pairing], number: int, name: str, person: Person, reason: str = "") -> None:
    with writing() as session:
        carry_out(session, Step(session.get_one(subject, number), name, reason=reason), person.actor, NOW)


def states(session: Session, ids: dict[str, int]) -> dict[str, str]:
    session.rollback()
    return {before: session.get_one(Pairing, number).state for before, number in ids.items()}


@pytest.mark.parametrize("name", ["withdraw", "revise"])
def test_pairings_fall_away_with_a_need_taken_back(
    session: Session, cast: Cast, one_of_each: dict[str, int], name: str
) -> None:
    move(Need, session.scalars(select(Need.id)).one(), name, cast.owner)
    assert states(session, one_of_each) == {
        "suggested": "dropped",
        "shortlisted": "dropped",
        "introduced": "dropped",
        "met": "met",
        "dismissed": "dropped",
        "banned": "banned",
    }
    assert leases.asked(session, "recommend") is True


def test_a_need_that_was_solved_keeps_those_it_was_introduced_to(
    session: Session, cast: Cast, one_of_each: dict[str, int]
) -> None:
    move(Need, session.scalars(select(Need.id)).one(), "settle", cast.owner)
    assert states(session, one_of_each) == {
        "suggested": "dropped",
        "shortlisted": "dropped",
        "introduced": "introduced",
        "met": "met",
        "dismissed": "dropped",
        "banned": "banned",
    }


@pytest.mark.parametrize(
    ("name", "after"), [("withdraw", "dropped"), ("revise", "dropped"), ("transfer", "introduced")]
)
def test_the_same_goes_for_an_achievement(
    session: Session, cast: Cast, one_of_each: dict[str, int], name: str, after: str
) -> None:
    for state in ("suggested", "introduced"):
        offered = session.get_one(Pairing, one_of_each[state]).achievement_id
        move(Achievement, offered, name, cast.institute)
    found = states(session, one_of_each)
    assert (found["suggested"], found["introduced"], found["shortlisted"]) == ("dropped", after, "shortlisted")


def test_a_lapsed_need_leaves_the_history_with_its_cause(
    session: Session, cast: Cast, one_of_each: dict[str, int]
) -> None:
    need_id = session.scalars(select(Need.id)).one()
    with writing() as open_session:
        carry_out(open_session, Step(open_session.get_one(Need, need_id), "lapse"), PROGRAMME, NOW)
    record = session.scalars(
        select(MoveRecord).where(MoveRecord.noun == "pairing", MoveRecord.subject_id == one_of_each["suggested"])
    ).one()
    assert (record.verb, record.cause) == ("drop", f"need:{need_id}:lapse")
    assert record.reason == "需求“高速电主轴热误差补偿”已不在对接范围内（已过期）"


@pytest.mark.parametrize("name", ["dismiss", "ban", "release"])
def test_a_pairing_turned_down_gives_back_its_table(session: Session, stage: season.Stage, name: str) -> None:
    first, second = stage.placed_ids
    move(Pairing, first, name, stage.cast.desk, "总工另有安排")
    gone = session.get_one(Pairing, first)
    assert (gone.event_id, gone.unplaced, gone.decision) == (None, "", "总工另有安排")
    assert session.scalars(select(Meeting.pairing_id)).all() == [second]


def test_a_withdrawn_need_gives_back_its_tables(session: Session, stage: season.Stage) -> None:
    move(Need, session.get_one(Pairing, stage.placed_ids[0]).need_id, "withdraw", stage.cast.owner)
    assert session.scalars(select(Meeting)).all() == []


def test_keeping_overrides_an_earlier_reason(session: Session, cast: Cast, one_of_each: dict[str, int]) -> None:
    move(Pairing, one_of_each["dismissed"], "keep", cast.desk)
    made = session.get_one(Pairing, one_of_each["dismissed"])
    assert (made.state, made.decision) == ("shortlisted", "")


@pytest.mark.parametrize("name", ["dismiss", "ban"])
def test_turning_down_needs_a_reason(session: Session, cast: Cast, one_of_each: dict[str, int], name: str) -> None:
    with pytest.raises(Invalid, match="请写明"):
        move(Pairing, one_of_each["suggested"], name, cast.desk, "  ")
    assert states(session, one_of_each)["suggested"] == "suggested"


def test_what_is_no_longer_on_offer_is_not_restored(session: Session, cast: Cast, one_of_each: dict[str, int]) -> None:
    move(Need, session.scalars(select(Need.id)).one(), "withdraw", cast.owner)
    with pytest.raises(Invalid, match="需求“高速电主轴热误差补偿”现在是“已撤回”"):
        move(Pairing, one_of_each["banned"], "release", cast.desk)
    assert states(session, one_of_each)["banned"] == "banned"


@pytest.mark.parametrize("part", ["county", "bureau", "owner", "rival", "institute", "university"])
def test_the_desk_alone_decides(session: Session, cast: Cast, one_of_each: dict[str, int], part: str) -> None:
    person = cast.everyone()[part]
    for name in ("keep", "dismiss", "ban"):
        with pytest.raises(NotAllowed):
            move(Pairing, one_of_each["suggested"], name, person, "不合适")
    with pytest.raises(NotAllowed), writing() as open_session:
        pairings.ask_refresh(open_session, person.actor, NOW)
    assert states(session, one_of_each) == {state: state for state in STATES}
    assert leases.asked(session, "rebuild") is False


def test_asking_for_a_refresh_is_noted(session: Session, cast: Cast) -> None:
    with writing() as open_session:
        pairings.ask_refresh(open_session, cast.desk.actor, NOW)
    record = session.scalars(select(MoveRecord)).one()
    assert (record.noun, record.verb, record.user_id) == ("pairing", "request", cast.desk.user_id)
    assert leases.asked(session, "rebuild") is True


def test_the_best_to_keep_fill_up_what_is_kept_already(session: Session, cast: Cast) -> None:
    ids = {}
    for title, rows in {
        "甲": [("shortlisted", 0.05), ("suggested", 0.2), ("suggested", 0.1), ("banned", 0.9)],
        "乙": [("introduced", 0.1), ("shortlisted", 0.1), ("suggested", 0.2)],
        "丙": [("dismissed", 0.5), ("suggested", 0.1)],
    }.items():
        need = shelf.need(session, cast.owner, title)
        for state, score in rows:
            made = pairing(need, shelf.achievement(session, cast.institute), state, score)
            session.add(made)
            session.flush()
            ids[title, state, score] = made.id
    withdrawn = shelf.need(session, cast.owner, "丁", state="withdrawn")
    session.add(pairing(withdrawn, shelf.achievement(session, cast.institute), "suggested", 0.9))
    session.flush()
    wanted = [ids["甲", "suggested", 0.2], ids["丙", "suggested", 0.1]]
    assert [one.id for one in pairings.best_suggested(session, 2)] == wanted
    assert pairings.best_suggested(session, 0) == []
    db.session.rollback()
