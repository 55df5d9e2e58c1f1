"""How a list takes in what an index found for a text: beside the records that hold the very words, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_

from app.models.achievement import Achievement
from app.models.need import Need


@dataclass(frozen=True, slots=True)
class Related:
    """What an index found for a text, best first: ids, the spellings found in each, and (typed, taken for) of mistakes."""

    ids: tuple[int, ...]
    terms: Mapping[int, tuple[str, ...]]
    corrected: tuple[tuple[str, str], ...] = ()


def fitting(
    literally: ColumnElement[bool], table: type[Need | Achievement], related: Related | None
) -> ColumnElement[bool]:
    """Whether a record holds the words literally or was found by the index."""
    return literally if related is None else or_(literally, table.id.in_(related.ids))


def nearest(
    table: type[Need | Achievement],
    words: Iterable[str],
    related: Related | None,
    literally: ColumnElement[bool] | None = None,
) -> tuple[Any, ...]:
    """The order of a search: hits in the title first, then as the index ranks them; to be followed by the list's own.

    With an index all words must be in the title to come first, for it knows better which one of them tells more. `literally`:
    what the index may not know, such as names of organisations, and what comes before anything it found by other words.
    """
    hits = [table.title.icontains(word, autoescape=True) for word in words]
    if not hits:
        return ()
    if related is None:
        return (case((or_(*hits), 0), else_=1),)
    spoken = [] if literally is None else [(literally, 1)]
    first = case((and_(*hits), 0), *spoken, else_=2)
    if not related.ids:
        return (first,)
    places = {number: place for place, number in enumerate(related.ids)}
    return (first, case(places, value=table.id, else_=len(places)))
