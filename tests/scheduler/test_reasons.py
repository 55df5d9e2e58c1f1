"""A meeting left out has one reason, in Chinese, and it is true."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.model import Meeting, Naming, Participant, SessionSpec
from scheduler.timetable import build


def one_table(*participants: Participant, meetings: tuple[Meeting, ...], slots: int = 1) -> SessionSpec:
    return SessionSpec(slots=slots, tables=(1,) * slots, participants=participants, meetings=meetings)


PEOPLE = {"E0": "许昌甲公司", "E1": "许昌乙公司", "X0": "王教授", "X1": "李研究员"}
NAMES = Naming(person=lambda person: PEOPLE[person])


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (
            one_table(
                Participant("E0", "E", frozenset({0})),
                Participant("X0", "X", frozenset({1})),
                meetings=(Meeting("m", "E0", "X0", 1),),
                slots=2,
            ),
            "许昌甲公司与王教授没有同时在场的时段",
        ),
        (
            one_table(Participant("E0", "E", quota=0), Participant("X0", "X"), meetings=(Meeting("m", "E0", "X0", 1),)),
            "许昌甲公司已排满上限0场洽谈",
        ),
        (
            one_table(
                Participant("E0", "E"),
                Participant("E1", "E"),
                Participant("X0", "X"),
                meetings=(Meeting("n", "E0", "X0", 9), Meeting("m", "E1", "X0", 1)),
            ),
            "双方只有第1时段都可以见面，而王教授那时与许昌甲公司洽谈（匹配度更高）",
        ),
        (
            one_table(
                Participant("E0", "E"),
                Participant("E1", "E"),
                Participant("X0", "X"),
                Participant("X1", "X"),
                meetings=(Meeting("n", "E0", "X0", 9), Meeting("m", "E1", "X1", 1)),
            ),
            "双方只有第1时段都可以见面，而那时1张洽谈桌都已排满",
        ),
        (
            one_table(
                Participant("E0", "E"),
                Participant("X0", "X"),
                meetings=(Meeting("n", "E0", "X0", 9), Meeting("m", "E0", "X0", 1)),
                slots=2,
            ),
            "许昌甲公司与王教授已安排另一场洽谈，同一对只见一次",
        ),
        (
            one_table(
                Participant("E0", "E"), Participant("X0", "X"), meetings=(Meeting("m", "E0", "X0", 1, after=("z",)),)
            ),
            "须在洽谈 z之后进行，但名单中没有这场洽谈",
        ),
    ],
)
def test_a_meeting_left_out_has_its_true_reason(spec: SessionSpec, reason: str) -> None:
    timetable = build(spec, names=NAMES)
    assert [(left.meeting, left.reason) for left in timetable.unplaced] == [("m", reason)]


EVERYBODY = (Participant("E0", "E"), Participant("E1", "E"), Participant("X0", "X"), Participant("X1", "X"))


@pytest.mark.parametrize(
    ("spec", "reasons"),
    [
        (one_table(*EVERYBODY, meetings=(Meeting("m", "E0", "X0", fixed_slot=5),)), ["指定的第6时段不存在"]),
        (
            one_table(
                Participant("E0", "E"),
                Participant("X0", "X", frozenset({1})),
                meetings=(Meeting("m", "E0", "X0", fixed_slot=0),),
                slots=2,
            ),
            ["指定的第1时段里王教授不在场"],
        ),
        (
            replace(
                one_table(
                    Participant("E0", "E", frozenset({0})),
                    Participant("X0", "X"),
                    meetings=(Meeting("m", "E0", "X0", session=1),),
                    slots=2,
                ),
                sessions=((0,), (1,)),
            ),
            ["双方同时在场的时段都不属于这场洽谈所在的半场"],
        ),
        (
            replace(one_table(*EVERYBODY, meetings=(Meeting("m", "E0", "X0", 1),)), tables=(0,)),
            ["双方同时在场的时段里没有可用的洽谈桌"],
        ),
        (
            one_table(*EVERYBODY, meetings=(Meeting("n", "E0", "X0", 9), Meeting("m", "E1", "X1", 1, after=("n",)))),
            ["先后次序的要求使这场洽谈没有可用的时段"],
        ),
        (one_table(*EVERYBODY, meetings=(Meeting("m", "E0", "X0", -1),)), ["这场洽谈的分值低于零，不安排更好"]),
        (
            one_table(
                Participant("E0", "E", quota=1),
                *EVERYBODY[1:],
                meetings=(
                    Meeting("n", "E0", "X0", 1),
                    Meeting("k", "E0", "X1", 9),
                    Meeting("m", "E1", "X0", 5, after=("n",)),
                ),
                slots=3,
            ),
            ["许昌甲公司已排满上限1场洽谈", "须在洽谈 n之后进行，而后者没有排上"],
        ),
        (
            replace(
                one_table(
                    *EVERYBODY,
                    meetings=(
                        Meeting("k", "E0", "X1", 9, fixed_slot=0),
                        Meeting("n", "E0", "X0", 9),
                        Meeting("m", "E1", "X1", 1, after=("n",)),
                    ),
                    slots=2,
                ),
                tables=(2, 2),
            ),
            ["已排的洽谈使这场洽谈的先后次序或指定桌号无法满足"],
        ),
        (
            replace(
                one_table(
                    *EVERYBODY,
                    meetings=(Meeting("n", "E0", "X0", 9, fixed_table=0), Meeting("m", "E1", "X1", 1, fixed_table=0)),
                ),
                tables=(2,),
            ),
            ["双方同时在场的时段里，指定的洽谈桌都已占用"],
        ),
        (
            replace(
                one_table(
                    Participant("E0", "E"),
                    Participant("X0", "X", frozenset({0})),
                    Participant("X1", "X", frozenset({2})),
                    meetings=(Meeting("n", "E0", "X0", 9), Meeting("m", "E0", "X1", 1)),
                    slots=3,
                ),
                fairness_d=0,
            ),
            ["排入后各人的空档次数会相差过大"],
        ),
    ],
)
def test_rules_of_one_meeting_order_and_fairness_are_named(spec: SessionSpec, reasons: list[str]) -> None:
    assert [left.reason for left in build(spec, names=NAMES).unplaced] == reasons
