"""Following the offer: only the needs concerned are ranked again, whatever changed, and whoever did the last work."""

from __future__ import annotations

import time

import pytest
from sqlalchemy.orm import Session

import matching
from app.extensions import writing
from app.jobs import outlook, recommend
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.people import Organisation
from app.queries.pairings import OfferedNeed
from app.services import following, profiles, ranking, recommending
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


def move(subject: type[Need | Achievement], number: int, name: str, person: Person) -> None:
    with writing() as session:
        carry_out(session, Step(session.get_one(subject, number), name), person.actor, NOW)


def work() -> dict[str, int]:
    """One tick of the job that follows the offer."""
    return recommend.run(NOW, lambda: False)


def test_a_new_need_is_ranked_and_no_other(session: Session, cast: Cast, offers: Offers) -> None:
    before = {key: (one.version, one.fingerprint) for key, one in paired(session).items()}
    made = shelf.need(session, cast.rival, "主轴温度场监测", problem="主轴升温，要监测温度场并报警。")
    session.commit()
    counts = work()
    after = everything(session)
    new = {key: one for key, one in after.items() if key[0] == made.id}
    assert (counts["added"], counts["refreshed"]) == (len(new), 0)
    assert new[made.id, offers.sensor].rank == 1
    assert {key: (one.version, one.fingerprint) for key, one in after.items() if key[0] != made.id} == before


def test_a_changed_need_is_ranked_again(session: Session, cast: Cast, offers: Offers) -> None:
    paired(session)
    need = session.get_one(Need, offers.chrome)
    need.title, need.problem, need.keywords = "粉条久煮不断", "甘薯淀粉改性，粉条久煮不断。", []
    session.commit()
    work()
    after = everything(session)
    assert after[offers.chrome, offers.starch].rank == 1
    assert after[offers.chrome, offers.membrane].state == "dropped"


def test_a_new_achievement_enters_the_lists_of_the_needs_it_answers(
    session: Session, cast: Cast, offers: Offers
) -> None:
    before = {key: one.version for key, one in paired(session).items()}
    made = shelf.achievement(
        session, cast.institute, "含铬电镀废水零排放工艺", summary="膜处理不结垢，浓水除铬，含铬废水零排放。"
    )
    session.commit()
    counts = work()
    after = everything(session)
    assert counts["added"] == 1
    assert after[offers.chrome, made.id].rank == 1
    assert after[offers.chrome, offers.membrane].rank == 2
    assert {key: one.version for key, one in after.items() if key[0] == offers.spindle} == {
        key: version for key, version in before.items() if key[0] == offers.spindle
    }


def test_nothing_is_fitted_anew_for_a_change(
    monkeypatch: pytest.MonkeyPatch, session: Session, cast: Cast, offers: Offers
) -> None:
    paired(session)

    def fitted(*_given: object, **_named: object) -> None:
        raise AssertionError("a matcher was fitted anew")

    monkeypatch.setattr(ranking.Ranker, "_fit", fitted)
    monkeypatch.setattr(matching.Matcher, "merge", fitted)
    monkeypatch.setattr(ranking, "MERGED_FROM", 10.0)
    made = shelf.achievement(session, cast.institute, "含铬电镀废水零排放工艺", summary="含铬废水零排放，膜不结垢。")
    session.commit()
    assert work()["added"] == 1
    made.title = "含铬废水零排放工艺包"
    session.commit()
    assert work()["refreshed"] > 0
    move(Achievement, made.id, "withdraw", cast.institute)
    work()
    assert everything(session)[offers.chrome, made.id].state == "dropped"


def test_what_was_followed_scores_as_if_fitted_anew_once_merged(session: Session, cast: Cast, offers: Offers) -> None:
    paired(session)
    shelf.achievement(session, cast.institute, "含铬电镀废水零排放工艺", summary="含铬废水零排放，膜不结垢。")
    session.commit()
    work()
    known = following.usable(session)
    assert known is not None
    followed = known.ranker.matcher
    followed.merge()
    fresh = ranking.Ranker(known.ranker.offers.values(), known.ranker.recipe, recommend.cache_dir()).matcher
    assert followed.fingerprint == fresh.fingerprint
    for need in map(profiles.of_need, known.needs.values()):
        assert followed.rank(need, 5) == fresh.rank(need, 5)


