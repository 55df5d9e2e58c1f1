"""Outlooks follow the pairings; what resembles what follows the offer; a person's word on two stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.extensions import writing
from app.jobs import outlook, recommend
from app.models.achievement import Achievement
from app.models.outlook import Outlook, Resemblance
from app.models.people import Expert
from app.services import following, outlooks
from tests import shelf
from tests.cast import NOW, Cast
from tests.offers import Offers, offer

LONG = "腐竹烘房夏天返潮结块，日产一百五十公斤，希望改成热泵干燥并回收余热，含水率均匀，占地不超过两百平方米。"


@pytest.fixture
def offers(session: Session, cast: Cast) -> Offers:
    made = offer(session, cast)
    session.commit()
    recommend.refresh(NOW)
    return made


def run() -> dict[str, int]:
    return outlook.run(NOW, lambda: False)


def twins() -> dict[str, int]:
    return outlook.run_twins(NOW, lambda: False)


def found(session: Session) -> dict[int, Outlook]:
    session.rollback()
    return {one.need_id: one for one in session.scalars(select(Outlook))}


def test_every_need_has_its_outlook_once(session: Session, offers: Offers) -> None:
    assert outlook.due(NOW) is True
    assert run() == {"outlooks": 2}
    assert (outlook.due(NOW), run()) == (False, {})
    made = found(session)[offers.chrome]
    assert made.covering[0]["achievements"][0] == offers.membrane
    assert {one["kind"] for one in made.covering} == {"institute"}
    assert [one["score"] for one in made.covering] == sorted((one["score"] for one in made.covering), reverse=True)


def test_the_experts_behind_achievements_are_named(session: Session, cast: Cast, offers: Offers) -> None:
    with writing() as open_session:
        expert = Expert(organisation_id=cast.university.organisation_id, name="何铬", email="he@cast.test")
        open_session.add(expert)
        open_session.flush()
        open_session.get_one(Achievement, offers.membrane).expert_id = expert.id
        open_session.get_one(Achievement, offers.membrane).title = "含铬废水的膜处理与浓水除铬"
    recommend.run(NOW, lambda: False)
    run()
    experts = [one for one in found(session)[offers.chrome].covering if one["kind"] == "expert"]
    assert [(one["name"].split("（")[0], one["achievements"]) for one in experts] == [("何铬", [offers.membrane])]


def test_an_office_is_no_expert(session: Session, cast: Cast, offers: Offers) -> None:
    with writing() as open_session:
        office = Expert(
            organisation_id=cast.university.organisation_id, name="成果转化办公室", email="office@cast.test"
        )
        open_session.add(office)
        open_session.flush()
        open_session.get_one(Achievement, offers.membrane).expert_id = office.id
        open_session.get_one(Achievement, offers.membrane).title = "含铬废水的膜处理与浓水除铬"
    recommend.run(NOW, lambda: False)
    run()
    assert {one["kind"] for one in found(session)[offers.chrome].covering} == {"institute"}


def test_a_need_that_is_ranked_anew_gets_another_outlook(session: Session, cast: Cast, offers: Offers) -> None:
    run()
    with writing() as open_session:
        shelf.need(open_session, cast.owner, "含铬电镀废水零排放", problem="电镀车间的含铬废水要零排放，除铬。")
    recommend.run(NOW, lambda: False)
    assert run() == {"outlooks": 1}
    newest = max(found(session).values(), key=lambda one: one.need_id)
    assert newest.similar[0]["need"] == offers.chrome
    assert newest.similar[0]["together"] is True


def test_a_need_without_an_answer_is_told_what_would_help(session: Session, cast: Cast, offers: Offers) -> None:
    with writing() as open_session:
        need = shelf.need(
            open_session, cast.owner, "钧瓷窑变釉色复现", problem="钧瓷窑变釉色不能复现，要控制还原焰。"
        ).id
    recommend.run(NOW, lambda: False)
    run()
    advice = found(session)[need].help
    assert advice["sentences"]
    assert "钧瓷" in "".join(advice["unknown"]) or "窑变" in "".join(advice["unknown"])


def test_a_process_that_knows_nothing_gathers_it(session: Session, offers: Offers) -> None:
    following.warm.known = None
    assert run() == {"outlooks": 2}
    assert following.warm.known is None  # only what was stored by this process may be followed from


def test_the_run_stops_between_two_needs(session: Session, offers: Offers) -> None:
    assert outlook.run(NOW, lambda: True) == {}
    assert found(session) == {}


def test_copies_are_found_settled_and_forgotten(session: Session, cast: Cast, offers: Offers) -> None:
    assert (outlook.twins_due(NOW), twins()) == (True, {})
    assert outlook.twins_due(NOW) is False
    with writing() as open_session:
        first = shelf.need(open_session, cast.owner, "腐竹热泵干燥", problem=LONG).id
        second = shelf.need(open_session, cast.rival, "腐竹热泵干燥", problem=LONG.replace("一百五十", "一百六十")).id
    assert outlook.twins_due(NOW) is False  # first they are matched
    recommend.run(NOW, lambda: False)
    assert outlook.twins_due(NOW) is True
    assert twins() == {"resembling": 1}
    session.rollback()
    row = session.scalars(select(Resemblance)).one()
    assert (row.kind, row.first_id, row.second_id, row.same) == ("need", first, second, ["名称"])
    assert row.likeness > 0.8
    with writing() as open_session:
        outlooks.settle(open_session, open_session.get_one(Resemblance, row.id), cast.desk.actor, NOW)
    twins()
    session.rollback()
    assert session.scalars(select(Resemblance)).one().settled_at == NOW
