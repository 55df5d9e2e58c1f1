"""The season plan: within every limit, only to sessions of its kind, nothing left out without a true reason."""

from __future__ import annotations

from collections import Counter
from datetime import date
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.model import Meeting, Participant, SessionSpec
from scheduler.season import LeftOut, SeasonPairing, SeasonPlan, SeasonSession, SeasonSpec, obstacle, plan_season
from scheduler.timetable import build

SUPPLIES = ("cas", "xuchang_university", "other")
INDUSTRIES = ("电力装备", "新材料", "发制品")


@st.composite
def seasons(draw: st.DrawFn) -> SeasonSpec:
    """A small season with tight limits."""
    limit = st.none() | st.integers(0, 3)
    chosen = draw(st.lists(st.sampled_from(["cas", "xuchang_university", ""]), max_size=4))
    held = tuple(
        SeasonSession(
            id=f"S{number}",
            series=series,
            slots=draw(st.integers(0, 3)),
            tables=draw(st.integers(0, 3)),
            themes=draw(st.frozensets(st.sampled_from(INDUSTRIES))),
            hosts=draw(st.frozensets(st.sampled_from(["I0", "I1"]))),
            seats_enterprise=draw(limit),
            seats_expert=draw(limit),
            seats=draw(st.none() | st.integers(0, 5)),
        )
        for number, series in enumerate(chosen)
    )
    pinned = st.none() | st.sampled_from([session.id for session in held]) if held else st.none()
    pairings = tuple(
        SeasonPairing(
            id=f"P{number}",
            enterprise=draw(st.sampled_from(["E0", "E1", "E2", "E3"])),
            institute=draw(st.sampled_from(["I0", "I1"])),
            expert=draw(st.sampled_from(["X0", "X1", "X2"])),
            supply=draw(st.sampled_from(SUPPLIES)),
            industry=draw(st.sampled_from(INDUSTRIES)),
            score=draw(st.integers(1, 100)) / 100,
            pinned_to=draw(pinned) if draw(st.integers(0, 5)) == 0 else None,
        )
        for number in range(draw(st.integers(0, 12)))
    )
    guests = st.tuples(st.sampled_from(["E0", "X0"]), st.sampled_from(["S0", "S1"]))
    return SeasonSpec(held, pairings, draw(st.frozensets(guests)), allow_repeat_pairs=draw(st.booleans()))


def faults(spec: SeasonSpec, assigned: dict[str, str]) -> list[str]:
    """What is wrong with an assignment, recomputed in the plainest way."""
    held = {session.id: session for session in spec.sessions}
    of = {pairing.id: pairing for pairing in spec.pairings}
    wrong = []
    for name, session_id in assigned.items():
        pairing, session = of[name], held[session_id]
        if pairing.pinned_to not in (None, session_id):
            wrong.append("pinned")
        if pairing.pinned_to is None and pairing.supply != "other" and session.series not in ("", pairing.supply):
            wrong.append("kind")
        if {(pairing.enterprise, session_id), (pairing.expert, session_id)} & spec.away:
            wrong.append("away")
    for session in spec.sessions:
        own = [of[name] for name, session_id in assigned.items() if session_id == session.id]
        enterprises, experts = Counter(p.enterprise for p in own), Counter(p.expert for p in own)
        pairs = Counter((p.enterprise, p.expert) for p in own)
        if len(own) > session.slots * session.tables:
            wrong.append("total")
        if max([*enterprises.values(), *experts.values()], default=0) > session.slots:
            wrong.append("degree")
        if session.seats_enterprise is not None and len(enterprises) > session.seats_enterprise:
            wrong.append("enterprise seats")
        if session.seats_expert is not None and len(experts) > session.seats_expert:
            wrong.append("expert seats")
        if session.seats is not None and len(enterprises) + len(experts) > session.seats:
            wrong.append("seats")
        if not spec.allow_repeat_pairs and max(pairs.values(), default=0) > 1:
            wrong.append("pair")
    return wrong


@given(spec=seasons(), seed=st.integers(0, 2))
@settings(max_examples=50, deadline=None)
def test_a_plan_keeps_every_limit_and_leaves_out_only_what_does_not_fit(spec: SeasonSpec, seed: int) -> None:
    plan = plan_season(spec, seed=seed)
    assigned = dict(plan.assigned)
    assert faults(spec, assigned) == []
    left = {one.pairing for one in plan.left_out}
    assert sorted([*assigned, *left]) == sorted(pairing.id for pairing in spec.pairings)
    for name in left:
        for session in spec.sessions:
            assert faults(spec, {**assigned, name: session.id}) != []
            assert obstacle(spec, assigned, name, session.id) != ""
    assert plan == plan_season(spec, seed=seed)


