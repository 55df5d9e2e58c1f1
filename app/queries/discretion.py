"""Keeps a search from telling what a page leaves out: the name of who stays anonymous, and ways to reach people.

A record is found by what its reader may read. The database finds it by all its text, so those hits are looked at once
more that could owe it to a masked part: the anonymous ones, and all of them when a word could be of a number or an
address.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session, joinedload

from app.domain.masking import without_contacts, without_name
from app.domain.vocabulary import Visibility
from app.models.achievement import Achievement
from app.models.need import Need

Record = TypeVar("Record", Need, Achievement)

SEARCHED = {
    Need: ("title", "number", "problem", "key_technology", "goal", "industry_text"),
    Achievement: ("title", "number", "summary", "indicators", "applications", "industry_text"),
}


def untold(
    session: Session, hits: Select[Record], table: type[Record], words: Sequence[str], known: Collection[int] = ()
) -> list[int]:
    """Ids of the hits that their reader would not find the words in.

    `known`: ids of the records of which the reader may read everything.
    """
    if not words:
        return []
    chosen = hits.options(joinedload(table.organisation)).where(table.id.not_in(known))
    if not any(_could_reach(word) for word in words):
        chosen = chosen.where(table.visibility == Visibility.ANONYMOUS.value)
    return [row.id for row in session.scalars(chosen).unique() if not _says(row, SEARCHED[table], words)]


def _could_reach(word: str) -> bool:
    return "@" in word or any(sign.isdigit() for sign in word) or word.isascii()


def _says(row: Need | Achievement, columns: Sequence[str], words: Sequence[str]) -> bool:
    """Whether all the words stand in what anyone may read of the record."""
    hidden = row.organisation.name if row.visibility == Visibility.ANONYMOUS.value else ""
    parts = [str(getattr(row, column) or "") for column in columns] + list(row.keywords)
    if row.industry is not None:
        parts.append(row.industry.name)
    readable = "\n".join(without_contacts(part) for part in parts)
    readable = without_name(readable, hidden) if hidden else f"{readable}\n{row.organisation.name}"
    return all(word.casefold() in readable.casefold() for word in words)
