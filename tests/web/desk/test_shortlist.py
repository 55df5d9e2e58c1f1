"""The shortlist under caps: the optimum, its cost, who is left out, and keeping it."""

from __future__ import annotations

import json
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.domain.errors import NotAllowed
from app.extensions import writing
from app.models.achievement import Achievement
from app.models.pairing import Pairing
from app.models.people import Expert
from app.services import allotting
from app.services.allotting import Bounds
from tests import shelf
from tests.cast import NOW, Cast, post, sign_in
from tests.offers import Offers, everything, offer

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def offers(session: Session, cast: Cast) -> Offers:
    """Both needs want the heat compensation most; the sensor is nearly as good for one of them."""
    made = offer(session, cast)
    for need, achievement, score, level in (
        (made.spindle, made.heat, 0.50, "strong"), (made.spindle, made.sensor, 0.45, "fair"),
        (made.chrome, made.heat, 0.40, "fair"), (made.chrome, made.membrane, 0.20, "weak"),
    ):  # fmt: skip
        session.add(Pairing(need_id=need, achievement_id=achievement, score=score, level=level, computed_at=NOW))
    session.commit()
    return made


def test_the_list_is_the_best_under_the_caps_and_says_what_they_cost(session: Session, offers: Offers) -> None:
    found = allotting.propose(session, Bounds(1, 1))
    chosen = {(one.need_id, one.achievement_id) for one in found.chosen}
    assert chosen == {(offers.spindle, offers.sensor), (offers.chrome, offers.heat)}
    assert (found.score, found.wished) == pytest.approx((0.85, 0.90))
    assert found.loss == pytest.approx(0.05 / 0.90)
    assert [one.reason for one in found.left_out] == ["该需求已选满 1 项成果，其余安排的总匹配度更高。"] or (
        "选满" in found.left_out[0].reason
    )
    assert found.alone == ()
    wide = allotting.propose(session, Bounds(2, 2), "weak")
    assert (len(wide.chosen), wide.loss) == (4, 0.0)


def test_what_is_kept_counts_and_needs_without_any_are_named(session: Session, cast: Cast, offers: Offers) -> None:
    alone = shelf.need(session, cast.owner, "没人能做的需求").id
    session.commit()
    with writing() as open_session:
        kept = everything(open_session)[offers.spindle, offers.heat].id
        assert allotting.keep(open_session, [kept], cast.desk.actor, NOW) == 1
    session.rollback()
    found = allotting.propose(session, Bounds(1, 1))
    assert found.chosen == ()
    assert [one.id for one in found.alone] == [offers.chrome, alone]


@pytest.mark.parametrize("cap", [-1, 51])
def test_a_cap_has_bounds(cap: int) -> None:
    with pytest.raises(ValueError, match="cap"):
        Bounds(expert=cap)


def stand_for(session: Session, cast: Cast, name: str, achievements: list[int]) -> None:
    with writing() as open_session:
        person = Expert(organisation_id=cast.institute.organisation_id, name=name, email="one@cast.test")
        open_session.add(person)
        open_session.flush()
        for number in achievements:
            open_session.get_one(Achievement, number).expert_id = person.id
    session.rollback()


@pytest.mark.parametrize(("name", "most"), [("何主轴", 1), ("成果转化办公室", 2)])
def test_an_expert_has_a_cap_over_all_achievements_and_an_office_none(
    session: Session, cast: Cast, offers: Offers, name: str, most: int
) -> None:
    stand_for(session, cast, name, [offers.heat, offers.sensor])
    found = allotting.propose(session, Bounds(need=1, achievement=1, expert=1), "fair")
    assert len(found.chosen) == most
    reasons = {one.reason for one in found.left_out}
    assert ("该成果的专家已选满 1 对，其余安排的总匹配度更高。" in reasons) is (most == 1)
    assert found.firms == 2 - most


def test_what_an_expert_has_already_counts(session: Session, cast: Cast, offers: Offers) -> None:
    stand_for(session, cast, "何主轴", [offers.heat, offers.sensor])
    with writing() as open_session:
        allotting.keep(open_session, [everything(open_session)[offers.spindle, offers.sensor].id], cast.desk.actor, NOW)
    session.rollback()
    found = allotting.propose(session, Bounds(expert=1))
    assert (found.chosen, {one.reason for one in found.left_out}) == ((), {"该成果的专家不再增加对接。"})


def test_no_firm_is_without_any_when_that_can_be(session: Session, cast: Cast, offers: Offers) -> None:
    stand_for(session, cast, "何主轴", [offers.heat, offers.sensor])
    wanted = everything(session)[offers.spindle, offers.sensor]
    wanted.score = 0.95
    session.commit()
    found = allotting.propose(session, Bounds(need=2, achievement=2, firm=2, expert=2))
    assert {(one.need_id, one.achievement_id) for one in found.chosen} == {
        (offers.spindle, offers.sensor), (offers.chrome, offers.heat),
    }  # fmt: skip
    assert (found.score, found.wished) == pytest.approx((1.35, 1.85))
    assert found.firms == 0
    only = allotting.propose(session, Bounds(need=2, achievement=2, firm=1, expert=10))
    assert len(only.chosen) == 2
    assert [one.reason for one in only.left_out] == ["该需求的企业已选满 1 对，其余安排的总匹配度更高。"]


def test_the_page_shows_the_loss_and_keeps_the_list(
    app: Flask, client: FlaskClient, cast: Cast, offers: Offers, session: Session
) -> None:
    desk = sign_in(client, cast.desk)
    page = unescape(desk.get("/desk/pairings/shortlist?need=1&achievement=1").text)
    assert "选出 <b>2</b> 对" in page
    assert "减少 <b>5.6%</b>" in page
    assert "没有选上的 1 对和原因" in page
    assert "每家有需求的企业至少有一对。" in page
    assert '<option value="10" selected>最多 10 对</option>' in page
    assert post(desk, "/desk/pairings/shortlist", {"need": "1", "achievement": "1"}).location == "/desk/pairings"
    states = {key: one.state for key, one in everything(session).items()}
    assert states[offers.spindle, offers.sensor] == states[offers.chrome, offers.heat] == "shortlisted"
    assert states[offers.spindle, offers.heat] == "suggested"
    assert "选出 <b>0</b> 对" in desk.get("/desk/pairings/shortlist?need=1&achievement=nonsense").text
    with pytest.raises(NotAllowed), app.app_context(), writing() as open_session:
        allotting.keep(open_session, [1], cast.county.actor, NOW)


def test_the_command_says_the_same(app: Flask, offers: Offers, session: Session) -> None:
    run = app.test_cli_runner().invoke
    told = json.loads(run(args=["pairings", "shortlist", "--per-need", "1", "--per-achievement", "1", "--json"]).output)
    assert (told["chosen"], told["kept"], told["loss"]) == (2, 0, round(0.05 / 0.90, 6))
    kept = run(args=["pairings", "shortlist", "--per-need", "1", "--per-achievement", "1", "--keep"])
    assert "已入选 2 对。" in kept.output
    assert everything(session)[offers.chrome, offers.heat].state == "shortlisted"