def session(
    name: str, series: str = "cas", *, slots: int = 6, tables: int = 5, themes: tuple[str, ...] = ()
) -> SeasonSession:
    return SeasonSession(name, series, slots, tables, frozenset(themes), held_on=date(2026, 5, 6))


def pairing(number: int, *, supply: str = "cas", score: float = 0.5, expert: str = "X0") -> SeasonPairing:
    return SeasonPairing(f"P{number}", f"E{number}", "I0", expert, supply, "新材料", score)


def test_each_kind_goes_to_its_own_series_and_others_to_their_theme() -> None:
    spec = SeasonSpec(
        (session("A", "cas"), session("B", "xuchang_university", themes=("新材料",))),
        (
            pairing(0, supply="cas", expert="X0"),
            pairing(1, supply="xuchang_university", expert="X1"),
            pairing(2, supply="other", expert="X2"),
        ),
    )
    assert plan_season(spec).assigned == {"P0": "A", "P1": "B", "P2": "B"}


def test_one_expert_is_asked_to_come_once() -> None:
    spec = SeasonSpec((session("A"), session("B"), session("C")), tuple(pairing(n) for n in range(6)))
    assert len(set(plan_season(spec).assigned.values())) == 1


def test_the_best_pairings_get_the_room() -> None:
    spec = SeasonSpec((session("A", slots=2, tables=1),), tuple(pairing(n, score=(n + 1) / 10) for n in range(4)))
    plan = plan_season(spec)
    assert plan.of_session("A") == ("P2", "P3")
    reason = "可去的1场对接会都排不下：1场洽谈桌次已排满"
    assert plan.left_out == (LeftOut("P0", reason), LeftOut("P1", reason))


def test_a_pairing_without_a_session_of_its_kind_says_so() -> None:
    spec = SeasonSpec((session("A", "cas"),), (pairing(0, supply="xuchang_university"),))
    assert plan_season(spec) == SeasonPlan({}, (LeftOut("P0", "今年没有面向许昌学院成果的对接会"),), 0.0)
    assert obstacle(spec, {}, "P0", "A") == "该场不面向许昌学院的成果"


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^匹配 P0 出现了2次$"):
        plan_season(SeasonSpec((), (pairing(0), pairing(0))))
    stray = SeasonPairing("P0", "E0", "I0", "X0", "cas", "新材料", 0.5, pinned_to="Z")
    with pytest.raises(ValueError, match=r"^匹配 P0 指定的对接会 Z 不存在$"):
        plan_season(SeasonSpec((), (stray,)))


def test_a_whole_year_is_planned_in_seconds_and_every_session_can_be_timetabled() -> None:
    held = tuple(
        SeasonSession(
            f"S{n}", SUPPLIES[n % 2], 8, 6, frozenset({INDUSTRIES[n % 3]}), seats_enterprise=20, seats_expert=8
        )
        for n in range(10)
    )
    pairings = tuple(
        SeasonPairing(
            id=f"P{n:03}",
            enterprise=f"E{n * 7 % 60}",
            institute=f"I{n % 12}",
            expert=f"X{n * 11 % 40}",
            supply=SUPPLIES[n * 11 % 40 % 3],
            industry=INDUSTRIES[n * 7 % 60 % 3],
            score=(n * 37 % 100 + 1) / 100,
        )
        for n in range(300)
    )
    spec = SeasonSpec(held, pairings)
    began = perf_counter()
    plan = plan_season(spec)
    assert perf_counter() - began < 10
    assert faults(spec, dict(plan.assigned)) == []
    for one in held:
        own = [p for p in pairings if plan.assigned.get(p.id) == one.id]
        timetable = build(
            SessionSpec(
                slots=one.slots,
                tables=(one.tables,) * one.slots,
                participants=(
                    *(Participant(e, "E") for e in sorted({p.enterprise for p in own})),
                    *(Participant(x, "X") for x in sorted({p.expert for p in own})),
                ),
                meetings=tuple(Meeting(p.id, p.enterprise, p.expert, round(p.score * 1000)) for p in own),
            ),
            time_limit=2,
        )
        assert timetable.unplaced == ()
