"""From what is on offer to pairings: ranks, reasons, nothing written twice, decisions that stay, what falls away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.domain.errors import Invalid, NotAllowed
from app.extensions import db, writing
from app.jobs import recommend
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.services import following, leases, ranking, recommending
from app.services.conduct import carry_out
from app.services.steps import Step
from tests import shelf
from tests.cast import NOW, Cast, Person
from tests.offers import Offers, everything, offer, paired


@pytest.fixture
def offers(session: Session, cast: Cast) -> Offers:
    found = offer(session, cast)
    session.commit()
    return found


@contextmanager
def statements() -> Iterator[list[str]]:
    """The first words of every statement sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement.split(maxsplit=1)[0])

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def move(subject: type[Need | Achievement | Pairing], number: int, name: str, person: Person, reason: str = "") -> None:
    with writing() as session:
        carry_out(session, Step(session.get_one(subject, number), name, reason=reason), person.actor, NOW)


def test_the_answer_to_a_need_stands_first(session: Session, offers: Offers) -> None:
    found = paired(session)
    first = {key: one.rank for key, one in found.items() if one.rank == 1}
    assert first == {(offers.spindle, offers.heat): 1, (offers.chrome, offers.membrane): 1}
    assert found[offers.spindle, offers.sensor].rank == 2
    assert {one.state for one in found.values()} == {"suggested"}


def test_the_reasons_add_up_to_the_score_and_name_what_both_say(session: Session, offers: Offers) -> None:
    found = paired(session)
    for one in found.values():
        assert sum(reason["weight"] for reason in one.reasons) == pytest.approx(one.score)
        assert set(one.reasons[0]) == {"kind", "label", "weight", "detail", "figures"}
    best = found[offers.spindle, offers.heat]
    assert {"热误差", "在线补偿"} & {reason["label"] for reason in best.reasons}
    assert "双方都提到“" in best.sentence


def test_what_scores_below_the_floor_is_not_suggested(session: Session, offers: Offers) -> None:
    found = paired(session)
    assert min(one.score for one in found.values()) >= ranking.FLOOR
    assert (offers.spindle, offers.starch) not in found
    assert (offers.chrome, offers.starch) not in found


def test_a_second_run_writes_nothing(session: Session, offers: Offers) -> None:
    before = {key: one.version for key, one in paired(session).items()}
    with statements() as sent:
        counts = recommend.refresh(NOW)
    assert {word for word in sent if word in {"INSERT", "UPDATE", "DELETE"}} == set()
    assert counts == {"added": 0, "refreshed": 0, "dropped": 0, "revived": 0, "unchanged": len(before)}
    assert {key: one.version for key, one in everything(session).items()} == before


def work() -> dict[str, int]:
    """One tick of the job that follows the offer."""
    return recommend.run(NOW, lambda: False)


def test_the_job_rests_until_the_offer_changes(session: Session, cast: Cast, offers: Offers) -> None:
    assert recommend.due(NOW) is True
    assert work()["added"] > 0
    assert work() == {}
    with writing() as open_session:
        leases.request(open_session, "recommend", NOW)
    assert recommend.due(NOW) is True
    assert work() == {}
    assert leases.asked(session, "recommend") is False
    marked = following.mark(session)
    move(Need, offers.chrome, "withdraw", cast.rival)
    assert following.mark(session) != marked
    assert work() == {}  # its pairings fell away with it
    assert leases.done_mark(session, "recommend") == following.mark(session)


def test_due_is_cheap(session: Session, cast: Cast, offers: Offers) -> None:
    work()
    with writing() as open_session:
        leases.take(open_session, "recommend", "this worker", NOW, 60)
        leases.drop(open_session, "recommend", "this worker", NOW)
    session.rollback()
    with statements() as sent:
        assert recommend.due(NOW) is False
    assert len(sent) <= 8
    assert {word for word in sent if word in {"INSERT", "UPDATE", "DELETE"}} == set()
    assert recommend.due(NOW + timedelta(minutes=1)) is True


