"""Turns needs and achievements, as they are on offer, into the profiles that the matcher reads."""

from __future__ import annotations

import matching
from app.queries.pairings import OfferedAchievement, OfferedNeed


def of_need(need: OfferedNeed) -> matching.Profile:
    """The need's profile; its id is the row's."""
    return matching.Profile(
        id=str(need.id), title=need.title, body=need.body, keywords=need.keywords, indicators=need.indicators,
        industry=need.industry, county=need.county, modes=need.modes,
    )  # fmt: skip


def of_achievement(offer: OfferedAchievement) -> matching.Profile:
    """The achievement's profile; its id is the row's."""
    return matching.Profile(
        id=str(offer.id), title=offer.title, body=offer.body, keywords=offer.keywords, indicators=offer.indicators,
        industry=offer.industry, maturity=offer.maturity, modes=offer.modes, institute=offer.institute,
    )  # fmt: skip
