"""Judgements and what is learned from them: which words count, training, comparing, activating and going back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME
from app.domain.errors import IllegalMove, Invalid, NotAllowed
from app.extensions import writing
from app.jobs import learn
from app.models.follow_up import Feedback
from app.models.pairing import Pairing
from app.models.ranking_model import RankingModel
from app.queries import judgements, pairings, ranking_models
from app.services import learning, leases, planning, ranking
from app.services.conduct import carry_out
from app.services.planning import BY_PLAN
from app.services.steps import Step
from matching.files import read_verdicts
from matching.reranker import Model, weighted
from tests import market
from tests.cast import NOW, Cast

FIGURES: dict[str, float | None] = {
    "needs": 32,
    "ndcg": 0.82,
    "ndcg_other": 0.8,
    "auc": 0.8,
    "auc_other": 0.7,
    "p_value": 0.3,
}


@pytest.fixture
def trade(session: Session, cast: Cast) -> tuple[int, ...]:
    """The ids of twelve suggested pairings: four needs with three achievements each."""
    market.opened(session)
    found = market.trade(session).pairings
    session.commit()
    return found


def decide(cast: Cast, number: int, name: str, *, cause: str = "", by_programme: bool = False) -> None:
    actor = PROGRAMME if by_programme else cast.desk.actor
    with writing() as session:
        step = Step(session.get_one(Pairing, number), name, reason="理由", cause=cause)
        carry_out(session, step, actor, NOW + timedelta(minutes=number))


def verdicts(session: Session) -> list[str]:
    session.rollback()
    return [one.verdict for one in judgements.every(session)]


def kept_model(cast: Cast, number: int = 0, **changes: float | None) -> int:
    """A candidate whose weights differ from the shipped ones; returns its number."""
    raw = [one + 0.01 * (number + 1) for one in Model.shipped().vector]
    model = replace(Model.shipped(), weights=weighted(raw))
    with writing() as session:
        learned = learning.Learned(model, 785, 40, 0, FIGURES | changes)
        return learning.store(session, learned, cast.desk.actor, NOW).number


def activate(cast: Cast, number: int, reason: str = "") -> None:
    with writing() as session:
        learning.activate(session, ranking_models.one(session, number), cast.desk.actor, NOW, reason=reason)


def test_a_persons_last_word_on_a_pair_is_the_judgement(session: Session, cast: Cast, trade: tuple[int, ...]) -> None:
    assert verdicts(session) == []
    decide(cast, trade[0], "keep")
    decide(cast, trade[1], "dismiss")
    decide(cast, trade[2], "ban")
    assert verdicts(session) == ["keep", "dismiss", "dismiss"]
    decide(cast, trade[0], "dismiss")
    decide(cast, trade[1], "release")
    assert verdicts(session) == ["dismiss", "dismiss"]
    decide(cast, trade[1], "keep")
    decide(cast, trade[1], "introduce")
    assert verdicts(session) == ["dismiss", "keep", "dismiss"]
    first = judgements.every(session)[1]
    assert (first.by, first.at) == ("许昌科技大市场 市桥", NOW + timedelta(minutes=trade[1]))


def test_what_the_programme_or_the_plan_kept_is_no_judgement(
    session: Session, cast: Cast, trade: tuple[int, ...]
) -> None:
    decide(cast, trade[0], "keep", by_programme=True)
    decide(cast, trade[1], "keep", cause=BY_PLAN)
    assert verdicts(session) == []
    decide(cast, trade[1], "meet")  # that they met, somebody saw
    assert verdicts(session) == ["keep"]


@pytest.mark.databases("sqlite")
def test_a_season_plan_that_a_person_adopts_teaches_nothing(
    session: Session, cast: Cast, trade: tuple[int, ...]
) -> None:
    proposal = planning.propose(session, 2022, 1, cast.desk.actor, NOW)
    session.rollback()
    with writing() as open_session:
        planning.adopt(open_session, proposal, cast.desk.actor, NOW)
    kept = session.scalars(select(Pairing.id).where(Pairing.state == "shortlisted")).all()
    assert len(kept) == len(proposal.keep) > 0
    assert verdicts(session) == []


def test_feedback_counts_before_the_desk(session: Session, cast: Cast, trade: tuple[int, ...]) -> None:
    decide(cast, trade[0], "keep")
    event = market.docking(session)
    for fit, firm in ((2, cast.owner), (5, cast.rival), (None, cast.university)):
        guest = market.invited(session, event, firm.organisation_id, "sent")
        at = NOW + timedelta(days=fit or 9)
        session.add(Feedback(invitation_id=guest.id, pairing_id=trade[0], fit=fit, created_at=at))
    session.commit()
    (found,) = judgements.every(session)
    assert (found.verdict, found.by) == ("5", "乙企业环保科技有限公司")


def test_the_grades_are_those_of_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "judgements.tsv"
    file.write_text("".join(f"1\t{row}\t{word}\n" for row, word in enumerate(learning.GRADES)), encoding="utf-8")
    assert list(read_verdicts(file)["1"].values()) == list(learning.GRADES.values())


@pytest.mark.databases("sqlite")
def test_few_decisions_are_not_learned_from_many_are(
    session: Session, cast: Cast, trade: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in trade[:6]:
        decide(cast, number, "keep" if number % 3 == 1 else "dismiss")
    few = learn.train(cast.desk.actor, NOW)
    assert (few.number, few.shipped_pairs, few.desk_pairs, few.compared_with) == (1, 785, 0, 0)
    assert few.state_label == "候选"
    assert set(few.figures) == set(FIGURES)
    monkeypatch.setattr(learning, "FEWEST", 6)
    many = learn.train(cast.desk.actor, NOW)
    assert (many.number, many.shipped_pairs, many.desk_pairs) == (2, 785, 6)
    model = learning.model_of(many.content)
    assert model is not None
    assert (model.version, model.fingerprint) == (2, many.fingerprint)
    assert learning.active(session) == Model.shipped()


def test_an_activated_model_ranks_and_one_steps_back_for_the_next(session: Session, cast: Cast) -> None:
    first, second = kept_model(cast), kept_model(cast, 1)
    before = ranking.recipe_mark(session)
    session.rollback()
    activate(cast, first)
    assert ranking.recipe_mark(session) != before
    assert learning.active(session).version == first
    session.rollback()
    activate(cast, second)
    states = {row.number: row.state for row in ranking_models.listed(session)}
    assert states == {first: "former", second: "active"}
    session.rollback()
    activate(cast, first)  # back to the one before
    session.rollback()
    with writing() as open_session:
        learning.rest(open_session, ranking_models.one(open_session, first), cast.desk.actor, NOW)
    assert learning.active(session) == Model.shipped()
    assert ranking.recipe_mark(session) == before


def test_a_worse_model_needs_a_reason_and_one_without_a_comparison_stays_out(session: Session, cast: Cast) -> None:
    worse, bare = kept_model(cast, ndcg=0.7, p_value=0.01), kept_model(cast, ndcg=None)
    with pytest.raises(Invalid, match="请写明理由"):
        activate(cast, worse)
    activate(cast, worse, "先试一周")
    with pytest.raises(Invalid, match="没有和其他模型比较过"):
        activate(cast, bare)
    with pytest.raises(IllegalMove, match="已经在使用"):
        activate(cast, worse, "再试")
    for person in (cast.county, cast.bureau, cast.owner):
        with pytest.raises(NotAllowed), writing() as open_session:
            learning.activate(open_session, ranking_models.one(open_session, bare), person.actor, NOW)
        with pytest.raises(NotAllowed), writing() as open_session:
            learning.ask(open_session, person.actor, NOW)


def test_a_model_of_another_program_does_not_rank(session: Session, cast: Cast) -> None:
    number = kept_model(cast)
    activate(cast, number)
    with writing() as open_session:
        ranking_models.one(open_session, number).content = '{"format": 0}'
    assert learning.active(session) == Model.shipped()
    session.rollback()
    with writing() as open_session:
        learning.rest(open_session, ranking_models.one(open_session, number), cast.desk.actor, NOW)
    with pytest.raises(Invalid, match="旧版程序"):
        activate(cast, number)


@pytest.mark.parametrize(("figures", "label", "better"), [
    ({}, "相差不大", True), ({"ndcg": 0.79}, "相差不大", False), ({"p_value": 0.01}, "更好", True),
    ({"ndcg": 0.7, "p_value": 0.01}, "更差", False), ({"ndcg": None}, "没有比较", False),
])  # fmt: skip
def test_the_comparison_in_words(figures: dict[str, float | None], label: str, better: bool) -> None:
    told = ranking_models.verdict(RankingModel(number=3, compared_with=2, figures=FIGURES | figures))
    assert (told.label, told.better) == (label, better)


def test_the_weekly_job_waits_for_news_and_activates_nothing(
    session: Session, cast: Cast, trade: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(days: int) -> dict[str, int]:
        session.rollback()
        return learn.run(NOW + timedelta(days=days), lambda: False)

    made = learning.Learned(Model.shipped(), 785, 12, 0, FIGURES)
    monkeypatch.setattr(learning, "learn", lambda *_values: made)
    monkeypatch.setattr(learning, "FEWEST", 3)
    monkeypatch.setattr(learn, "NEWS", 3)
    for number in trade[:2]:
        decide(cast, number, "dismiss")
    assert run(1) == {}
    decide(cast, trade[2], "dismiss")
    assert run(2) == {"models": 1}
    assert run(30) == {}  # nothing new
    with writing() as open_session:
        learning.ask(open_session, cast.desk.actor, NOW)
    assert run(31) == {"models": 1}  # somebody asked
    assert run(31) == {}
    assert {row.state for row in session.scalars(select(RankingModel))} == {"candidate"}
    assert not leases.asked(session, learning.NAME)


def test_judged_texts_are_read_in_whatever_state(session: Session, cast: Cast, trade: tuple[int, ...]) -> None:
    decide(cast, trade[0], "dismiss")
    (one,) = judgements.every(session)
    need = session.get_one(Pairing, trade[0]).need
    need._state = "settled"
    session.commit()
    needs, offers = pairings.told(session, {one.need_id}, {one.achievement_id})
    assert [row.id for row in needs] == [one.need_id]
    assert [row.id for row in offers] == [one.achievement_id]
    assert [row.id for row in learning.material(session).needs] == [str(one.need_id)]
