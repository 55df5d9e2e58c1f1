"""Reads the evidence of a pairing as marks in the texts of both sides, section by section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.drafts import AchievementDraft, NeedDraft
from app.domain.highlights import everywhere, pieces, sections
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing

Marks = Mapping[str, Any]
"""Section -> list[Piece]; "keywords" -> a list of these, "rows" -> rows of cells of these."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a pairing's page shows of the evidence: marks of both texts, figures, pairs of terms, what is missing."""

    need: Marks
    achievement: Marks
    pairs: Sequence[Mapping[str, str]]
    figures: Sequence[Mapping[str, str]]
    missing: Sequence[Mapping[str, str]]

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.need or self.achievement or self.pairs or self.figures or self.missing)


def of(pairing: Pairing, need: NeedDraft, achievement: AchievementDraft) -> Found:
    """The evidence of a pairing on the contents as the asker may see them."""
    return found(pairing.evidence, pairing.need, pairing.achievement, need, achievement)


def found(
    evidence: Mapping[str, Any], asked: Need, offered: Achievement, need: NeedDraft, achievement: AchievementDraft
) -> Found:
    """Evidence as `services.evidence` stored it, on the contents as the asker may see them."""
    return Found(
        need=_of_need(evidence.get("need", ()), asked, need),
        achievement=_of_achievement(evidence.get("achievement", ()), offered, achievement),
        pairs=evidence.get("pairs", ()),
        figures=evidence.get("figures", ()),
        missing=evidence.get("missing", ()),
    )


def _of_need(places: Sequence[Mapping[str, Any]], row: Need, seen: NeedDraft) -> Marks:
    parts = ("problem", "key_technology", "goal", "basis")
    marks = _body(places, [(name, getattr(row, name)) for name in parts], seen)
    rows = _in(places, "indicators")
    if rows:
        cells = [(one.name, one.present, one.target, one.unit) for one in seen.indicators]
        marks["rows"] = [[everywhere(cell, rows) for cell in line] for line in cells]
    return _around(marks, places, seen)


def _of_achievement(places: Sequence[Mapping[str, Any]], row: Achievement, seen: AchievementDraft) -> Marks:
    parts = ("summary", "applications", "suitable_for", "market")
    marks = _body(places, [(name, getattr(row, name)) for name in parts], seen)
    if _in(places, "indicators"):
        marks["indicators"] = pieces(seen.indicators, _in(places, "indicators"))
    return _around(marks, places, seen)


def _body(
    places: Sequence[Mapping[str, Any]], parts: Sequence[tuple[str, str]], seen: NeedDraft | AchievementDraft
) -> dict[str, Any]:
    by_part = sections(_in(places, "body"), parts)
    return {name: pieces(getattr(seen, name), held) for name, held in by_part.items()}


def _around(
    marks: dict[str, Any], places: Sequence[Mapping[str, Any]], seen: NeedDraft | AchievementDraft
) -> dict[str, Any]:
    if _in(places, "title"):
        marks["title"] = pieces(seen.title, _in(places, "title"))
    words = _in(places, "keywords")
    if words:
        marks["keywords"] = [
            pieces(word, [one for one in words if one["item"] == number]) for number, word in enumerate(seen.keywords)
        ]
    return marks


def _in(places: Sequence[Mapping[str, Any]], field: str) -> list[Mapping[str, Any]]:
    return [one for one in places if one["field"] == field]
