"""Owns how places of evidence become marked pieces of the texts that a page shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KINDS = ("meets", "misses", "open", "same", "related", "shared", "missing")
"""What a mark can say. Where two places meet, the kind that comes first here is shown."""

Place = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `kind` is one of KINDS, or "" for what is not marked, `title` what the mark says."""

    text: str
    kind: str = ""
    title: str = ""


def pieces(text: str, places: Iterable[Place]) -> list[Piece]:
    """The text cut at the places that still hold what they held; no two marks overlap. Together they are the text."""
    fitting = [one for one in places if one["kind"] in KINDS and text[one["start"] : one["end"]] == one["text"] != ""]
    fitting.sort(key=lambda one: (KINDS.index(one["kind"]), one["start"] - one["end"], one["start"]))
    taken: list[Place] = []
    for one in fitting:
        if all(one["end"] <= other["start"] or other["end"] <= one["start"] for other in taken):
            taken.append(one)
    found: list[Piece] = []
    end = 0
    for one in sorted(taken, key=lambda place: int(place["start"])):
        if one["start"] > end:
            found.append(Piece(text[end : one["start"]]))
        found.append(Piece(one["text"], one["kind"], one["title"]))
        end = one["end"]
    return [*found, Piece(text[end:])] if end < len(text) else found


def sections(places: Iterable[Place], parts: Sequence[tuple[str, str]]) -> dict[str, list[Place]]:
    """The places of a text that was joined of parts (name, text) by line ends, empty ones left out; by part.

    Places then count from the beginning of their part; what runs over the end of one is left out.
    """
    found: dict[str, list[Place]] = {}
    start = 0
    bounds = []
    for name, text in parts:
        if text:
            bounds.append((name, start, start + len(text)))
            start += len(text) + 1
    for one in places:
        for name, first, last in bounds:
            if first <= one["start"] and one["end"] <= last:
                moved = {**one, "start": one["start"] - first, "end": one["end"] - first}
                found.setdefault(name, []).append(moved)
    return found


def everywhere(text: str, places: Iterable[Place]) -> list[Piece]:
    """The text with marks wherever it holds what one of the places held, wherever that stood."""
    again = []
    for one in places:
        start = text.find(one["text"]) if one["text"] else -1
        while start >= 0:
            again.append({**one, "start": start, "end": start + len(one["text"])})
            start = text.find(one["text"], start + 1)
    return pieces(text, again)
