"""What explanations need of a matcher: the texts it was fitted on, how it reads them, and its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from matching.lexicon import Lexicon
    from matching.model import Match, Profile
    from matching.prepared import Preparing
    from matching.roles import Roles
    from matching.text import Segmenter


class Ranker(Protocol):
    """The part of ``matcher.Matcher`` that explanations stand on, so that it can call them without a cycle."""

    segmenter: Segmenter
    lexicon: Lexicon
    roles: Roles
    preparing: Preparing

    def offer(self, offer_id: str) -> Profile:
        """Returns an offer by its id. Raises KeyError."""

    def rarity(self, feature: str) -> float:
        """Returns how rare a word or concept is among the offers, within [0, 1]."""

    def rank(self, need: Profile, limit: int) -> list[Match]:
        """Returns the best offers for a need, best first."""

    def score(self, need: Profile, offer_id: str) -> Match:
        """Returns the match of one pair. Raises KeyError."""
