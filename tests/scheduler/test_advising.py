"""Capacity advice is computed: what it says of one more table or slot is what building the changed session gives."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from scheduler.advising import advise, more_slots, more_tables
from scheduler.model import Meeting, Participant, SessionSpec
from scheduler.timetable import build
from tests.scheduler.sessions import sessions


def crowded(slots: int = 2, tables: int = 1) -> SessionSpec:
    """Three enterprises wish two experts: six meetings."""
    return SessionSpec(
        slots=slots,
        tables=(tables,) * slots,
        participants=(*(Participant(f"E{n}", "E") for n in range(3)), Participant("X0", "X"), Participant("X1", "X")),
        meetings=tuple(Meeting(f"m{e}{x}", f"E{e}", f"X{x}", 10 * e + x + 1) for e in range(3) for x in range(2)),
    )


def test_what_is_missing_is_said() -> None:
    advice = advise(crowded(), slot_minutes=20)
    assert (advice.now.meetings, advice.now.score) == (2, 43)
    assert advice.wishes == 6
    assert advice.slots_needed == 6
    assert advice.tables_needed == 2
    assert [(one.person, one.wishes, one.capacity) for one in advice.tight] == [("X0", 3, 2), ("X1", 3, 2)]
    assert [one.sentence for one in advice.changes] == [
        "每个时段多一张洽谈桌：洽谈+2场，总分+23",
        "多20分钟（一个时段）：洽谈+1场，总分+12",
    ]


def test_the_slots_needed_suffice_and_one_fewer_does_not() -> None:
    for tables in (1, 2, 3):
        spec = crowded(1, tables)
        needed = advise(spec).slots_needed
        assert needed is not None
        full = build(more_slots(spec, needed - 1))
        assert not full.unplaced
        assert build(more_slots(spec, needed - 2)).unplaced


def test_an_absence_is_a_bottleneck_and_staying_helps() -> None:
    spec = crowded(3, 2)
    people = tuple(replace(one, available=frozenset({0})) if one.id == "X1" else one for one in spec.participants)
    advice = advise(replace(spec, participants=people))
    assert [(one.person, one.capacity) for one in advice.tight] == [("X1", 1)]
    assert advice.changes[-1].what == "X1全程在场"
    assert advice.changes[-1].meetings == 2


def test_a_quota_is_no_want_of_time() -> None:
    spec = crowded(3, 2)
    people = tuple(replace(one, quota=1) if one.side == "X" else one for one in spec.participants)
    advice = advise(replace(spec, participants=people))
    assert advice.wishes == 2
    assert advice.tight == ()
    assert advice.slots_needed == 1


@given(spec=sessions(demanding=False))
@settings(max_examples=40, deadline=None)
def test_more_room_never_loses_a_meeting_of_the_plan(spec: SessionSpec) -> None:
    advice = advise(spec)
    assert advice.now.meetings <= advice.wishes
    assert advice.full_slot is None or 0 <= advice.full_slot < spec.slots
    assert more_tables(spec, 0) == spec
