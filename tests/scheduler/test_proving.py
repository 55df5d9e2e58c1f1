"""Proofs of the fewest breaks: against trying all timetables, each prover alone, in a race, and without any."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduler.board import NOWHERE, Board
from scheduler.bounding import fewest_breaks, fewest_breaks_alone
from scheduler.measures import figures, slots_of
from scheduler.model import Meeting, Participant, Placed, SessionSpec
from scheduler.polishing import polish
from scheduler.provers import News, Route, Task, breaks_of, routes, run
from scheduler.proving import prove
from scheduler.rules import Ground
from scheduler.timetable import build, clashes
from tests.scheduler.claims import untrue
from tests.scheduler.sessions import breaks_of as breaks_counted
from tests.scheduler.sessions import broken, sessions


def board_with(spec: SessionSpec, placed: list[Placed]) -> Board:
    board = Board(Ground(spec))
    for place in sorted(placed, key=lambda place: place.slot):
        board.put(board.index[place.meeting], place.slot)
    return board


def without_tables(spec: SessionSpec) -> SessionSpec:
    """The session without fixed tables and fairness, which a placement without tables cannot show."""
    meetings = tuple(replace(meeting, fixed_table=None) for meeting in spec.meetings)
    return replace(spec, meetings=meetings, fairness_d=None)


def fewest_by_trying(spec: SessionSpec, board: Board) -> int:
    """The fewest breaks of any timetable without clashes that holds the meetings on the board."""
    standing = [m for m, slot in enumerate(board.at) if slot != NOWHERE]
    best = 10**6
    for slots in product(*(slots_of(board.domain[m]) for m in standing)):
        placed = [Placed(board.meetings[m].id, slot) for m, slot in zip(standing, slots, strict=True)]
        own: dict[str, list[int]] = {person.id: [] for person in spec.participants}
        for m, slot in zip(standing, slots, strict=True):
            own[board.meetings[m].a].append(slot)
            own[board.meetings[m].b].append(slot)
        breaks = sum(breaks_counted(spec, day) for day in own.values())
        if breaks < best and not broken(spec, placed) - {"C10"}:
            best = breaks
    return best


def scattered() -> tuple[SessionSpec, list[Placed]]:
    """Three enterprises and three experts who all meet, with holes: the best timetable has none."""
    spec = SessionSpec(
        slots=6,
        tables=(3,) * 6,
        participants=(
            *(Participant(f"E{i}", "E") for i in range(3)),
            *(Participant(f"X{i}", "X") for i in range(3)),
        ),
        meetings=tuple(Meeting(f"{e}-{x}", f"E{e}", f"X{x}", 1) for e in range(3) for x in range(3)),
        sessions=((0, 1, 2), (3, 4, 5)),
        name="scattered",
    )
    return spec, [Placed(f"{e}-{x}", 2 * ((e + x) % 3), x) for e in range(3) for x in range(3)]


def crowded() -> tuple[SessionSpec, list[Placed]]:
    """One table for three people who all meet each other, thrice two slots: somebody must wait in between."""
    spec = SessionSpec(
        slots=3,
        tables=(1, 1, 1),
        participants=tuple(Participant(name) for name in "ABC"),
        meetings=(Meeting("ab", "A", "B"), Meeting("bc", "B", "C"), Meeting("ca", "C", "A")),
    )
    return spec, [Placed("ab", 0, 0), Placed("bc", 1, 0), Placed("ca", 2, 0)]


@given(spec=sessions(most=4))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_no_timetable_has_fewer_breaks_than_the_bounds(spec: SessionSpec) -> None:
    assume(spec.slots <= 4)
    spec = without_tables(spec)
    timetable = build(spec)
    assume(timetable.status != "incomplete")
    board = board_with(spec, list(timetable.placed))
    best = fewest_by_trying(spec, board)
    assert timetable.breaks_bound == fewest_breaks_alone(board) <= best
    assert fewest_breaks(board, 5.0) <= best <= timetable.claims["breaks"]


@pytest.mark.parametrize("route", ["maxsat", "cpsat"])
def test_each_prover_finds_the_fewest_breaks(route: Route) -> None:
    if route not in routes():
        pytest.skip("the extra solver is not installed")

    @given(spec=sessions(most=4))
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    def holds(spec: SessionSpec) -> None:
        spec = replace(without_tables(spec), count_across_sessions=True)
        assume(spec.slots <= 4)
        timetable = build(spec)
        assume(timetable.status != "incomplete" and timetable.placed)
        board = board_with(spec, list(timetable.placed))
        news: list[News] = []
        run(route, Task(spec, tuple(board.at), 0, 20.0, 0), news.append)
        assert max(item.lower for item in news) == fewest_by_trying(spec, board)
        found = [item.at for item in news if item.at is not None]
        board.restore(found[-1])
        assert breaks_of(board) == max(item.lower for item in news)
        assert broken(spec, board.placed()) <= {"C10"}

    holds()


@pytest.mark.parametrize("route", ["maxsat", "cpsat"])
def test_a_bound_of_a_prover_holds_for_fair_timetables(route: Route) -> None:
    if route not in routes():
        pytest.skip("the extra solver is not installed")

    @given(spec=sessions(most=4), fair=st.integers(0, 1))
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    def holds(spec: SessionSpec, fair: int) -> None:
        spec = replace(without_tables(spec), count_across_sessions=True, fairness_d=fair)
        assume(spec.slots <= 4)
        timetable = build(spec)
        assume(timetable.status != "incomplete" and timetable.placed)
        board = board_with(spec, list(timetable.placed))
        news: list[News] = []
        run(route, Task(spec, tuple(board.at), 0, 20.0, 0), news.append)
        assert max(item.lower for item in news) <= fewest_by_trying(spec, board)

    holds()


def test_a_bound_from_counting_alone_proves_a_crowded_session() -> None:
    spec, placed = crowded()
    timetable = replace(build(spec), placed=tuple(placed), claims=figures(spec, placed))
    proof = prove(spec, timetable, 20.0, only=())
    assert (proof.breaks, proof.lower_bound, proof.status) == (1, 1, "optimal")
    assert proof.verdict == "空档共1处，已证明不能更少"


@given(spec=sessions())
@settings(max_examples=40, deadline=None)
def test_reasons_are_true_after_the_others_have_moved(spec: SessionSpec) -> None:
    proof = prove(spec, build(spec, proposals_per_meeting=0), 5.0, only=())
    found = proof.timetable
    assert {untrue(spec, found.placed, left.meeting, left.reason) for left in found.unplaced} <= {""}


def test_annealing_alone_empties_the_holes() -> None:
    spec, placed = scattered()
    assert clashes(spec, placed) == []
    timetable = replace(build(spec), placed=tuple(placed), claims=figures(spec, placed))
    assert timetable.claims["breaks"] > 0
    proof = prove(spec, timetable, 20.0, only=())
    assert (proof.breaks, proof.status) == (0, "optimal")
    assert clashes(spec, proof.timetable.placed) == []
    assert proof.timetable.claims == figures(spec, proof.timetable.placed)


def test_locked_meetings_stay_and_a_session_of_no_slack_stays_as_it_is() -> None:
    spec, placed = scattered()
    spec = replace(spec, meetings=tuple(replace(meeting, locked=True) for meeting in spec.meetings))
    timetable = replace(build(spec), placed=tuple(placed), claims=figures(spec, placed))
    proof = prove(spec, timetable, 20.0, only=())
    assert (proof.breaks, proof.lower_bound, proof.status) == (12, 12, "optimal")
    assert sorted(proof.timetable.placed, key=str) == sorted(placed, key=str)


def test_the_race_of_the_provers_ends_with_the_first_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    if not routes():
        pytest.skip("the extra solver is not installed")
    monkeypatch.setattr("scheduler.proving.polish", lambda *_arguments: None)
    monkeypatch.setattr("scheduler.proving.fewest_breaks", lambda *_arguments: 0)
    spec, placed = scattered()
    timetable = replace(build(spec), placed=tuple(placed), claims=figures(spec, placed))
    proof = prove(spec, timetable, 120.0)
    assert (proof.breaks, proof.lower_bound, proof.status) == (0, 0, "optimal")
    spec, placed = crowded()
    timetable = replace(build(spec), placed=tuple(placed), claims=figures(spec, placed))
    proof = prove(spec, timetable, 120.0)
    assert (proof.breaks, proof.lower_bound, proof.status) == (1, 1, "optimal")


def test_without_the_extra_an_open_session_keeps_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.provers.PACKAGES", {"maxsat": "no_such_package", "cpsat": "nor_this_one"})
    monkeypatch.setattr("scheduler.proving.polish", lambda *_arguments: None)
    spec, placed = scattered()
    timetable = replace(build(spec), placed=tuple(placed), claims=figures(spec, placed))
    proof = prove(spec, timetable, 20.0)
    assert (proof.breaks, proof.lower_bound, proof.status) == (12, 0, "gap")
    assert proof.verdict == "空档共12处，最多还能少12处"
    proof = prove(replace(spec, count_across_sessions=False), timetable, 20.0)
    assert (proof.lower_bound, proof.status) == (0, "heuristic")
    assert proof.verdict == "空档共12处，最少多少处尚不能证明"


@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="the extra fast is not installed")
@given(spec=sessions(), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_compiled_annealing_walks_the_same_way(spec: SessionSpec, seed: int) -> None:
    timetable = build(spec, proposals_per_meeting=0)
    boards = [board_with(spec, list(timetable.placed)) for _ in range(2)]
    for board, compiled in zip(boards, (True, False), strict=True):
        polish(board, Random(seed), 1500, lambda: False, compiled=compiled)
    assert boards[0].at == boards[1].at
    assert boards[0].busy == boards[1].busy
