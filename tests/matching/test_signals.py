"""Each coded fact alone: its value and its words."""

from __future__ import annotations

import pytest

from matching import aspects, signals
from matching.model import Profile
from matching.signals import Signal, kinship

SIGNALS = {signal.label: signal for signal in signals.SIGNALS}


def test_every_signal_is_an_aspect() -> None:
    assert tuple(SIGNALS) == aspects.SIGNALS


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("电力装备", "电力装备", 1.0),
        ("装备制造/数控", "数控装备", 2 / 3),
        ("食品加工", "陶瓷", 0.0),
        ("", "陶瓷", 0.0),
        ("其他", "其他", 0.0),
        ("梯", "梯", 1.0),
    ],
)
def test_kinship(one: str, other: str, wanted: float) -> None:
    assert kinship(one, other) == pytest.approx(wanted)
    assert kinship(other, one) == kinship(one, other)


@pytest.mark.parametrize(
    ("label", "need", "offer", "value", "words"),
    [
        ("行业", Profile("N", industry="陶瓷"), Profile("A", industry="陶瓷"), 1.0, "行业同属陶瓷"),
        (
            "行业",
            Profile("N", industry="电力装备"),
            Profile("A", industry="智能电力"),
            1 / 3,
            "行业相近（需求属电力装备，成果属智能电力）",
        ),
        ("成熟度", Profile("N"), Profile("A", maturity="可以量产"), 1.0, "成果成熟度为“可以量产”"),
        ("成熟度", Profile("N"), Profile("A", maturity="已有样品"), 0.8, "成果成熟度为“已有样品”"),
        ("成熟度", Profile("N"), Profile("A", maturity="中试"), 0.7, "成果已到中试阶段"),
        ("成熟度", Profile("N"), Profile("A", maturity="小试"), 0.35, "成果已到小试阶段"),
        ("成熟度", Profile("N"), Profile("A", maturity="实验室"), 0.0, "成果成熟度为“实验室”"),
        ("成熟度", Profile("N"), Profile("A", maturity="说不清"), 0.0, "成果成熟度为“说不清”"),
        (
            "合作方式",
            Profile("N", modes=("转让", "入股")),
            Profile("A", modes=("入股", "转让")),
            1.0,
            "双方都接受转让、入股",
        ),
        ("地域", Profile("N", county="长葛市"), Profile("A", county="长葛市"), 1.0, "双方同在长葛市"),
    ],
)
def test_value_and_words(label: str, need: Profile, offer: Profile, value: float, words: str) -> None:
    signal: Signal = SIGNALS[label]
    assert signal.value(need, offer) == pytest.approx(value)
    assert signal.say(need, offer) == words


def test_modes_that_are_no_cooperation_weigh_nothing() -> None:
    assert (
        SIGNALS["合作方式"].value(Profile("N", modes=("其他", "独立研发")), Profile("A", modes=("其他", "独立研发")))
        == 0.0
    )


@pytest.mark.parametrize("label", ["行业", "成熟度", "合作方式", "地域"])
def test_unknown_facts_weigh_nothing(label: str) -> None:
    assert SIGNALS[label].value(Profile("N"), Profile("A")) == 0.0
