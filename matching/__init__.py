"""Ranks achievements for technology needs and says why. Pure: knows no web, no database, no clock.

The public names. Those that compute are imported when they are first asked for, because scikit-learn takes seconds to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from matching.allotment import Allotment, Candidate, Caps, LeftOut, shortlist
from matching.explain import sentence
from matching.model import Match, Profile, Reason, Settings
from matching.text import Segmenter

if TYPE_CHECKING:
    from matching.catalogue_search import Search
    from matching.comparison import WhyNot
    from matching.coverage import covering, help_for
    from matching.dense import DenseMatcher, DenseSettings
    from matching.duplicates import near_duplicates
    from matching.explanation import Explanation, explain_matches
    from matching.matcher import Matcher
    from matching.neighbours import Neighbours, needs_for

__all__ = [
    "Allotment",
    "Candidate",
    "Caps",
    "DenseMatcher",
    "DenseSettings",
    "Explanation",
    "LeftOut",
    "Match",
    "Matcher",
    "Neighbours",
    "Profile",
    "Reason",
    "Search",
    "Segmenter",
    "Settings",
    "WhyNot",
    "covering",
    "explain_matches",
    "help_for",
    "near_duplicates",
    "needs_for",
    "sentence",
    "shortlist",
]

_LATE = {
    "DenseMatcher": "dense",
    "DenseSettings": "dense",
    "Explanation": "explanation",
    "Matcher": "matcher",
    "Neighbours": "neighbours",
    "Search": "catalogue_search",
    "WhyNot": "comparison",
    "covering": "coverage",
    "explain_matches": "explanation",
    "help_for": "coverage",
    "near_duplicates": "duplicates",
    "needs_for": "neighbours",
}


def __getattr__(name: str) -> object:
    if name in _LATE:
        return getattr(import_module(f"matching.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