def test_other_computing_gives_way_to_what_changed(session: Session, cast: Cast, offers: Offers) -> None:
    paired(session)
    assert recommend.behind() is False
    shelf.need(session, cast.rival, "主轴温度场监测", problem="主轴升温，要监测温度场并报警。")
    session.commit()
    assert recommend.behind() is True
    session.rollback()
    assert (outlook.due(NOW), outlook.twins_due(NOW), outlook.run(NOW, lambda: False)) == (False, False, {})
    work()
    assert recommend.behind() is False
    assert (outlook.due(NOW), outlook.twins_due(NOW)) == (True, True)
    session.rollback()
    assert outlook.run(NOW, lambda: False) == {"outlooks": 3}


def test_needs_are_stored_in_portions_and_what_was_followed_only_with_the_last(
    monkeypatch: pytest.MonkeyPatch, session: Session, cast: Cast, offers: Offers
) -> None:
    paired(session)
    monkeypatch.setattr(recommend, "AT_ONCE", 1)
    said = "主轴升温后孔径漂移，要监测温度场。"
    made = {shelf.need(session, cast.rival, f"主轴温度场监测（{one}）", problem=said).id for one in range(3)}
    session.commit()
    stops = iter([False, True])
    recommend.run(NOW, lambda: next(stops))
    known = following.usable(session)
    assert known is not None
    assert len({key[0] for key in everything(session) if key[0] in made}) == 1
    assert (len(known.waiting), recommend.behind()) == (2, True)
    work()
    assert {key[0] for key in everything(session) if key[0] in made} == made
    assert recommend.behind() is False


def test_a_new_need_goes_before_what_waits_already(
    monkeypatch: pytest.MonkeyPatch, session: Session, cast: Cast, offers: Offers
) -> None:
    paired(session)
    monkeypatch.setattr(recommend, "AT_ONCE", 1)
    said = "主轴升温后孔径漂移，要监测温度场。"
    first = [shelf.need(session, cast.rival, f"主轴温度场监测（{one}）", problem=said).id for one in range(2)]
    session.commit()
    late: list[int] = []

    def meanwhile() -> bool:
        with writing() as open_session:
            late.append(shelf.need(open_session, cast.rival, "主轴升温报警", problem=said).id)
        return False

    recommend.run(NOW, meanwhile)
    assert len(late) == 1  # the run ended after its first portion
    stops = iter([False, True])
    recommend.run(NOW, lambda: next(stops))
    known = following.usable(session)
    assert known is not None
    assert known.waiting == (first[1],)
    assert {key[0] for key in everything(session)}.intersection([*first, *late]) == {first[0], *late}


def test_of_many_needs_those_closest_to_a_new_achievement_are_asked(
    monkeypatch: pytest.MonkeyPatch, session: Session, cast: Cast, offers: Offers
) -> None:
    paired(session)
    monkeypatch.setattr(following, "TRIED", 1)
    asked: list[list[int]] = []
    scores = ranking.Ranker.scores

    def counted(self: ranking.Ranker, needs: list[OfferedNeed], numbers: list[int]) -> dict[tuple[int, int], float]:
        asked.append([need.id for need in needs])
        return scores(self, needs, numbers)

    monkeypatch.setattr(ranking.Ranker, "scores", counted)
    made = shelf.achievement(
        session, cast.institute, "含铬电镀废水零排放工艺", summary="膜处理不结垢，浓水除铬，含铬废水零排放。"
    )
    session.commit()
    work()
    assert asked == [[offers.chrome]]
    assert everything(session)[offers.chrome, made.id].rank == 1


def test_needs_that_come_change_and_go_are_followed_by_their_neighbours(
    session: Session, cast: Cast, offers: Offers
) -> None:
    paired(session)
    before = following.usable(session)
    assert before is not None
    made = shelf.need(session, cast.rival, "主轴温度场监测", problem="主轴升温，要监测温度场并报警。").id
    session.get_one(Need, offers.spindle).title = "甘薯淀粉的改性"
    session.commit()
    move(Need, offers.chrome, "withdraw", cast.rival)
    work()
    known = following.usable(session)
    assert known is not None
    assert (set(known.needs), len(known.beside), len(before.beside)) == ({offers.spindle, made}, 2, 2)
    fresh = following.neighbours(known.needs.values(), known.ranker)
    for need in map(profiles.of_need, known.needs.values()):
        assert [one.id for one in known.beside.similar(need)] == [one.id for one in fresh.similar(need)]


