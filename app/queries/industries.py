"""Reads the list of industries (行业/产业) and finds the one that a text names."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.reference import Industry

_SEPARATORS = re.compile(r"[、，,;；/|\s]+")


def every(session: Session) -> list[Industry]:
    """All industries in the order of the list."""
    return list(session.scalars(select(Industry).order_by(Industry.position, Industry.id)))


def named(session: Session, text: str) -> Industry | None:
    """The industry with this name or alias; of a list of words, the first one that names an industry."""
    known: dict[str, Industry] = {}
    for industry in every(session):
        for word in (industry.name, *industry.aliases):
            known.setdefault(_folded(word), industry)
    for word in (text, *_SEPARATORS.split(text)):
        if _folded(word) in known:
            return known[_folded(word)]
    return None


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()
