"""The values that matching speaks in: Profile in, Match and Reason out, and the Settings of a ranking. No numpy here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CONCEPT = "≈"
"""Marks a feature that is a concept and not a word (no word can start with it), and a pair of terms that mean the same."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One technology need or one achievement, as text and as a few coded facts.

    The two sides have the same shape. For an achievement ``industry`` is its field of technology. ``indicators`` is
    the structured rows as one text. Everything but ``id`` may be empty; no field is trusted to be clean.
    """

    id: str
    title: str = ""
    body: str = ""
    keywords: tuple[str, ...] = ()
    indicators: str = ""
    industry: str = ""
    county: str = ""
    maturity: str = ""
    modes: tuple[str, ...] = ()
    institute: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a score.

    ``kind`` is "term" for words found in both texts and "signal" for a coded fact. ``label`` is Chinese and can be
    shown as it is, ``weight`` is the part of the score (>= 0) and ``detail`` is a longer explanation or "". ``figures`` are the
    figures that the reason rests on, weightiest first, each as both texts write it: the need's, the offer's.
    """

    kind: Literal["term", "signal"]
    label: str
    weight: float
    detail: str = ""
    figures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """One offer for one need. ``score`` is within [0, 1] and is the sum of the weights of ``reasons``; ``rank`` starts at 1.

    The rank of a pair that was asked for by name (``Matcher.score``) is its place among all offers. ``level`` is 强, 较强,
    弱 or 无 (``calibration.py``): how likely a pair with this score is an answer.
    """

    offer_id: str
    score: float
    rank: int
    reasons: tuple[Reason, ...]
    level: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a ranking is computed. Part of the fingerprint: a changed setting makes every stored pairing stale.

    ``words_share`` and the rest of 1 weigh the two views of a text: words, and characters with character pairs.
    ``saturation`` and ``length_penalty`` are BM25's k1 and b; ``rarity_power`` is the exponent on the inverse document
    frequency. ``title_repeats`` is how often a title counts. ``concept_weight`` weighs an entry of the synonym table
    against an ordinary word, ``expansion_weight`` a neighbour of a need's concept against the concept. ``wanted_weight`` and ``boilerplate_weight`` multiply the sentences of a need that ask for
    something or only praise; ``negated_weight`` and ``aside_weight`` those of an offer that deny something or speak of
    plans and honours. ``reasons_shown`` is how many shared terms are named one by one; the rest is one reason.
    ``candidates`` is how many offers, best by text, get to the second stage; a smaller catalogue gets there whole.
    """

    words_share: float = 0.4
    saturation: float = 1.0
    length_penalty: float = 0.6
    rarity_power: float = 1.0
    title_repeats: int = 3
    concept_weight: float = 0.5
    expansion_weight: float = 0.1
    wanted_weight: float = 2.0
    boilerplate_weight: float = 0.7
    negated_weight: float = 0.4
    aside_weight: float = 0.3
    reasons_shown: int = 8
    candidates: int = 300

    def __post_init__(self) -> None:
        """Raises ValueError for a setting with which a score would leave [0, 1]."""
        for name in ("words_share", "length_penalty"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie within 0 and 1")
        for name in ("saturation", "rarity_power", "wanted_weight", "title_repeats"):
            if not 0 < getattr(self, name) < 1000:
                raise ValueError(f"{name} must be positive and below 1000")
        if self.candidates < 1:
            raise ValueError("candidates must be at least 1")
        for name in (
            "concept_weight",
            "expansion_weight",
            "boilerplate_weight",
            "negated_weight",
            "aside_weight",
            "reasons_shown",
        ):
            if not 0 <= getattr(self, name) < 1000:
                raise ValueError(f"{name} must lie within 0 and 1000")