def test_a_whole_computation_waits_a_moment_for_what_changed(
    monkeypatch: pytest.MonkeyPatch, session: Session, cast: Cast, offers: Offers
) -> None:
    monkeypatch.setattr(recommend, "PATIENCE", 0.3)
    recommend.give_way()  # a process that knows nothing waits for nobody
    paired(session)
    start = time.monotonic()
    recommend.give_way()
    assert time.monotonic() - start < 0.3
    shelf.need(session, cast.rival, "主轴温度场监测", problem="主轴升温，要监测温度场并报警。")
    session.commit()
    start = time.monotonic()
    recommend.give_way()
    assert time.monotonic() - start >= 0.3


def test_a_full_list_lets_only_better_ones_in_and_closes_up_behind_one_that_leaves(
    session: Session, cast: Cast, offers: Offers
) -> None:
    need = shelf.need(session, cast.owner, "超声珩磨油石", problem="超声珩磨油石寿命短，孔壁粗糙。").id
    many = [
        shelf.achievement(
            session, cast.institute, f"超声珩磨油石（{number}）", summary="超声珩磨" + "油石寿命" * number
        ).id
        for number in range(1, 11)
    ]
    session.commit()
    first = {key[1]: one for key, one in paired(session).items() if key[0] == need}
    assert {one.rank for one in first.values()} == set(range(1, 11))
    weak = shelf.achievement(session, cast.university, "油石", summary="磨石一种，另有许多别的说明，与切削液无关。").id
    session.commit()
    assert work() == {}
    better = shelf.achievement(
        session, cast.university, "超声珩磨油石", summary="超声珩磨油石寿命短、孔壁粗糙的问题，由此解决。"
    ).id
    session.commit()
    assert work()["added"] == 1
    listed = {key[1]: one for key, one in everything(session).items() if key[0] == need and one.state == "suggested"}
    assert (listed[better].rank, len(listed), weak in listed) == (1, 10, False)
    out = next(number for number in many if number not in listed)
    move(Achievement, better, "withdraw", cast.university)
    assert work()["revived"] == 1
    listed = {key[1]: one for key, one in everything(session).items() if key[0] == need and one.state == "suggested"}
    assert (out in listed, better in listed, len(listed)) == (True, False, 10)


def test_a_renamed_institute_is_noticed_by_the_next_heartbeat(session: Session, cast: Cast, offers: Offers) -> None:
    paired(session)
    before = following.mark(session)
    session.get_one(Organisation, cast.institute.organisation_id).name = "改了名的研究院"
    session.commit()
    assert following.mark(session) == before
    assert work()["refreshed"] > 0


def test_a_process_that_computed_nothing_itself_follows_too(session: Session, cast: Cast, offers: Offers) -> None:
    paired(session)
    following.warm.known = None
    recommend.prepare()
    assert following.usable(session) is not None
    made = shelf.need(session, cast.rival, "主轴温度场监测", problem="主轴升温，要监测温度场并报警。")
    session.commit()
    assert work()["added"] > 0
    assert (made.id, offers.sensor) in everything(session)


def test_what_changed_while_no_process_ran_is_computed_at_once(session: Session, cast: Cast, offers: Offers) -> None:
    paired(session)
    following.warm.known = None
    shelf.need(session, cast.rival, "主轴温度场监测", problem="主轴升温，要监测温度场并报警。")
    session.commit()
    recommend.prepare()
    assert following.usable(session) is None  # what is stored does not fit: everything is computed
    assert work()["added"] > 0


def test_a_whole_computation_leaves_alone_what_was_published_meanwhile(
    session: Session, cast: Cast, offers: Offers
) -> None:
    paired(session)
    old = following.corpus(session)
    suggestions = recommending.compute(old, recommend.cache_dir())
    made = shelf.need(session, cast.rival, "主轴温度场监测", problem="主轴升温，要监测温度场并报警。")
    more = shelf.achievement(
        session, cast.institute, "主轴升温监测与补偿", summary="监测主轴升温和温度场，在线补偿热误差。"
    )
    session.commit()
    work()
    before = {key: one.state for key, one in everything(session).items()}
    with writing() as open_session:
        scope = recommending.unchanged(open_session, old)
        recommending.store(open_session, suggestions, NOW, scope)
    new = {key for key in before if key[0] == made.id or key[1] == more.id}
    assert {(made.id, offers.sensor), (offers.spindle, more.id)} <= new
    after = everything(session)
    assert {key: after[key].state for key in new} == dict.fromkeys(new, "suggested")
    assert after[offers.spindle, offers.heat].state == "suggested"
