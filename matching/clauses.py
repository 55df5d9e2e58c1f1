"""The clauses of a text as it was typed, which of them say what is wanted, and the quantities in them with their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from matching.quantities import Quantity, quantities
from matching.roles import Roles
from matching.text import normalise, wordlike

_END = re.compile(r"[。;；!！?？\n]|(?<!\d)[,，]|[,，](?!\d)")
SITUATION = re.compile(
    r"目前|现有|现用|现在|^现|实测|只有|只剩|仅[有为]|去年|今年|原来|原有|一直|经常|长期|往往|普遍|投诉|年产|产能|规模|造成|导致|损失|返修|报废"
)
_CHANGE = re.compile(r"(?P<way>下降|降低|减少|缩短|降|减|提高|提升|增加|延长)(?!到|至|为)")
CHANGES = dict.fromkeys(("下降", "降低", "减少", "缩短", "降", "减"), "下降") | dict.fromkeys(
    ("提高", "提升", "增加", "延长"), "提高"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a typed text between two punctuation marks, and whether it says what is wanted."""

    start: int
    end: int
    wanted: bool


def clauses(text: str, roles: Roles) -> list[Clause]:
    """Returns the clauses of a typed text of a need.

    A clause is wanted from the first cue word (希望, 要求) on, until a clause speaks of the present state (目前, 实测).
    """
    found: list[Clause] = []
    wishing = False
    for start, end in _pieces(text):
        piece = normalise(text[start:end])
        if piece:
            wishing = wishing or roles.asked(piece, 2.0, 1.0) > 1.0
            found.append(Clause(start, end, wishing and SITUATION.search(piece) is None))
    return found


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for hit in _END.finditer(text):
        yield start, hit.start()
        start = hit.start() + 1
    yield start, len(text)


def _plain_clauses(text: str) -> list[Clause]:
    """Returns the clauses of an offer's text, which wants nothing."""
    return [Clause(start, end, wanted=False) for start, end in _pieces(text) if _says_something(text[start:end])]


def _says_something(piece: str) -> bool:
    """Says whether a piece of a typed text is more than signs and markup once it is cleaned."""
    return (wordlike(piece) and "<" not in piece and "&" not in piece) or normalise(piece) != ""


def measured(text: str, roles: Roles | None = None) -> list[tuple[Clause, Quantity]]:
    """Returns the quantities of a typed text with their clauses; ``about`` is empty where the name stands in another clause.

    A change in percent is named as such: "酸耗下降" for "酸耗降70%", so that it is never compared with a share. Without
    ``roles`` the text is an offer's, and no clause is wanted.
    """
    held = quantities(text)
    if not held:
        return []
    parts = _plain_clauses(text) if roles is None else clauses(text, roles)
    found: list[tuple[Clause, Quantity]] = []
    before: Quantity | None = None
    place = 0
    for quantity in held:
        while place < len(parts) - 1 and parts[place].end < quantity.start:
            place += 1
        clause = parts[place] if parts else Clause(0, len(text), wanted=False)
        near = clause.start
        if before is not None and before.dimension != quantity.dimension:
            near = max(near, before.end)
        lead = text[near : quantity.start]
        about = quantity.about if quantity.about in lead else ""
        if about and quantity.dimension == "ratio":
            change = _CHANGE.search(lead.rpartition(about)[2])
            about += CHANGES[change["way"]] if change else ""
        found.append((clause, replace(quantity, about=about)))
        before = quantity
    return found


def same_change(one: str, other: str) -> bool:
    """Says whether two names both speak of a value, or both of a change in the same direction."""
    return all(one.endswith(way) == other.endswith(way) for way in set(CHANGES.values()))
