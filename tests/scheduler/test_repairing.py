"""Repairs keep the rules, change as little as possible, and say before and after."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler import incidents
from scheduler.changes import compare, sentences, told
from scheduler.model import Meeting, Participant, Placed, SessionSpec
from scheduler.repairing import repair
from scheduler.timetable import build
from tests.scheduler.random_days import faults_of_build, faults_of_repair
from tests.scheduler.sessions import full_session, sessions

SPEC = SessionSpec(
    slots=4,
    tables=(2, 2, 2, 2),
    participants=(
        Participant("E0", "E"),
        Participant("E1", "E"),
        Participant("E2", "E"),
        Participant("X0", "X"),
        Participant("X1", "X"),
    ),
    meetings=(
        Meeting("a", "E0", "X0", 9),
        Meeting("b", "E1", "X0", 8),
        Meeting("c", "E1", "X1", 7),
        Meeting("d", "E2", "X1", 6),
        Meeting("e", "E2", "X0", 5),
    ),
)
OLD = (Placed("a", 0, 0), Placed("b", 1, 0), Placed("c", 0, 1), Placed("d", 1, 1))


@given(spec=sessions(), seed=st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_any_session_is_built_without_a_broken_rule_and_with_true_reasons(spec: SessionSpec, seed: int) -> None:
    assert faults_of_build(spec, seed % 3) == []


@given(spec=sessions(), seed=st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_any_session_survives_any_event(spec: SessionSpec, seed: int) -> None:
    assert faults_of_repair(spec, seed) == []


def test_nothing_happened_nothing_changes() -> None:
    found = repair(replace(SPEC, meetings=SPEC.meetings[:4]), OLD)
    assert set(found.timetable.placed) == set(OLD)
    assert found.diff.changed == 0
    assert found.diff.affected == ()


def test_who_is_late_is_moved_alone_and_reserves_fill_what_became_free() -> None:
    found = repair(incidents.late(SPEC, "E0", 2, OLD), OLD)
    assert [(one.meeting, one.before.slot) for one in found.diff.moved] == [("a", 0)]
    assert [one.meeting for one in found.diff.added] == ["e"]
    assert found.diff.dropped == ()
    assert found.diff.affected == ("E0", "E2", "X0")


def test_who_cancels_is_dropped_and_only_their_partners_are_told() -> None:
    found = repair(incidents.cancelled(SPEC, "E1", OLD), OLD, refill=False)
    assert [one.meeting for one in found.diff.dropped] == ["b", "c"]
    assert found.diff.affected == ("E1", "X0", "X1")
    assert sentences(SPEC, found.diff) == [
        "E1与X0：取消（原第2时段1号桌）",
        "E1与X1：取消（原第1时段2号桌）",
    ]
    assert told(SPEC, found.diff, "X1") == ["E1与X1：取消（原第1时段2号桌）"]
    assert told(SPEC, found.diff, "E0") == []


def test_a_broken_table_costs_a_table_and_no_time() -> None:
    spec = replace(SPEC, tables=(3, 3, 3, 3), meetings=SPEC.meetings[:4])
    found = repair(incidents.without_table(spec, 1, OLD), OLD)
    assert [one.after.table for one in found.diff.retabled] == [2, 2]
    assert found.diff.changed == 0


def test_what_is_over_or_locked_stays() -> None:
    spec = replace(SPEC, meetings=tuple(replace(one, locked=one.id == "b") for one in SPEC.meetings))
    found = repair(incidents.without_table(spec, 1, OLD, range(1, 4)), OLD, now_slot=1)
    at = {place.meeting: place for place in found.timetable.placed}
    assert at["b"] == Placed("b", 1, 0)
    assert (at["a"].slot, at["c"].slot) == (0, 0)
    assert found.timetable.status != "incomplete"


def test_a_meeting_that_must_stand_may_move_others() -> None:
    spec = SessionSpec(
        slots=2,
        tables=(1, 1),
        participants=(
            Participant("E0", "E", frozenset({0})),
            Participant("E1", "E"),
            Participant("X0", "X"),
            Participant("X1", "X"),
        ),
        meetings=(Meeting("m", "E0", "X0", 1, mandatory=True), Meeting("n", "E1", "X1", 9)),
    )
    found = repair(spec, [Placed("n", 0, 0), Placed("m", 1, 0)])
    assert {(place.meeting, place.slot) for place in found.timetable.placed} == {("m", 0), ("n", 1)}


def test_a_walk_in_gets_free_places_and_moves_nobody() -> None:
    guest = Participant("W", "E")
    wishes = (Meeting("w0", "W", "X0", 3), Meeting("w1", "W", "X1", 4))
    found = repair(incidents.walk_in(SPEC, guest, wishes), OLD)
    assert found.diff.changed == 0
    assert {one.meeting for one in found.diff.added} == {"w0", "w1", "e"}


def test_a_lost_slot_is_repaired_the_same_way_whatever_time_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = full_session(40, 20, 12, 12)
    old = build(spec, proposals_per_meeting=100).placed
    lost = incidents.without_slot(spec, 5, old)
    unhurried = repair(lost, old)
    monkeypatch.setattr("scheduler.repairing.SECONDS", 500.0)
    assert repair(lost, old) == unhurried
    must = sum(place.slot == 5 for place in old)
    assert must == 12
    assert must <= unhurried.diff.changed <= 1.5 * must


def test_a_stranger_cannot_cancel() -> None:
    with pytest.raises(ValueError, match=r"^参会人 Z 不在名单中$"):
        incidents.cancelled(SPEC, "Z")


def test_the_difference_of_two_versions() -> None:
    new = (Placed("a", 0, 1), Placed("b", 2, 0), Placed("d", 1, 1), Placed("e", 3, 0))
    diff = compare(SPEC, OLD, new)
    assert [one.meeting for one in diff.kept] == ["d"]
    assert [one.meeting for one in diff.moved] == ["b"]
    assert [one.meeting for one in diff.dropped] == ["c"]
    assert [one.meeting for one in diff.added] == ["e"]
    assert [one.meeting for one in diff.retabled] == ["a"]
    assert sentences(SPEC, diff) == [
        "E1与X0：由第2时段1号桌改到第3时段1号桌",
        "E1与X1：取消（原第1时段2号桌）",
        "E2与X0：新增，第4时段1号桌",
        "E0与X0：时间不变，由第1时段1号桌换到第1时段2号桌",
    ]
