"""Simulated days: the same for a seed, right where the answer is known, and reserves only where they help."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest

from scheduler.model import Meeting, Participant, Placed, SessionSpec
from scheduler.simulating import Habits, Policy, Simulation, recommend

RELIABLE = Habits(absent=0.0, absent_experts=0.0, late=0.0)


def busy(enterprises: int = 12, experts: int = 3, slots: int = 4) -> tuple[SessionSpec, list[Placed]]:
    """Every expert has every slot full with another enterprise; everybody else is a wish in reserve."""
    spec = SessionSpec(
        slots=slots,
        tables=(experts,) * slots,
        participants=(
            *(Participant(f"E{n}", "E") for n in range(enterprises)),
            *(Participant(f"X{n}", "X") for n in range(experts)),
        ),
        meetings=tuple(
            Meeting(f"{e}-{x}", f"E{e}", f"X{x}", 1 + (e * 7 + x) % 10)
            for e in range(enterprises)
            for x in range(experts)
        ),
    )
    placed = [
        Placed(f"{(x * slots + slot) % enterprises}-{x}", slot, x) for x in range(experts) for slot in range(slots)
    ]
    return spec, placed


def test_when_everybody_comes_everything_is_held() -> None:
    spec, placed = busy()
    outcome = Simulation(spec, placed, RELIABLE, days=50).run(Policy())
    assert (outcome.held, outcome.bad_day, outcome.planned) == (12.0, 12.0, 12)


def test_when_nobody_comes_nothing_is_held_and_no_reserve_helps() -> None:
    spec, placed = busy()
    nobody = Habits(absent=1.0, absent_experts=0.0, late=0.0)
    assert Simulation(spec, placed, nobody, days=20).run(Policy(reserve=1.0)).held == 0.0
    advice = recommend(spec, placed, nobody, days=20)
    assert advice.reserves == 0
    assert advice.sentence.endswith("候补洽谈开成的机会太小，不必预备")


def test_a_quarter_absent_costs_a_quarter_and_reserves_bring_some_back() -> None:
    spec, placed = busy()
    quarter = Habits(absent=0.25, absent_experts=0.0, late=0.0)
    simulation = Simulation(spec, placed, quarter, days=4000, seed=1)
    bare, helped = simulation.run(Policy()), simulation.run(Policy(reserve=1.0))
    assert bare.held == pytest.approx(9.0, abs=0.15)
    assert bare.held < helped.held <= 12.0
    assert helped.score > bare.score
    advice = recommend(spec, placed, quarter, days=500)
    assert advice.reserves > 0
    assert advice.sentence.startswith("按25%的企业缺席模拟500天：12场洽谈平均只能开成")


def test_slots_booked_twice_turn_people_away_and_a_buffer_does_not() -> None:
    spec, placed = busy()
    quarter = Habits(absent=0.25, absent_experts=0.0, late=0.0)
    simulation = Simulation(spec, placed, quarter, days=500)
    twice = simulation.run(Policy(booked_twice=0.5))
    assert twice.twice > 0
    assert twice.turned_away > 0
    assert twice.held > simulation.run(Policy()).held
    left = simulation.run(Policy(left_out=0.25))
    assert (left.planned, left.turned_away) == (9, 0.0)


def test_late_people_miss_the_morning_only() -> None:
    spec, placed = busy()
    late = Habits(absent=0.0, absent_experts=0.0, late=1.0, late_slots=1.0)
    assert Simulation(spec, placed, late, days=10).run(Policy()).held == 9.0


def test_quotas_and_tables_hold_on_every_day() -> None:
    spec, placed = busy()
    tight = replace(spec, participants=tuple(replace(one, quota=1) for one in spec.participants))
    outcome = Simulation(tight, placed[:1], Habits(absent=0.0, absent_experts=0.0, late=0.0), days=5).run(
        Policy(reserve=12.0)
    )
    assert outcome.held == 3.0  # three experts, one meeting each


def test_the_same_seed_gives_the_same_days_quickly() -> None:
    spec, placed = busy(60, 15, 12)
    began = process_time()
    advice = recommend(spec, placed, seed=4)
    assert process_time() - began < 10
    assert advice == recommend(spec, placed, seed=4)
    assert advice != recommend(spec, placed, seed=5)


def test_too_many_slots_are_refused() -> None:
    spec, _placed = busy()
    with pytest.raises(ValueError, match=r"^模拟最多支持63个时段，这一场有70个$"):
        Simulation(replace(spec, slots=70, tables=(1,) * 70), [])
