"""What a process knows of the offer between two runs, and which needs a change on offer concerns."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from app.queries import pairings as reading
from app.queries.pairings import OfferedAchievement, OfferedNeed
from app.services import ranking
from app.services.ranking import FLOOR, TOP, Ranker, Recipe

MANY = 40
"""From so many changed achievements on, all needs are ranked again instead of asking which of them are concerned."""

_EQUAL = 1e-9
"""Scores closer than this count as equal."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything on offer at one moment. `asked_for` are pairs whose score is wanted whatever their rank.

    `need_stamps` and `offer_stamps` (queries.pairings.stamps), the ranking's `recipe` and `mark` are those of that moment.
    """

    needs: tuple[OfferedNeed, ...]
    offers: tuple[OfferedAchievement, ...]
    asked_for: tuple[tuple[int, int], ...]
    need_stamps: Mapping[int, str]
    offer_stamps: Mapping[int, str]
    recipe: Recipe
    mark: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A ranker, the needs, and the stamps of the offer that both were read from; `database` tells whose."""

    ranker: Ranker
    needs: Mapping[int, OfferedNeed]
    need_stamps: Mapping[int, str]
    offer_stamps: Mapping[int, str]
    database: str

    @classmethod
    def of(cls, on_offer: Corpus, ranker: Ranker, session: Session) -> Knowledge:
        """What is known once the ranker holds this corpus."""
        needs = {need.id: need for need in on_offer.needs}
        return cls(ranker, needs, on_offer.need_stamps, on_offer.offer_stamps, address(session))


@dataclass
class Warm:
    """The process's knowledge. `lock` is held from looking at the offer until what came out is stored."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    known: Knowledge | None = None


warm = Warm()


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed on offer since `Knowledge` was gathered.

    `needs` and `offers` are new or have other texts, `gone` are the achievements that left. `concerned` are the needs that
    hold one of these achievements or wait for a score, `places` the scores that newcomers to full lists must reach.
    """

    needs: tuple[OfferedNeed, ...]
    offers: tuple[OfferedAchievement, ...]
    gone: frozenset[int]
    concerned: frozenset[int]
    places: Mapping[int, float]
    need_stamps: Mapping[int, str]
    offer_stamps: Mapping[int, str]
    mark: str


def address(session: Session) -> str:
    """Which database the session works on."""
    return str(session.get_bind().engine.url)


def mark(session: Session) -> str:
    """A short text that changes whenever other pairings might come out: with what is on offer, and with the ranking."""
    return f"{ranking.recipe_mark(session)}-{reading.mark(session)}"


def corpus(session: Session) -> Corpus:
    """What is on offer now. Read only."""
    now, recipe = mark(session), ranking.recipe(session)
    need_stamps, offer_stamps = reading.stamps(session)
    return Corpus(
        needs=tuple(reading.offered_needs(session)),
        offers=tuple(reading.offered_achievements(session)),
        asked_for=tuple(reading.asked_for(session)),
        need_stamps=need_stamps,
        offer_stamps=offer_stamps,
        recipe=recipe,
        mark=now,
    )


def learn(session: Session, cache_dir: Path) -> Knowledge:
    """What there is to know of the offer, gathered now, for whoever only reads. Ends the session's transaction."""
    on_offer = corpus(session)
    session.rollback()  # no snapshot is held while the matcher is fitted
    return Knowledge.of(on_offer, Ranker(on_offer.offers, on_offer.recipe, cache_dir, saved=True), session)


def usable(session: Session) -> Knowledge | None:
    """What this process knows of this database."""
    known = warm.known
    return known if known is not None and known.database == address(session) else None


def difference(session: Session, known: Knowledge) -> Difference:
    """What changed since. Read only; texts are loaded of what changed alone."""
    now = mark(session)
    need_stamps, offer_stamps = reading.stamps(session)
    needs = _changed(known.need_stamps, need_stamps)
    offers = _changed(known.offer_stamps, offer_stamps)
    gone = frozenset(known.offer_stamps) - frozenset(offer_stamps)
    moved = gone.union(offers)
    held = reading.holders(session, moved, TOP) if moved else set()
    return Difference(
        needs=tuple(reading.offered_needs(session, needs)) if needs else (),
        offers=tuple(reading.offered_achievements(session, offers)) if offers else (),
        gone=gone,
        concerned=frozenset(held | reading.unscored(session)),
        places=reading.last_places(session, TOP) if offers else {},
        need_stamps=need_stamps,
        offer_stamps=offer_stamps,
        mark=now,
    )


def _changed(before: Mapping[int, str], now: Mapping[int, str]) -> list[int]:
    return [number for number, stamp in now.items() if before.get(number) != stamp]


def follow(known: Knowledge, found: Difference) -> tuple[Knowledge, list[OfferedNeed]]:
    """Take the difference into the ranker; what is known then, and the needs whose lists may have changed."""
    known.ranker.follow(found.offers, found.gone)
    kept = {number: need for number, need in known.needs.items() if number in found.need_stamps}
    needs = kept | {need.id: need for need in found.needs}
    new = {need.id for need in found.needs}
    rest = [need for number, need in needs.items() if number not in new | found.concerned]
    concerned = new | found.concerned | _entered(known.ranker, rest, found)
    after = Knowledge(known.ranker, needs, found.need_stamps, found.offer_stamps, known.database)
    return after, [need for number, need in needs.items() if number in concerned]


def _entered(ranker: Ranker, needs: Collection[OfferedNeed], found: Difference) -> set[int]:
    """The needs whose lists one of the changed achievements may now enter."""
    if len(found.offers) >= MANY:
        return {need.id for need in needs}
    scores = ranker.scores(needs, [offer.id for offer in found.offers])
    places = found.places
    return {key[0] for key, score in scores.items() if score >= max(FLOOR, places.get(key[0], 0.0) - _EQUAL)}