def test_another_ranking_is_a_reason_to_compute_anew(session: Session, offers: Offers) -> None:
    recommend.refresh(NOW)
    assert leases.done_mark(session, "rebuild") == following.mark(session)
    with writing() as open_session:
        leases.take(open_session, "rebuild", "this worker", NOW, 60)
        leases.drop(open_session, "rebuild", "this worker", NOW)
    assert recommend.whole_due(NOW) is False
    with writing() as open_session:
        leases.remember(open_session, "rebuild", "0" * 12 + following.mark(session)[12:])
    assert recommend.run_whole(NOW, lambda: False)["unchanged"] == len(everything(session))
    assert recommend.run_whole(NOW, lambda: False) == {}


def test_no_more_queries_for_more_needs(session: Session, cast: Cast, offers: Offers) -> None:
    recommend.refresh(NOW)
    with statements() as few:
        recommend.refresh(NOW)
    for number in range(6):
        shelf.need(session, cast.rival, f"第 {number} 种含铬废水除铬", problem="浓水除铬，零排放。")
    session.commit()
    recommend.refresh(NOW)
    with statements() as many:
        recommend.refresh(NOW)
    assert len(many) == len(few)


def test_a_withdrawn_need_takes_its_pairings_along_and_they_come_back(
    session: Session, cast: Cast, offers: Offers
) -> None:
    paired(session)
    move(Need, offers.spindle, "withdraw", cast.owner)
    states = {key: one.state for key, one in everything(session).items()}
    assert {state for (need, _), state in states.items() if need == offers.spindle} == {"dropped"}
    assert states[offers.chrome, offers.membrane] == "suggested"
    assert {key: one.state for key, one in paired(session).items()} == states
    with writing() as open_session:
        open_session.get_one(Need, offers.spindle)._state = "published"
    assert {one.state for one in paired(session).values()} == {"suggested"}


def test_what_falls_out_of_the_top_is_dropped_and_what_returns_is_revived(session: Session, offers: Offers) -> None:
    def refresh(top: int) -> dict[tuple[int, int], str]:
        on_offer = following.corpus(session)
        found = recommending.compute(on_offer, recommend.cache_dir(), top)
        with writing() as open_session:
            recommending.store(open_session, found, NOW)
        return {key: one.state for key, one in everything(session).items()}

    assert refresh(10)[offers.spindle, offers.sensor] == "suggested"
    assert refresh(1)[offers.spindle, offers.sensor] == "dropped"
    assert refresh(1)[offers.spindle, offers.heat] == "suggested"
    assert refresh(10)[offers.spindle, offers.sensor] == "suggested"


def test_decisions_survive_while_score_and_reasons_follow_the_texts(
    session: Session, cast: Cast, offers: Offers
) -> None:
    before = {key: (one.id, one.fingerprint) for key, one in paired(session).items()}
    decided = {
        (offers.spindle, offers.heat): ("keep", "", "shortlisted"),
        (offers.spindle, offers.sensor): ("dismiss", "只监测，不补偿", "dismissed"),
        (offers.chrome, offers.membrane): ("ban", "专利已许可他人", "banned"),
    }
    for key, (name, reason, _) in decided.items():
        move(Pairing, before[key][0], name, cast.desk, reason)
    shelf.achievement(session, cast.institute, "主轴热变形测量", summary="测温度场，算热误差。")
    session.commit()
    after = paired(session)
    for key, (_, reason, state) in decided.items():
        assert (after[key].state, after[key].decision) == (state, reason)
        assert after[key].fingerprint != before[key][1]


def test_what_left_the_offer_while_the_matcher_computed_is_passed_over(
    session: Session, cast: Cast, offers: Offers
) -> None:
    found = recommending.compute(following.corpus(session), recommend.cache_dir())
    move(Achievement, offers.heat, "withdraw", cast.institute)
    with writing() as open_session:
        recommending.store(open_session, found, NOW)
    assert {key[1] for key in everything(session)} == {offers.membrane, offers.sensor}


