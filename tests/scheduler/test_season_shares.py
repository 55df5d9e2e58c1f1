"""Even shares, sessions that need enough enterprises, experts seated under prices: what a season plan weighs up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.season import SeasonGuest, SeasonPairing, SeasonSession, SeasonSpec, plan_season
from scheduler.season_check import check_season
from scheduler.season_draft import Draft
from scheduler.season_exact import relaxed_bound
from scheduler.season_instances import plan_written, read_season
from scheduler.season_prices import priced_rosters
from scheduler.season_rosters import find_rosters, first_rosters
from tests.scheduler.test_season_instances import season


def even_season(rng: Random) -> dict[str, Any]:
    """A small season that asks for even shares and for enough enterprises in every session."""
    data = season(rng, pairs=24)
    data["balance_bonus"] = rng.choice([0, 30, 400])
    for session in data["sessions"]:
        session["min_enterprise"] = rng.choice([0, 2, 3])
    return data


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_even_shares_and_least_numbers_keep_every_rule_and_the_checkers_worth(seed: int) -> None:
    data = even_season(Random(seed))
    plan = plan_season(read_season(data), seconds=60.0)
    breaches, figures = check_season(data, plan_written("small", plan))
    assert breaches == []
    assert figures["objective"] == pytest.approx(plan.objective, abs=1e-3)
    assert plan.gap is not None
    assert plan.gap <= 0.005


def crowd(*, bonus: float = 0.0, least: int = 0, favourite: float = 0.2) -> SeasonSpec:
    """Two sessions for eight pairings of eight enterprises with four experts; the theme draws them all to the first."""
    held = tuple(
        SeasonSession(name, "", 8, 8, frozenset({"ind"} if name == "S0" else ()), min_enterprises=least)
        for name in ("S0", "S1")
    )
    pairings = tuple(SeasonPairing(f"P{n}", f"E{n}", "I", f"X{n % 4}", "other", "ind", 100.0) for n in range(8))
    return SeasonSpec(held, pairings, theme_bonus=favourite, visit_cost=0.0, balance_bonus=bonus)


def test_an_even_share_draws_pairings_to_the_emptier_session_if_it_is_worth_it() -> None:
    assert Counter(plan_season(crowd()).assigned.values()) == {"S0": 8}
    assert Counter(plan_season(crowd(bonus=19.0)).assigned.values()) == {"S0": 8}
    assert Counter(plan_season(crowd(bonus=21.0)).assigned.values()) == {"S0": 4, "S1": 4}


def test_every_county_gets_its_share_of_what_there_is_room_for() -> None:
    held = (SeasonSession("S0", "", 4, 1),)
    pairings = tuple(SeasonPairing(f"P{n}", f"E{n}", "I", "X", "other", "", 100.0 - n) for n in range(8))
    guests = tuple(SeasonGuest(f"E{n}", county="魏都区" if n < 4 else "禹州市") for n in range(8))
    spec = SeasonSpec(held, pairings, visit_cost=0.0, guests=guests)
    assert sorted(plan_season(spec).assigned) == ["P0", "P1", "P2", "P3"]
    assert sorted(plan_season(replace(spec, balance_bonus=10.0)).assigned) == ["P0", "P1", "P4", "P5"]


def test_a_session_that_is_worth_it_gets_the_enterprises_it_needs_from_another() -> None:
    spec = crowd(least=3)
    away = frozenset({("E0", "S0"), ("E1", "S0")})
    plan = plan_season(replace(spec, away=away))
    assert plan.not_held == ()
    assert Counter(plan.assigned.values()) == {"S0": 5, "S1": 3}


def test_a_session_whose_enterprises_would_cost_others_too_much_is_not_held() -> None:
    spec = crowd(least=6, favourite=2.0)
    plan = plan_season(replace(spec, away=frozenset({("E0", "S0")})))
    assert plan.not_held == ("S1",)
    assert [(one.pairing, one.reason) for one in plan.left_out] == [
        ("P0", "可去的2场对接会都排不下：1场企业不能到会，1场到会企业太少，不宜举办")
    ]


def test_a_session_somebody_is_invited_to_is_held_however_few_come() -> None:
    spec = crowd(least=5)
    first, *others = spec.pairings
    plan = plan_season(replace(spec, pairings=(replace(first, pinned_to="S1"), *others)))
    assert plan.not_held == ()
    assert plan.assigned["P0"] == "S1"


def test_a_pinned_pairing_keeps_its_place_whatever_it_is_worth() -> None:
    held = (SeasonSession("S0", "", 1, 1),)
    pairings = (
        SeasonPairing("P0", "E0", "I", "X0", "other", "", 1.0, pinned_to="S0"),
        SeasonPairing("P1", "E1", "I", "X1", "other", "", 900.0),
    )
    assert plan_season(SeasonSpec(held, pairings)).assigned == {"P0": "S0"}


def wide_season(rng: Random) -> dict[str, Any]:
    """A season in which experts have to be chosen for few chairs, too large to decide everything at once."""
    kinds = ("cas", "xuchang_university")
    sessions = [f"S{n}" for n in range(4)]
    return {
        "format": "season-instance/1", "name": "wide", "theme_bonus": 0.2, "travel_penalty": 20, "attend_cost": 0,
        "sessions": [{"id": name, "kind": kinds[n % 2], "themes": [f"ind{n}"], "county": "魏都区", "slots": 6, "tables": 5,
                      "seats_enterprise": 15, "seats_expert": 5} for n, name in enumerate(sessions)],
        "enterprises": [{"id": f"E{n}", "county": "禹州市", "max_sessions": rng.randint(1, 2), "max_meetings": 4,
                         "sessions": rng.sample(sessions, 3)} for n in range(60)],
        "experts": [{"id": f"X{n}", "kind": kinds[n % 2], "max_sessions": rng.randint(1, 2), "sessions": sessions}
                    for n in range(30)],
        "achievements": [{"id": f"A{n}", "expert": f"X{n % 30}", "industry": f"ind{n % 6}"} for n in range(50)],
        "pairs": [{"id": f"P{n}", "enterprise": f"E{rng.randrange(60)}", "achievement": f"A{rng.randrange(50)}",
                   "score": rng.randint(50, 1000)} for n in range(1_100)],
    }  # fmt: skip


def test_a_season_with_few_chairs_seats_better_experts_under_prices() -> None:
    data = wide_season(Random(5))
    spec = read_season(data)
    draft = Draft(spec)
    first = first_rosters(draft, 0)
    priced = priced_rosters(draft, first, 0)
    assert priced == priced_rosters(draft, first, 0)
    chairs = Counter(s for _expert, s in priced)
    assert max(chairs.values()) <= 5
    known = {guest.id: guest.max_sessions for guest in spec.guests}
    assert all(number <= (known[expert] or 9) for expert, number in Counter(x for x, _s in priced).items())
    before, found, after = (relaxed_bound(draft, one, 10) for one in (first, find_rosters(draft, 0), priced))
    assert before is not None
    assert found is not None
    assert after is not None
    assert after > max(before, found)
    plan = plan_season(spec, seconds=10)
    free = relaxed_bound(draft, None, 30)
    assert free is not None
    assert 0.985 * free <= plan.objective <= free
    assert plan.rosters_given
    assert plan.gap is not None
    assert plan.gap <= 0.01
    assert check_season(data, plan_written("wide", plan))[0] == []
