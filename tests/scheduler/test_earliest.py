"""Groups of meetings move towards the morning, and nothing else changes."""

from scheduler.model import Meeting, Participant, SessionSpec
from scheduler.timetable import build, clashes


def spec(slots: int, tables: int, *, away: frozenset[int] = frozenset(), fixed: int | None = None) -> SessionSpec:
    free = frozenset(range(slots)) - away
    people = [Participant(name, "E", free, None) for name in ("e1", "e2", "e3")]
    people += [Participant(name, "X", frozenset(range(slots)), None) for name in ("x1", "x2")]
    meetings = [
        Meeting("m1", "e1", "x1", score=5),
        Meeting("m2", "e2", "x1", score=5),
        Meeting("m3", "e3", "x2", score=5, fixed_slot=fixed),
    ]
    return SessionSpec(slots, (tables,) * slots, tuple(people), tuple(meetings))


def slots_of(of: SessionSpec) -> dict[str, int]:
    timetable = build(of)
    assert clashes(of, timetable.placed) == []
    return {place.meeting: place.slot for place in timetable.placed}


def test_a_session_begins_with_its_first_slot() -> None:
    at = slots_of(spec(8, 5))
    assert sorted((at["m1"], at["m2"])) == [0, 1]
    assert at["m3"] == 0


def test_a_group_comes_as_early_as_its_people() -> None:
    at = slots_of(spec(8, 5, away=frozenset({0, 1, 2})))
    assert sorted((at["m1"], at["m2"])) == [3, 4]
    assert at["m3"] == 3


def test_a_group_waits_for_a_table() -> None:
    at = slots_of(spec(8, 1))
    assert sorted(at.values()) == [0, 1, 2]


def test_a_fixed_meeting_stays() -> None:
    assert slots_of(spec(8, 5, fixed=6))["m3"] == 6
