"""Every rule finds its own breach, names people and times, and agrees with a plain recomputation."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.model import AgendaItem, Clash, Meeting, Naming, Participant, Placed, SessionSpec
from scheduler.rules import RULES, clashes, clashes_of_move
from scheduler.timetable import build
from tests.scheduler.sessions import broken, sessions

NAMES = Naming(
    person=lambda person: {"E0": "甲公司", "E1": "乙公司", "X0": "王教授", "X1": "李研究员"}[person],
    slot=lambda slot: f"{9 + slot // 3}:{slot % 3 * 20:02}",
    table=lambda table: f"{table + 1}号桌",
    meeting=lambda meeting: f"「{meeting}」",
)

SPEC = SessionSpec(
    slots=4,
    tables=(2, 2, 1, 2),
    participants=(
        Participant("E0", "E", quota=2),
        Participant("E1", "E", frozenset({0, 1, 2})),
        Participant("X0", "X"),
        Participant("X1", "X"),
    ),
    meetings=(
        Meeting("a", "E0", "X0"),
        Meeting("b", "E0", "X1", fixed_slot=1),
        Meeting("c", "E1", "X0", session=0, after=("a",)),
        Meeting("d", "E1", "X1", fixed_table=1),
        Meeting("e", "E0", "X0", locked=True),
    ),
    sessions=((0, 1), (2, 3)),
    fairness_d=0,
)


def found(*placed: Placed, previous: list[Placed] | None = None, but: str = "C10") -> list[tuple[str, str]]:
    """(code, message) of every clash except those of one rule that every partial placement breaks."""
    return [(c.code, c.message) for c in clashes(SPEC, placed, NAMES, previous) if c.code != but]


B = Placed("b", 1, 0)


@pytest.mark.parametrize(
    ("placed", "expected"),
    [
        ([Placed("z", 0, 0)], ("C1", "时间表里有一场不存在的洽谈（z）")),
        ([Placed("a", 0, 0), Placed("a", 2, 0)], ("C2", "甲公司与王教授的同一场洽谈排了2次（9:00、9:40）")),
        ([Placed("a", 7, 0)], ("C3", "甲公司与王教授被排到第8时段，但本场只有4个时段")),
        ([Placed("a", 1, 1), B], ("C4", "甲公司在9:20同时有2场洽谈")),
        ([Placed("d", 3, 1)], ("C5", "乙公司在10:00不在场")),
        ([Placed("a", 0, 2)], ("C6", "9:00没有3号桌，只有2张桌")),
        ([Placed("a", 0, 1), Placed("d", 0, 1)], ("C6", "9:00的2号桌同时排了2场洽谈")),
        ([Placed("a", 2, 0), Placed("d", 2, None)], ("C7", "9:40排了2场洽谈，但只有1张桌")),
        ([Placed("b", 0, 0)], ("C8", "甲公司与李研究员已定在9:20，却排到了9:00")),
        ([Placed("d", 0, 0)], ("C8", "乙公司与李研究员已定在2号桌，却排到了1号桌")),
        ([Placed("d", 0, None)], ("C8", "乙公司与李研究员已定在2号桌，却没有排桌")),
        ([Placed("a", 0, 0), Placed("c", 2, 0)], ("C9", "乙公司与王教授应在当天第1段进行，9:40不属于这一段")),
        ([Placed("c", 0, 0)], ("C11", "乙公司与王教授要在「a」之后进行，而后者没有排上")),
        ([Placed("a", 1, 0), Placed("c", 0, 0)], ("C11", "「a」必须早于乙公司与王教授")),
        ([Placed("a", 0, 0), B, Placed("e", 2, 0)], ("C12", "甲公司排了3场洽谈，上限是2场")),
        ([Placed("a", 0, 0), Placed("e", 1, 0)], ("C13", "甲公司与王教授安排了2场洽谈，同一对只应见一次")),
        ([Placed("a", 0, 0), Placed("e", 3, 0)], ("C14", "甲公司有1次空档，乙公司只有0次，相差不应超过0次")),
    ],
)
def test_each_rule_names_what_is_broken(placed: list[Placed], expected: tuple[str, str]) -> None:
    assert [one for one in found(*placed) if one[0] == expected[0]] == [expected]


def test_what_must_stand_and_does_not_is_named() -> None:
    assert clashes(SPEC, [], NAMES) == [
        Clash("C10", "必排的都排上", "甲公司与李研究员必须安排，但没有排上", ("b",), ("E0", "X1"))
    ]


def test_a_locked_meeting_that_moved_is_named() -> None:
    assert found(B, Placed("e", 2, 0), previous=[Placed("e", 0, 0)]) == [
        ("C15", "甲公司与王教授已锁定在9:00，不能改动")
    ]
    assert found(B, Placed("e", 0, 0), previous=[Placed("e", 0, 0)]) == []


def test_codes_are_numbered_in_order() -> None:
    assert [rule.code for rule in RULES] == [f"C{number}" for number in range(1, 21) if number != 16]


@pytest.mark.parametrize(
    ("change", "placed", "expected"),
    [
        ({"closed": frozenset({(0, 1)})}, [Placed("a", 0, 1)], ("C6", "9:00的2号桌停用")),
        (
            {"closed": frozenset({(0, 1)})},
            [Placed("a", 0, None), Placed("d", 0, 0)],
            ("C7", "9:00排了2场洽谈，但只有1张桌"),
        ),
        (
            {"no_thanks": frozenset({frozenset({"E0", "X0"})})},
            [Placed("a", 0, 0)],
            ("C17", "甲公司与王教授中有一方谢绝了这次洽谈，却排上了"),
        ),
        (
            {"agenda": (AgendaItem("成果发布", frozenset({0}), frozenset({"X0"})),)},
            [Placed("a", 0, 0)],
            ("C18", "王教授在9:00参加“成果发布”，却排了洽谈"),
        ),
        (
            {"lunch": frozenset({1, 2})},
            [B, Placed("a", 2, 0)],
            ("C19", "甲公司在用餐时间（9:20、9:40）都排了洽谈，没有一个时段可以用餐"),
        ),
        (
            {"most_in_row": 1},
            [B, Placed("a", 0, 0)],
            ("C20", "甲公司从9:00到9:20连续2场洽谈，中间没有休息，最多连续1场"),
        ),
    ],
)
def test_further_rules_name_what_is_broken(
    change: dict[str, Any], placed: list[Placed], expected: tuple[str, str]
) -> None:
    found = [(clash.code, clash.message) for clash in clashes(replace(SPEC, **change), placed, NAMES)]
    assert [one for one in found if one[0] == expected[0]] == [expected]
    assert expected[0] not in {clash.code for clash in clashes(SPEC, placed, NAMES)}


def test_the_break_between_two_parts_is_a_rest() -> None:
    rested = [B, Placed("a", 2, 0)]
    assert "C20" not in {clash.code for clash in clashes(replace(SPEC, most_in_row=1), rested, NAMES)}


def test_a_move_by_hand_is_refused_for_its_own_clashes_only() -> None:
    placed = [Placed("a", 0, 0), Placed("d", 0, 0)]  # d stands at the wrong table: not the business of a's move
    assert [c.message for c in clashes_of_move(SPEC, placed, Placed("a", 0, 1), NAMES)] == []
    assert [c.message for c in clashes_of_move(SPEC, placed, Placed("a", 0, 0), NAMES)] == [
        "9:00的1号桌同时排了2场洽谈"
    ]


@given(spec=sessions(), seed=st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_a_damaged_timetable_breaks_exactly_the_rules_that_a_recomputation_finds(spec: SessionSpec, seed: int) -> None:
    placed = list(build(spec).placed)
    rng = Random(seed)
    for _ in range(rng.randint(1, 3)):
        if placed and rng.random() < 0.6:
            at = rng.randrange(len(placed))
            table = rng.choice([placed[at].table, rng.randrange(4), None])
            placed[at] = Placed(placed[at].meeting, rng.randrange(spec.slots + 1), table)
        elif spec.meetings:
            placed.append(Placed(rng.choice(spec.meetings).id, rng.randrange(spec.slots), rng.randrange(3)))
    assert {clash.code for clash in clashes(spec, placed)} == broken(spec, placed)
