"""What a need asks for, with places: its wanted clauses, the terms it wants and the quantities it requires."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matching.clauses import CHANGES, SITUATION, Clause, clauses, measured
from matching.model import CONCEPT
from matching.phrases import fit_for_label, names_something, phrases
from matching.places import Fields, Line, Span
from matching.quantities import Quantity
from matching.roles import Roles
from matching.text import normalise

if TYPE_CHECKING:
    from matching.lexicon import Lexicon
    from matching.ranker import Ranker
    from matching.text import Segmenter

LONGEST_LABEL = 12
"""Characters of a label; a longer phrase is a sentence, not a name."""

MOST_REQUIRED, MOST_WANTED = 50, 200
"""Quantities and terms of one need that are looked at; filings have a tenth of them."""

_WIDE = str.maketrans("０１２３４５６７８９．％～", "0123456789.%~")
_BOUND_WORDS = re.compile(
    r"^(?:≤|≥|<=|>=|<|>|±|\+/-|不低于|不少于|不小于|不得低于|不得少于|不得小于|不下于|至少|最低|最少|大于等于|大于或等于|高于|超过|大于|多于|超出|突破|不高于|不超过|不大于|不多于"
    r"|不得超过|不得高于|不得大于|不超出|至多|最高|最大|最多|小于等于|小于或等于|控制在|控制到|低于|小于|少于|不足|不到|正负)?\s?(?:约|在|于|为)?\s?"
    r"(?P<bare>.*?)(?:以内|之内|以下|之下|及以下|内|以上|之上|及以上|起)?$",
    re.DOTALL,
)
_SIGN = {"<=": "≤", ">=": "≥", "<": "<", ">": ">", "±": "±", "=": "", "range": ""}


@dataclass(frozen=True, slots=True)
class Requirement:
    """A quantity that a need asks for. ``name`` is what is measured, fit for a label, or ""; ``said`` is "≤25 μm"."""

    quantity: Quantity
    span: Span
    name: str
    said: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A term that a need asks for: as it is spelled, normalised, its concept in the thesaurus or "", rarity within [0, 1]."""

    spelled: str
    term: str
    concept: str
    rarity: float
    spans: tuple[Span, ...]


def requirements(fields: Fields, roles: Roles, segmenter: Segmenter) -> list[Requirement]:
    """Returns the quantities a need asks for, in order: all of its indicators, and in its text those of wanted clauses.

    Elsewhere only a bound (≤, 不低于) counts, unless the clause describes the present state.
    """
    found: list[Requirement] = []
    for line in fields.lines:
        if line.field == "keywords":
            continue
        for clause, quantity in measured(line.typed, roles):
            if len(found) < MOST_REQUIRED and (line.field == "indicators" or _required(line.typed, clause, quantity)):
                span = Span(line.field, line.item, quantity.start, quantity.end)
                found.append(Requirement(quantity, span, measure_name(quantity.about, segmenter), said(quantity)))
    return found


def _required(text: str, clause: Clause, quantity: Quantity) -> bool:
    if quantity.comparator == "=" and not any(one.isdigit() for one in quantity.text):
        return False  # 一年, 一半: no figure
    if clause.wanted:
        return True
    bound = quantity.comparator in {"<=", ">=", "±"}
    return (
        bound and SITUATION.search(normalise(text[clause.start : clause.end])) is None and quantity.text[:1] in "≤≥±<>"
    )


def said(quantity: Quantity) -> str:
    """Returns a quantity in short: sign, number and unit ("≤25μm" for "25μm以内")."""
    sign, text = _SIGN[quantity.comparator], quantity.text.translate(_WIDE).strip()
    hit = _BOUND_WORDS.match(text) if sign else None
    return f"{sign}{hit['bare'].strip()}" if hit and hit["bare"] else text


def measure_name(about: str, segmenter: Segmenter) -> str:
    """Returns the last naming phrase of the words before a quantity ("噪音"), or "" when there is none fit for a label."""
    change = next((way for way in set(CHANGES.values()) if about.endswith(way)), "")
    stem = about.removesuffix(change)
    named = phrases(segmenter.runs(stem))
    if not named or len(named[-1]) > LONGEST_LABEL or not normalise(stem).endswith(named[-1]):
        return ""
    name = named[-1]
    return (stem[-len(name) :] if normalise(stem[-len(name) :]) == name else name) + change


def wanted_terms(matcher: Ranker, fields: Fields) -> list[Wanted]:
    """Returns the terms a need wants, rarest first: thesaurus terms and keywords, of title, keywords, indicators and wanted clauses.

    A need without any gives the naming phrases of its title. A term inside a longer one of the list is left out.
    """
    spelled: dict[str, str] = {}
    for line, start, end in _asking(fields, matcher.roles):
        piece = line.typed[start:end]
        for mention in _mentions(matcher.lexicon, normalise(piece)):
            spelled.setdefault(mention, mention)
        if line.field == "keywords":
            spelled.setdefault(normalise(piece), piece.strip())
    chosen = [term for term in spelled if fit_for_label(term) and len(term) <= LONGEST_LABEL]
    if not chosen:
        titles = [line.typed for line in fields.lines if line.field == "title"]
        chosen = [
            one for title in titles for one in phrases(matcher.segmenter.runs(title)) if len(one) <= LONGEST_LABEL
        ]
    wanted = [_wanted(matcher, fields, term) for term in chosen[:MOST_WANTED]]
    whole = [one for one in wanted if not any(one.term != other.term and one.term in other.term for other in wanted)]
    return sorted(whole, key=lambda one: (-one.rarity, one.term))


def _asking(fields: Fields, roles: Roles) -> Iterator[tuple[Line, int, int]]:
    for line in fields.lines:
        if line.field == "body":
            yield from ((line, one.start, one.end) for one in clauses(line.typed, roles) if one.wanted)
        else:
            yield line, 0, len(line.typed)


def _mentions(lexicon: Lexicon, text: str) -> Sequence[str]:
    return [mention.term for mentions in lexicon.spoken_of(text).values() for mention in mentions]


def _wanted(matcher: Ranker, fields: Fields, term: str) -> Wanted:
    concept = matcher.lexicon.concept_of(term) or ""
    features = [CONCEPT + concept] if concept else []
    features += [word for word in matcher.segmenter.cut(term) if names_something(word)]
    rarity = matcher.rarity(features[0]) if concept else max(map(matcher.rarity, features), default=0.0)
    spans = fields.spans(term)
    return Wanted(fields.quotation(term)[0], term, concept, rarity, spans)
