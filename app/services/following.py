"""What a process knows of the offer between two runs, and which needs a change on offer concerns."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy.orm import Session

from app.queries import pairings as reading
from app.queries.pairings import OfferedAchievement, OfferedNeed
from app.services import profiles, ranking
from app.services.ranking import FLOOR, TOP, Ranker, Recipe
from matching.neighbours import Neighbours

MANY = 40
"""From so many changed achievements on, all needs are ranked again instead of asking which of them are concerned."""

TRIED = 50
"""So many needs, those closest by text, are asked whether a changed achievement enters their lists; what that costs does not grow
with the needs. Lists that it enters for little more than its topic follow with the next whole computation."""

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
    """A ranker, the needs, and the stamps and the mark of the offer that both were read from; `database` tells whose.

    `beside` are the needs as neighbours of each other. `waiting` are ids of needs that are to be ranked again, those first
    for which somebody waits.
    """

    ranker: Ranker
    needs: Mapping[int, OfferedNeed]
    beside: Neighbours
    need_stamps: Mapping[int, str]
    offer_stamps: Mapping[int, str]
    database: str
    mark: str
    waiting: tuple[int, ...] = ()

    @classmethod
    def of(cls, on_offer: Corpus, ranker: Ranker, database: str) -> Knowledge:
        """What is known once the ranker holds this corpus."""
        needs = {need.id: need for need in on_offer.needs}
        beside = neighbours(needs.values(), ranker)
        return cls(ranker, needs, beside, on_offer.need_stamps, on_offer.offer_stamps, database, on_offer.mark)


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
    ranker = Ranker(on_offer.offers, on_offer.recipe, cache_dir, saved=True)
    return Knowledge.of(on_offer, ranker, address(session))


def neighbours(needs: Iterable[OfferedNeed], ranker: Ranker) -> Neighbours:
    """Needs beside each other, read as the ranker reads them."""
    return Neighbours([profiles.of_need(need) for need in needs], ranker.matcher)


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


def follow(known: Knowledge, found: Difference) -> Knowledge:
    """Take the difference into the ranker; what is known then, with the needs whose lists may have changed among those that wait."""
    known.ranker.follow(found.offers, found.gone)
    new = [need.id for need in found.needs]
    kept = {number: need for number, need in known.needs.items() if number in found.need_stamps}
    needs = kept | {need.id: need for need in found.needs}
    after = replace(
        known, needs=needs, beside=_beside(known, needs, found), need_stamps=found.need_stamps,
        offer_stamps=found.offer_stamps, mark=found.mark,
    )  # fmt: skip
    entered = _entered(after, found, found.concerned.union(new))
    rest = sorted(found.concerned.difference(new))
    waiting = dict.fromkeys([*new, *entered, *rest, *known.waiting])
    return replace(after, waiting=tuple(number for number in waiting if number in needs))


def _beside(known: Knowledge, needs: Mapping[int, OfferedNeed], found: Difference) -> Neighbours:
    """The neighbours with what changed of the needs; whoever reads goes on with the old ones."""
    gone = known.needs.keys() - needs.keys()
    if not gone and not found.needs:
        return known.beside
    beside = known.beside.copy()
    for number in gone:
        beside.remove(str(number))
    for need in found.needs:
        beside.put(profiles.of_need(need))
    return beside


def _entered(known: Knowledge, found: Difference, besides: Collection[int]) -> list[int]:
    """The needs, but these, whose lists one of the changed achievements may now enter; where it scores highest first."""
    rest = [number for number in known.needs if number not in besides]
    if len(found.offers) >= MANY:
        return rest
    if len(rest) > TRIED:
        near = {
            int(name) for one in found.offers for name in known.beside.close_to(profiles.of_achievement(one), TRIED)
        }
        rest = [number for number in rest if number in near]
    scores = known.ranker.scores([known.needs[number] for number in rest], [offer.id for offer in found.offers])
    best: dict[int, float] = {}
    for (number, _), score in scores.items():
        if score >= max(FLOOR, found.places.get(number, 0.0) - _EQUAL):
            best[number] = max(score, best.get(number, 0.0))
    return sorted(best, key=lambda number: (-best[number], number))
