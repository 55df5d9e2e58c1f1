"""Computes which pairings a deed to the lexicon would change: the same offer, ranked with the lexicon of now and of then.

Computing takes seconds and happens outside any transaction. Both sides are computed anew, so that the difference is the
entry's alone and not that of texts that changed since the pairings were stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import matching
from app.models.lexicon_entry import LexiconPreview
from app.queries import pairings, ranking_models
from app.services import learning, lexicon, profiles, ranking
from matching.lexicon import Lexicon
from matching.reranker import Model

MOST_KEPT = 300
"""Changed pairings that are stored one by one; the figures count all."""

Places = Mapping[tuple[int, int], matching.Match]
"""(need id, achievement id) -> the match, of the recommendations of every need."""


@dataclass(frozen=True, slots=True)
class Task:
    """Everything one preview needs, read at one moment."""

    preview_id: int
    needs: Sequence[matching.Profile]
    offers: Sequence[matching.Profile]
    before: Lexicon
    after: Lexicon
    model: Model
    mark: str


@dataclass(frozen=True, slots=True)
class Difference:
    """`figures` counts all changes, `changes` holds the weightiest of them."""

    figures: dict[str, float]
    changes: list[dict[str, Any]]


def task(session: Session, preview_id: int) -> Task | None:
    """What to compute for a preview; None when it is done, gone, or about what the entry no longer is. Read only."""
    preview = session.get(LexiconPreview, preview_id)
    if preview is None or preview.done_at is not None or preview.error:
        return None
    if preview.line != preview.entry.line or preview.deed != lexicon.deed_of(preview.entry):
        return None
    return Task(
        preview_id=preview.id,
        needs=[profiles.of_need(one) for one in pairings.offered_needs(session)],
        offers=[profiles.of_achievement(one) for one in pairings.offered_achievements(session)],
        before=lexicon.current(session),
        after=lexicon.with_deed(session, preview.entry, preview.deed),
        model=learning.active(session),
        mark=f"{pairings.mark(session)}-{ranking_models.mark(session)}",
    )


def compute(work: Task, cache_dir: Path) -> Difference:
    """Rank twice and compare. Touches no database."""
    before = matching.Segmenter(cache_dir, work.before.words)
    same = work.before.words == work.after.words
    after = before if same else matching.Segmenter(cache_dir, work.after.words)
    return compared(_ranked(work, work.before, before), _ranked(work, work.after, after), len(work.needs))


def _ranked(work: Task, words: Lexicon, segmenter: matching.Segmenter) -> Places:
    if not work.needs or not work.offers:
        return {}
    matcher = matching.Matcher(work.offers, segmenter, model=work.model, lexicon=words)
    ranked = matcher.rank_all(list(work.needs), ranking.TOP)
    return {
        (int(need.id), int(match.offer_id)): match
        for need, matches in zip(work.needs, ranked, strict=True)
        for match in matches
        if match.score >= ranking.FLOOR
    }


def compared(before: Places, after: Places, needs: int) -> Difference:
    """What differs: recommendations that come in and go out, other ranks and levels; other scores are counted only."""
    figures: dict[str, float] = dict.fromkeys(("in", "out", "moved", "level", "score", "same"), 0)
    found: list[tuple[tuple[float, ...], dict[str, Any]]] = []
    touched: set[int] = set()
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        kind = _kind(old, new)
        figures[kind] += 1
        if kind in {"same", "score"}:
            continue
        touched.add(key[0])
        change = {"need": key[0], "achievement": key[1], "kind": kind, "old": _place(old), "new": _place(new)}
        found.append((_weight(old, new), change))
    found.sort(key=lambda one: (one[0], one[1]["need"], one[1]["achievement"]))
    figures |= {"needs": needs, "needs_changed": len(touched)}
    return Difference(figures, [change for _, change in found[:MOST_KEPT]])


def _kind(old: matching.Match | None, new: matching.Match | None) -> str:
    if old is None or new is None:
        return "in" if old is None else "out"
    if old.level != new.level:
        return "level"
    if old.rank != new.rank:
        return "moved"
    return "score" if abs(old.score - new.score) > 1e-9 else "same"


def _weight(old: matching.Match | None, new: matching.Match | None) -> tuple[float, ...]:
    """What stands first in the list: what concerns the best places, then what changes the score most."""
    best = min(one.rank for one in (old, new) if one is not None)
    change = abs((new.score if new else 0.0) - (old.score if old else 0.0))
    return (best, -change)


def _place(match: matching.Match | None) -> dict[str, Any] | None:
    return None if match is None else {"rank": match.rank, "score": round(match.score, 6), "level": match.level}


def store(session: Session, preview_id: int, mark: str, found: Difference, now: datetime) -> None:
    """Write the result; a preview that is gone or done meanwhile is left alone."""
    preview = session.get(LexiconPreview, preview_id)
    if preview is not None and preview.done_at is None:
        preview.figures, preview.changes = found.figures, found.changes
        preview.mark, preview.done_at = mark, now


def fail(session: Session, preview_id: int, words: str) -> None:
    """Note that it could not be computed, so that nobody waits for it and it is not tried for ever."""
    preview = session.get(LexiconPreview, preview_id)
    if preview is not None and preview.done_at is None:
        preview.error = words


def outdated(session: Session, preview: LexiconPreview) -> bool:
    """Whether the offer, the lexicon or the model changed since a preview was computed."""
    return preview.done_at is not None and preview.mark != f"{pairings.mark(session)}-{ranking_models.mark(session)}"