def test_nothing_on_offer_gives_nothing(session: Session, cast: Cast) -> None:
    assert recommend.refresh(NOW) == {"added": 0, "refreshed": 0, "dropped": 0, "revived": 0, "unchanged": 0}
    assert everything(session) == {}


# ------------------------------------------------------------------------------------------ by hand


def add(offers: Offers, person: Person, note: str = "总工看过样机，想当面谈", achievement: int = 0) -> int:
    with writing() as session:
        need = session.get_one(Need, offers.spindle)
        offered = session.get_one(Achievement, achievement or offers.starch)
        return recommending.add(session, need, offered, note, person.actor, NOW).id


def test_a_pair_added_by_hand_is_kept_and_scored_at_once(session: Session, cast: Cast, offers: Offers) -> None:
    paired(session)
    number = add(offers, cast.desk)
    made = session.get_one(Pairing, number)
    assert (made.state, made.origin, made.sentence) == ("shortlisted", "hand", "总工看过样机，想当面谈")
    assert sum(reason["weight"] for reason in made.reasons) == pytest.approx(made.score)
    assert made.rank is not None
    assert leases.asked(session, "recommend") is False
    after = paired(session)[offers.spindle, offers.starch]
    assert (after.state, after.sentence, after.score) == ("shortlisted", "总工看过样机，想当面谈", made.score)


def test_without_a_matcher_at_hand_the_job_brings_the_score(
    session: Session, cast: Cast, offers: Offers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following.warm, "known", None)
    number = add(offers, cast.desk, achievement=offers.heat)
    made = session.get_one(Pairing, number)
    assert (made.state, made.score, made.reasons, leases.asked(session, "recommend")) == ("shortlisted", 0, [], True)
    after = paired(session)[offers.spindle, offers.heat]
    assert (after.rank, after.score > ranking.FLOOR, after.sentence) == (1, True, "总工看过样机，想当面谈")


def test_a_pair_added_by_hand_and_released_is_not_dropped_for_its_low_score(
    session: Session, cast: Cast, offers: Offers
) -> None:
    paired(session)
    move(Pairing, add(offers, cast.desk), "release", cast.desk)
    assert paired(session)[offers.spindle, offers.starch].state == "suggested"


def test_a_suggestion_can_be_kept_with_a_reason_of_ones_own(session: Session, cast: Cast, offers: Offers) -> None:
    before = paired(session)[offers.spindle, offers.heat].id
    assert add(offers, cast.desk, achievement=offers.heat) == before
    assert add(offers, cast.desk, achievement=offers.heat) == before  # by a double click
    made = everything(session)[offers.spindle, offers.heat]
    assert (made.state, made.sentence, made.is_by_hand) == ("shortlisted", "总工看过样机，想当面谈", True)
    with pytest.raises(Invalid, match="这一对已经是“入选”"):
        add(offers, cast.desk, "另一个理由", achievement=offers.heat)


@pytest.mark.parametrize("note", ["", "好", "长" * 201])
def test_a_pair_by_hand_needs_a_reason_of_some_length(session: Session, cast: Cast, offers: Offers, note: str) -> None:
    with pytest.raises(Invalid, match="请写明配对理由"):
        add(offers, cast.desk, note)
    assert everything(session) == {}


def test_only_what_is_on_offer_is_paired_by_hand(session: Session, cast: Cast, offers: Offers) -> None:
    move(Achievement, offers.starch, "withdraw", cast.institute)
    with pytest.raises(Invalid, match="成果“甘薯淀粉改性”现在是“已撤回”"):
        add(offers, cast.desk)
    assert everything(session) == {}


def test_only_the_desk_pairs_by_hand(session: Session, cast: Cast, offers: Offers) -> None:
    for part in ("county", "bureau", "owner", "institute"):
        with pytest.raises(NotAllowed):
            add(offers, cast.everyone()[part])
    assert everything(session) == {}
