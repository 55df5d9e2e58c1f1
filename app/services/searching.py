"""Free-text search in what is on offer, from an index that the process holds: typing mistakes, synonyms, places of the hits.

The index holds only what anyone may read: texts without contacts and without the names of those who stay anonymous. It
follows the offer; what a page shows of the hits is decided by its own query.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from sqlalchemy.orm import Session

import matching
from app.domain.masking import without_contacts, without_name
from app.models.achievement import Achievement
from app.models.need import Need
from app.queries import catalogue
from app.queries.finding import Related
from app.queries.pairings import OfferedAchievement, OfferedNeed
from app.services import asking, background, profiles
from app.services.following import Knowledge
from matching.catalogue_search import Search
from matching.places import Span

Kind = Literal["need", "achievement"]
Offered = OfferedNeed | OfferedAchievement

MOST = 200
"""Hits of a search."""

AT_ONCE = 20
"""So many changed records are taken into an index while a page waits; more make a new index in the background."""


@dataclass
class _Shelf:
    """The index of one side of one database, and what it was made of."""

    search: Search
    recipe: str
    database: str
    held: dict[int, Offered]
    texts: dict[int, matching.Profile]


@dataclass
class _Shelves:
    lock: threading.Lock = field(default_factory=threading.Lock)
    of: dict[Kind, _Shelf] = field(default_factory=dict)


_shelves = _Shelves()


def find(session: Session, kind: Kind, text: str, cache_dir: Path, *, gather: bool = True) -> Related | None:
    """The records that hold most of a text, best first; None while this process holds no index: then search otherwise.

    `gather`: whether to begin to make one in the background.
    """
    known = asking.ready(session, cache_dir, gather=gather)
    if known is None:
        return None
    with _shelves.lock:
        shelf = _shelves.of.get(kind)
        fits = shelf is not None and (shelf.recipe, shelf.database) == (known.ranker.recipe.mark, known.database)
        side = _side(session, known, kind)
        if not fits or shelf is None or not _follow(shelf, side):
            if gather:
                background.begin(f"index-{kind}", partial(build, kind, known, side))
            if not fits or shelf is None:
                return None
        found = shelf.search.find(text, MOST)
        return Related(
            ids=tuple(int(hit.id) for hit in found.hits),
            terms={int(hit.id): _terms(shelf.texts[int(hit.id)], hit.spans) for hit in found.hits},
            corrected=tuple(dict.fromkeys(found.corrected)),
        )


def build(kind: Kind, known: Knowledge, side: Mapping[int, Offered]) -> None:
    """Make the index of one side and put it in place of the one before."""
    texts = {number: _readable(one) for number, one in side.items()}
    search = Search(list(texts.values()), known.ranker.matcher)
    with _shelves.lock:
        _shelves.of[kind] = _Shelf(search, known.ranker.recipe.mark, known.database, dict(side), texts)


def prepare(session: Session, kind: Kind, known: Knowledge) -> None:
    """Make the index of one side now, for whoever may wait."""
    build(kind, known, _side(session, known, kind))


def _side(session: Session, known: Knowledge, kind: Kind) -> dict[int, Offered]:
    """What is known of those records that anyone may see: nobody's words are proposed who shows himself to few."""
    shown = catalogue.public_ids(session, Need if kind == "need" else Achievement)
    held: Mapping[int, Offered] = known.needs if kind == "need" else known.ranker.offers
    return {number: one for number, one in held.items() if number in shown}


def _follow(shelf: _Shelf, now: dict[int, Offered]) -> bool:
    """Take in what changed; False when that is so much that the index should be made anew."""
    if shelf.held == now:
        return True
    changed = [one for number, one in now.items() if shelf.held.get(number) != one]
    gone = [number for number in shelf.held if number not in now]
    if len(changed) + len(gone) > AT_ONCE:
        return False
    for one in changed:
        shelf.texts[one.id] = _readable(one)
        shelf.search.put(shelf.texts[one.id])
    for number in gone:
        shelf.search.remove(str(number))
        del shelf.texts[number]
    shelf.held = now
    return True


def _readable(one: Offered) -> matching.Profile:
    """What anyone may read of a record."""

    def plain(text: str) -> str:
        text = without_contacts(text)
        return without_name(text, one.hidden) if one.hidden else text

    profile = profiles.of_need(one) if isinstance(one, OfferedNeed) else profiles.of_achievement(one)
    return replace(
        profile,
        title=plain(profile.title),
        body=plain(profile.body),
        indicators=plain(profile.indicators),
        keywords=tuple(map(plain, profile.keywords)),
    )


def _terms(profile: matching.Profile, spans: tuple[Span, ...]) -> tuple[str, ...]:
    """What stands at the places of a hit, each spelling once."""
    said = []
    for span in spans:
        text = profile.keywords[span.item] if span.field == "keywords" else getattr(profile, span.field)
        said.append(text[span.start : span.end])
    return tuple(dict.fromkeys(said))
