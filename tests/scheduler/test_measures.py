"""Figures of a timetable: counted by hand on one day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.measures import false_claims, figures
from scheduler.model import Meeting, Participant, Placed, SessionSpec

SPEC = SessionSpec(
    slots=6,
    tables=(2,) * 6,
    participants=(
        Participant("E0", "E"),
        Participant("E1", "E", frozenset({0, 2, 3, 5})),
        Participant("E2", "E"),
        Participant("X0", "X"),
        Participant("X1", "X"),
    ),
    meetings=(
        Meeting("a", "E0", "X0", 5),
        Meeting("b", "E0", "X1", 7),
        Meeting("c", "E1", "X0", 11),
        Meeting("d", "E1", "X1", 13),
    ),
    sessions=((0, 1, 2), (3, 4, 5)),
)
PLACED = [Placed("a", 0, 0), Placed("b", 2, 1), Placed("c", 5, 1), Placed("d", 0, 1)]
# E0 sits in 0 and 2, E1 in 0 and 5 (absent in 1 and 4), X0 in 0 and 5 (tables 0, 1), X1 in 0 and 2 (table 1)


def test_figures_of_a_day() -> None:
    assert figures(SPEC, PLACED) == {
        "scheduled": 4,
        "score": 36,
        "breaks": 4,
        "idle_slots": 1 + 4 + 4 + 1,
        "waiting_slots": 1 + 2 + 4 + 1,
        "max_breaks": 1,
        "break_range": 1,
        "expert_table_moves": 1,
        "min_meetings": 0,
        "max_meetings": 2,
        "participants_without_meeting": 1,
        "peak_load": 2,
    }


def test_the_lunch_break_counts_only_when_asked() -> None:
    """Without it the gap from 0 to 5 is two breaks: 1-2 in the morning, 3-4 in the afternoon."""
    counted = figures(replace(SPEC, count_across_sessions=False), PLACED)
    assert (counted["breaks"], counted["idle_slots"]) == (1 + 2 + 2 + 1, 1 + 4 + 4 + 1)
    around_noon = [Placed("a", 2, 0), Placed("b", 3, 0)]
    assert figures(replace(SPEC, count_across_sessions=False), around_noon)["breaks"] == 0


@pytest.mark.parametrize(
    ("claims", "messages"),
    [
        ({"score": 36, "breaks": 4}, []),
        ({"score": 37}, ["声称 score=37，实际为 36"]),
        ({"unheard of": 1}, []),
    ],
)
def test_false_claims_are_named(claims: dict[str, object], messages: list[str]) -> None:
    assert [clash.message for clash in false_claims(SPEC, PLACED, claims)] == messages
