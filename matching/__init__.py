"""Ranks achievements for technology needs and says why. Pure: knows no web, no database, no clock.

The public names. ``Matcher`` is imported when it is first asked for, because scikit-learn takes seconds to load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.allotment import Allotment, Candidate, LeftOut, shortlist
from matching.explain import sentence
from matching.model import Match, Profile, Reason, Settings
from matching.text import Segmenter

if TYPE_CHECKING:
    from matching.matcher import Matcher

__all__ = [
    "Allotment",
    "Candidate",
    "LeftOut",
    "Match",
    "Matcher",
    "Profile",
    "Reason",
    "Segmenter",
    "Settings",
    "sentence",
    "shortlist",
]


def __getattr__(name: str) -> object:
    if name == "Matcher":
        from matching.matcher import Matcher

        return Matcher
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
