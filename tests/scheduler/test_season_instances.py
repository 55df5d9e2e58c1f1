"""Seasons from JSON: planned within every limit by a checker of its own, varied, dated, themed."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.__main__ import main
from scheduler.calendar import WorkCalendar
from scheduler.instances import BadInstance
from scheduler.season import SeasonSession, SeasonSpec, plan_season
from scheduler.season_check import check_season
from scheduler.season_dates import balance, unworkable, with_dates, with_themes
from scheduler.season_draft import Draft
from scheduler.season_exact import relaxed_bound
from scheduler.season_instances import plan_written, read_season
from scheduler.season_whatif import session_added, session_moved, venue_changed, venue_lost, what_if


def season(rng: Random, *, pairs: int = 30) -> dict[str, Any]:
    """A small generated season with every kind of limit."""
    kinds = ("cas", "xuchang_university")
    sessions = [f"S{n}" for n in range(rng.randint(1, 4))]
    some = [None, 1, 2]
    enterprises = [
        {
            "id": f"E{n}",
            "county": rng.choice(["魏都区", "禹州市"]),
            "max_sessions": rng.choice(some),
            "max_meetings": rng.choice([None, 1, 3]),
            "sessions": rng.sample(sessions, rng.randint(0, len(sessions))) if rng.random() < 0.3 else sessions,
        }
        for n in range(6)
    ]
    experts = [
        {"id": f"X{n}", "kind": rng.choice((*kinds, "other")), "max_sessions": rng.choice(some), "sessions": sessions}
        for n in range(4)
    ]
    achievements = [{"id": f"A{n}", "expert": f"X{rng.randrange(4)}", "industry": f"ind{n % 3}"} for n in range(6)]
    return {
        "format": "season-instance/1",
        "name": "small",
        "sessions": [
            {
                "id": name,
                "kind": rng.choice((*kinds, "")),
                "themes": [f"ind{rng.randrange(3)}"],
                "county": rng.choice(["魏都区", "禹州市"]),
                "slots": rng.randint(1, 4),
                "tables": rng.randint(1, 3),
                "seats_enterprise": rng.choice([None, 2, 4]),
                "seats_expert": rng.choice([None, 1, 2]),
                "min_enterprise": rng.choice([0, 0, 2]),
                "date": f"2026-0{n + 3}-18",
            }
            for n, name in enumerate(sessions)
        ],
        "enterprises": enterprises,
        "experts": experts,
        "achievements": achievements,
        "pairs": [
            {
                "id": f"P{n}",
                "enterprise": f"E{rng.randrange(6)}",
                "achievement": f"A{rng.randrange(6)}",
                "score": rng.randint(50, 1000),
            }
            for n in range(pairs)
        ],
        "theme_bonus": 0.2,
        "travel_penalty": 20,
        "attend_cost": 0,
        "allow_repeat_pairs": rng.random() < 0.5,
    }


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_a_plan_keeps_every_rule_of_its_own_checker_and_stays_below_its_bounds(seed: int) -> None:
    data = season(Random(seed))
    spec = read_season(data)
    plan = plan_season(spec, seconds=60.0)
    breaches, figures = check_season(data, plan_written("small", plan))
    assert breaches == []
    assert figures["objective"] == pytest.approx(plan.objective)
    assert plan.bound is not None
    assert plan.objective <= plan.bound + 1e-6
    free = relaxed_bound(Draft(spec), None, 10.0)
    assert free is not None
    assert plan.objective <= free + 1e-6
    assert plan.gap is not None
    if not plan.not_held:
        assert plan.gap <= 0.01
    assert {one.pairing for one in plan.left_out} | set(plan.assigned) == {pairing.id for pairing in spec.pairings}
    assert all(one.reason for one in plan.left_out)


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_the_checker_finds_what_is_damaged(seed: int) -> None:
    rng = Random(seed)
    data = season(rng)
    plan = plan_written("small", plan_season(read_season(data), seconds=5.0))
    if not plan["assignments"]:
        return
    damaged = copy.deepcopy(plan)
    one = rng.choice(damaged["assignments"])
    kind = rng.randrange(4)
    if kind == 0:
        one["session"], code = "S9", "S3"
    elif kind == 1:
        one["pair"], code = "Z", "S1"
    elif kind == 2:
        damaged["assignments"].append(dict(one))
        code = "S2"
    else:
        damaged["claims"]["objective"] += 1
        code = "S15"
    assert code in {breach.code for breach in check_season(data, damaged)[0]}


def test_each_limit_has_its_code() -> None:
    data = season(Random(3))
    data["sessions"] = [
        {"id": "S0", "kind": "cas", "slots": 1, "tables": 1, "seats_enterprise": 1, "min_enterprise": 3, "county": "a"}
    ]
    data["allow_repeat_pairs"] = False
    data["enterprises"] = [
        {"id": "E0", "max_sessions": 0, "max_meetings": 1, "sessions": ["S0"]},
        {"id": "E1", "sessions": []},
    ]
    data["experts"] = [{"id": "X0", "kind": "xuchang_university", "max_sessions": 1, "sessions": []}]
    data["achievements"] = [
        {"id": "A0", "expert": "X0", "industry": "i"},
        {"id": "A1", "expert": "X0", "industry": "i"},
    ]
    data["pairs"] = [
        {"id": "P0", "enterprise": "E0", "achievement": "A0", "score": 1},
        {"id": "P1", "enterprise": "E0", "achievement": "A1", "score": 1},
        {"id": "P2", "enterprise": "E1", "achievement": "A0", "score": 1, "pinned_to": "S7"},
    ]
    plan = {"assignments": [{"pair": f"P{n}", "session": "S0"} for n in range(3)]}
    codes = {breach.code for breach in check_season(data, plan)[0]}
    assert codes == {"S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12", "S13", "S14"}


def wide(rooms: int = 2) -> dict[str, Any]:
    """Two sessions of one kind with room for `rooms` talks each, six pairings."""
    return {
        "sessions": [
            {"id": f"S{n}", "kind": "cas", "slots": rooms, "tables": 1, "date": f"2026-0{n + 4}-15"} for n in range(2)
        ],
        "enterprises": [{"id": f"E{n}"} for n in range(6)],
        "experts": [{"id": f"X{n}", "kind": "cas"} for n in range(6)],
        "achievements": [{"id": f"A{n}", "expert": f"X{n}", "industry": f"ind{n % 2}"} for n in range(6)],
        "pairs": [
            {"id": f"P{n}", "enterprise": f"E{n}", "achievement": f"A{n}", "score": 100 * (n + 1)} for n in range(6)
        ],
    }


def test_what_a_lost_venue_a_new_session_and_more_tables_change() -> None:
    spec = read_season(wide())
    plan = plan_season(spec)
    assert plan.objective == 100 * (3 + 4 + 5 + 6)
    lost = what_if(plan, venue_lost(spec, "S1"))
    assert (lost.worth, lost.pairings, set(lost.lost), lost.won) == (-700, -2, {"P2", "P3"}, ())
    assert lost.sentence.startswith("总价值减少700；")
    added = what_if(plan, session_added(spec, SeasonSession("S2", "cas", 2, 1)))
    assert (added.worth, set(added.won)) == (300, {"P0", "P1"})
    more = what_if(plan, venue_changed(spec, "S0", tables=2), settled=["S1"])
    assert more.worth == 300
    assert not set(more.moved) & set(plan.of_session("S1"))
    moved = what_if(plan, session_moved(spec, "S0", date(2026, 6, 3), away=[f"E{n}" for n in range(6)]))
    assert moved.worth == -700
    assert all(session != "S0" for session in moved.plan.assigned.values())
    with pytest.raises(ValueError, match=r"^对接会 S9 不存在$"):
        venue_lost(spec, "S9")


def test_a_session_too_few_would_attend_is_not_held_and_the_reason_says_so() -> None:
    data = wide(1)
    data["sessions"][0]["min_enterprise"] = data["sessions"][1]["min_enterprise"] = 2
    plan = plan_season(read_season(data))
    assert plan.assigned == {}
    assert set(plan.not_held) == {"S0", "S1"}
    assert {one.reason for one in plan.left_out} == {"可去的2场对接会到会企业都太少，不宜举办"}


def test_days_are_worked_and_within_their_windows_and_themes_follow_the_demand() -> None:
    data = wide()
    for session in data["sessions"]:
        del session["date"]
    spec = read_season(data)
    calendar = WorkCalendar()
    window = {"S1": (date(2026, 9, 28), date(2026, 10, 9))}
    dated = with_dates(spec, date(2026, 3, 1), date(2026, 12, 20), calendar, windows=window)
    days = [session.held_on for session in dated.sessions]
    assert all(day is not None and calendar.is_working(day) for day in days)
    assert days[1] is not None
    assert window["S1"][0] <= days[1] <= window["S1"][1]
    assert unworkable(dated.sessions, calendar) == []
    holiday = SeasonSession("H", "cas", 1, 1, held_on=date(2026, 10, 1))
    assert unworkable([holiday, holiday], calendar)[0] == ("H", "2026-10-01是国庆节，不是工作日")
    assert unworkable([holiday, holiday], calendar)[1] == ("H", "2026-10-01有2场对接会")
    themed = with_themes(spec, number=1)
    assert [sorted(session.themes) for session in themed.sessions] == [["ind1"], ["ind0"]]
    plan = plan_season(dated)
    spread = balance(dated, plan.assigned)
    assert sum(spread.quarters.values()) == len(plan.assigned) == 4
    assert (spread.fewest, spread.most) == (2, 2)


def test_the_command_plans_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given_file, out = tmp_path / "season.json", tmp_path / "plan.json"
    given_file.write_text(json.dumps(wide()), encoding="utf-8")
    assert main(["season", str(given_file), "--out", str(out)]) == 0
    assert capsys.readouterr().out.startswith("6个匹配排上4个，总价值1800，距上界不超过0.00%")
    assert main(["season", str(given_file), "--check", str(out)]) == 0
    plan = json.loads(out.read_text(encoding="utf-8"))
    plan["assignments"].append({"pair": "Z", "session": "S0"})
    out.write_text(json.dumps(plan), encoding="utf-8")
    assert main(["season", str(given_file), "--check", str(out)]) == 1
    out.write_text("[]", encoding="utf-8")
    assert main(["season", str(given_file), "--check", str(out)]) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other/1"}, "年度实例：format 应为 season-instance/1，实际为 'other/1'"),
        ({"pairs": [{"id": "P", "enterprise": "Z", "achievement": "A0", "score": 1}]}, "pairs[0]：企业 Z 或成果 A0 不存在"),
        ({"pairs": [{"id": "P", "enterprise": "E0", "achievement": "A0", "score": "x"}]}, "pairs[0]：score 应为数，实际为 'x'"),
        ({"sessions": [{"id": "S", "slots": 1, "tables": 1, "date": "1.2."}]},
         "sessions[0]：date 应为 YYYY-MM-DD，实际为 '1.2.'"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_words(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInstance) as refused:
        read_season({**wide(), **change})
    assert str(refused.value) == message


def test_a_large_season_takes_its_rosters_from_the_annealing() -> None:
    rng = Random(1)
    data = season(rng, pairs=30)
    data["sessions"] = [
        {"id": f"S{n}", "kind": "cas", "slots": 4, "tables": 4, "seats_enterprise": 8, "seats_expert": 4,
         "county": "魏都区", "themes": [f"ind{n}"]} for n in range(4)
    ]  # fmt: skip
    names = [f"S{n}" for n in range(4)]
    data["enterprises"] = [{"id": f"E{n}", "max_sessions": 2, "max_meetings": 4, "sessions": names} for n in range(60)]
    data["experts"] = [{"id": f"X{n}", "kind": "cas", "max_sessions": 2, "sessions": names} for n in range(20)]
    data["achievements"] = [{"id": f"A{n}", "expert": f"X{n % 20}", "industry": f"ind{n % 3}"} for n in range(40)]
    data["pairs"] = [
        {"id": f"P{n}", "enterprise": f"E{rng.randrange(60)}", "achievement": f"A{rng.randrange(40)}",
         "score": rng.randint(1, 1000)} for n in range(1_100)
    ]  # fmt: skip
    spec: SeasonSpec = read_season(data)
    plan = plan_season(spec, seconds=60.0)
    assert check_season(data, plan_written("large", plan))[0] == []
    assert plan.rosters_given
    assert plan.gap is not None
    assert plan.gap < 0.01
