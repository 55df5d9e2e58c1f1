"""The aspects of a pair: what the additive model weighs. Each lies within [0, 1] and has a Chinese name that can be shown."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

TEXT: Final = "用词"
"""The share of the need's weighted words and characters that the offer covers (``features.py``), over the square root of the
largest share that any offer covers: halfway between what is covered and how the offer compares with the others."""

SAME: Final = "同义"
"""What the need names in one word and the offer in another of the same meaning (``concepts.py``)."""

RELATED: Final = "相关"
"""What the need names and the offer meets with a kind of it, the whole of it, or something that stands close."""

FIGURES: Final = "数值"
"""Figures of the need, with their units, that the offer states alike (``measures.py``)."""

LATENT: Final = "主题"
"""(Like SAME and RELATED less, the more of the need the words of the best offer cover.) How close the two texts lie in the latent space of the catalogue (``latent.py``)."""

INDUSTRY: Final = "行业"
MATURITY: Final = "成熟度"
MODE: Final = "合作方式"
COUNTY: Final = "地域"
SIGNALS: Final = (INDUSTRY, MATURITY, MODE, COUNTY)
"""Coded facts (``signals.py``), each times ``TEXT``: they raise a pair whose texts meet and never make one."""

ASPECTS: Final = (TEXT, SAME, RELATED, FIGURES, LATENT, *SIGNALS)

BY_HAND: Final = MappingProxyType(
    {
        TEXT: 0.205,
        SAME: 0.295,
        RELATED: 0.25,
        FIGURES: 0.17,
        LATENT: 0.065,
        INDUSTRY: 0.005,
        MATURITY: 0.003,
        MODE: 0.0035,
        COUNTY: 0.0035,
    }
)
"""The weights that a person set, before anything was learned. Those of SIGNALS are the most that training may grant them, beside the
others: a fact that any foreign offer can have breaks ties and decides nothing."""
