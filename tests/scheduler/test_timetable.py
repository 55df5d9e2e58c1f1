"""Timetables: no clash by the project's rules nor by an independent recomputation, the best where it is known."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.board import Board
from scheduler.exact import place_exactly
from scheduler.measures import figures
from scheduler.model import Meeting, Participant, Placed, SessionSpec
from scheduler.rules import Ground
from scheduler.timetable import build, clashes
from tests.scheduler.sessions import broken, full_session, sessions


@given(spec=sessions(), seed=st.integers(0, 3))
@settings(max_examples=80, deadline=None)
def test_build_breaks_no_rule_but_what_must_stand_and_cannot(spec: SessionSpec, seed: int) -> None:
    timetable = build(spec, seed=seed)
    found = broken(spec, timetable.placed)
    assert {clash.code for clash in clashes(spec, timetable.placed)} == found
    forced = any(meeting.must_stand for meeting in spec.meetings)
    assert found <= ({"C10", "C14"} if forced else set())
    assert (timetable.status == "incomplete") == (found != set())
    assert {left.meeting for left in timetable.unplaced} | {place.meeting for place in timetable.placed} == {
        meeting.id for meeting in spec.meetings
    }
    assert timetable.claims == figures(spec, timetable.placed)


@given(spec=sessions(demanding=False))
@settings(max_examples=50, deadline=None)
def test_every_meeting_left_out_really_does_not_fit(spec: SessionSpec) -> None:
    timetable = build(spec)
    for left in timetable.unplaced:
        for slot in range(spec.slots):
            tried = [*timetable.placed, Placed(left.meeting, slot)]
            assert broken(spec, tried) != set()


def best_score(spec: SessionSpec) -> int:
    """The highest score of any timetable, by trying them all."""
    best = 0
    for slots in product((None, *range(spec.slots)), repeat=len(spec.meetings)):
        placed = [
            Placed(meeting.id, slot) for meeting, slot in zip(spec.meetings, slots, strict=True) if slot is not None
        ]
        score = sum(meeting.score for meeting, slot in zip(spec.meetings, slots, strict=True) if slot is not None)
        if score > best and not broken(spec, placed):
            best = score
    return best


@given(spec=sessions(demanding=False, most=4))
@settings(max_examples=30, deadline=None)
def test_the_bound_holds_and_optimal_means_best(spec: SessionSpec) -> None:
    timetable, best = build(spec), best_score(spec)
    assert best <= timetable.bound
    assert timetable.claims["score"] == best


@given(spec=sessions())
@settings(max_examples=30, deadline=None)
def test_same_seed_gives_the_same_timetable(spec: SessionSpec) -> None:
    assert build(spec, seed=5) == build(spec, seed=5)


@pytest.mark.parametrize(("enterprises", "experts", "slots", "tables"), [(6, 4, 6, 4), (12, 5, 8, 5), (8, 8, 5, 3)])
def test_everybody_there_all_day_reaches_the_proven_bound(
    enterprises: int, experts: int, slots: int, tables: int
) -> None:
    timetable = build(full_session(enterprises, experts, slots, tables))
    assert timetable.status == "optimal"
    assert timetable.claims["score"] == timetable.bound
    assert timetable.claims["scheduled"] == min(
        enterprises * experts, tables * slots, enterprises * slots, experts * slots
    )


def test_experts_keep_one_table_when_there_are_enough() -> None:
    timetable = build(full_session(12, 5, 8, 5))
    assert timetable.claims["expert_table_moves"] == 0


def test_a_full_house_has_no_breaks() -> None:
    timetable = build(full_session(6, 6, 6, 6))
    assert (timetable.claims["scheduled"], timetable.claims["breaks"]) == (36, 0)


def test_a_session_that_needs_swaps_is_placed_completely() -> None:
    spec = SessionSpec(
        slots=2,
        tables=(2, 2),
        participants=(
            Participant("E0", "E"),
            Participant("E1", "E"),
            Participant("X0", "X"),
            Participant("X1", "X", frozenset({1})),
        ),
        meetings=(
            Meeting("a", "E0", "X0", 9),
            Meeting("b", "E1", "X0", 8),
            Meeting("c", "E0", "X1", 1, mandatory=True),
        ),
    )
    placed = {place.meeting: place.slot for place in build(spec).placed}
    assert placed == {"a": 0, "b": 1, "c": 1}


def test_locked_meetings_stay_where_they_were_published() -> None:
    spec = full_session(4, 3, 5, 3)
    spec = SessionSpec(
        slots=spec.slots,
        tables=spec.tables,
        participants=spec.participants,
        meetings=tuple(Meeting(m.id, m.a, m.b, m.score, locked=m.id in ("0-0", "1-1")) for m in spec.meetings),
    )
    previous = [Placed("0-0", 4, 2), Placed("1-1", 2, 0)]
    timetable = build(spec, previous=previous)
    assert clashes(spec, timetable.placed, previous=previous) == []
    assert [place for place in timetable.placed if place.meeting in ("0-0", "1-1")] == [
        Placed("1-1", 2, 0),
        Placed("0-0", 4, 2),
    ]


def test_a_task_that_contradicts_itself_is_refused() -> None:
    meetings = (Meeting("m", "E0", "E0"), Meeting("m", "E0", "X9"))
    spec = SessionSpec(slots=1, tables=(1,), participants=(Participant("E0"), Participant("E0")), meetings=meetings)
    with pytest.raises(ValueError, match="洽谈 m 出现了2次") as refusal:
        build(spec)
    assert str(refusal.value) == (
        "I2 参会人 E0 出现了2次；I3 洽谈 m 出现了2次；I5 洽谈 m 的双方是同一个人（E0）；I4 洽谈 m 里的 X9 不在参会人名单中"
    )


def test_an_empty_session_is_an_empty_timetable() -> None:
    timetable = build(SessionSpec(slots=0, tables=(), participants=(), meetings=()))
    assert (timetable.placed, timetable.unplaced, timetable.status, timetable.bound) == ((), (), "optimal", 0)


def test_a_tiny_time_limit_still_answers_without_clashes() -> None:
    spec = full_session(30, 15, 12, 10)
    timetable = build(spec, time_limit=0.01)
    assert clashes(spec, timetable.placed) == []
    assert len(timetable.placed) + len(timetable.unplaced) == len(spec.meetings)


def test_a_time_indexed_programme_too_large_is_not_tried() -> None:
    board = Board(Ground(full_session(60, 40, 12, 30)))
    assert place_exactly(board, range(2400), 1.0) is None
    assert board.placed() == []
