"""The coded facts behind a score: industry, maturity, cooperation mode, county. Named, bounded, additive.

A signal's value lies within [0, 1] and reads one fact of the offer. Its aspect is value * text score: the facts raise a pair
whose texts meet and never make one of two texts that have nothing in common.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache

from matching.aspects import COUNTY, INDUSTRY, MATURITY, MODE
from matching.model import Profile
from matching.text import normalise

_PART = re.compile(r"[^\W_]+")

_EMPTY_WORDS = ("产业", "行业", "制造业", "制品", "设备", "领域", "技术", "其他", "其它")

_STAGES = (
    (1.0, ("产业化", "量产", "成熟", "推广应用", "系统级", "产品级")),
    (0.8, ("样品", "样机", "示范", "正样", "环境级")),
    (0.7, ("中试", "中期", "初样")),
    (0.35, ("小试", "仿真级")),
    (0.0, ("实验室", "研发", "报告级", "方案级", "功能级", "初期")),
)

_LONELY_MODES = ("", "独立研发", "其他", "其它")
"""Cooperation modes that say nothing about working together when both sides name them."""

_STAGE_NAMES = ("小试", "中试", "产业化", "量产")


@dataclass(frozen=True, slots=True)
class Signal:
    """One fact. ``fact`` picks what is read of an offer, ``value`` weighs it for a need, ``say`` puts it in Chinese."""

    label: str
    fact: Callable[[Profile], Hashable]
    value: Callable[[Profile, Profile], float]
    say: Callable[[Profile, Profile], str]


def _industry(need: Profile, offer: Profile) -> float:
    return kinship(need.industry, offer.industry)


@lru_cache(maxsize=20_000)
def kinship(one: str, other: str) -> float:
    """Returns how much two industry names have in common, within [0, 1]: the shared part of the shorter one's pairs."""
    mine, theirs = _pairs(one), _pairs(other)
    if not mine or not theirs:
        return 0.0
    return len(mine & theirs) / min(len(mine), len(theirs))


@lru_cache(maxsize=5_000)
def _pairs(name: str) -> frozenset[str]:
    text = normalise(name)
    for word in _EMPTY_WORDS:
        text = text.replace(word, " ")
    return frozenset(part[start : start + 2] for part in _PART.findall(text) for start in range(max(1, len(part) - 1)))


def _say_industry(need: Profile, offer: Profile) -> str:
    if normalise(need.industry) == normalise(offer.industry):
        return f"行业同属{need.industry}"
    return f"行业相近（需求属{need.industry}，成果属{offer.industry}）"


def _maturity(_need: Profile, offer: Profile) -> float:
    stage = normalise(offer.maturity)
    return next((value for value, words in _STAGES if any(word in stage for word in words)), 0.0)


def _say_maturity(_need: Profile, offer: Profile) -> str:
    if normalise(offer.maturity) in _STAGE_NAMES:
        return f"成果已到{offer.maturity}阶段"
    return f"成果成熟度为“{offer.maturity}”"


def _shared_modes(need: Profile, offer: Profile) -> list[str]:
    return [mode for mode in need.modes if mode in offer.modes and mode not in _LONELY_MODES]


def _mode(need: Profile, offer: Profile) -> float:
    return 1.0 if _shared_modes(need, offer) else 0.0


def _say_mode(need: Profile, offer: Profile) -> str:
    return f"双方都接受{'、'.join(_shared_modes(need, offer))}"


def _county(need: Profile, offer: Profile) -> float:
    return 1.0 if need.county and need.county == offer.county else 0.0


def _say_county(need: Profile, _offer: Profile) -> str:
    return f"双方同在{need.county}"


SIGNALS = (
    Signal(INDUSTRY, lambda offer: offer.industry, _industry, _say_industry),
    Signal(MATURITY, lambda offer: offer.maturity, _maturity, _say_maturity),
    Signal(MODE, lambda offer: offer.modes, _mode, _say_mode),
    Signal(COUNTY, lambda offer: offer.county, _county, _say_county),
)
"""The signals in the order in which they are shown."""
