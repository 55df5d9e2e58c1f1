"""What of a need meets an offer and what does not: shared, synonymous and related terms, quantities, what is missing; with places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from matching.clauses import same_change
from matching.demands import (
    LONGEST_LABEL,
    Requirement,
    Wanted,
    measure_name,
    requirements,
    said,
    wanted_terms,
)
from matching.model import CONCEPT, Profile
from matching.phrases import fit_for_label
from matching.places import Fields, Span
from matching.prepared import Prepared
from matching.quantities import Quantity, compare, same_name

if TYPE_CHECKING:
    from matching.lexicon import Kinship
    from matching.ranker import Ranker

MISSING_TERMS = 3
"""How many wanted terms that an offer does not mention are named, the rarest first."""

MOST_RELATED = 200
"""Pairs of related terms that are looked at, the weightiest; real texts have a tenth of them."""

COMMON = 0.45
"""A wanted term at or below this rarity is too common to be missed."""

_BOUNDS = tuple("≤≥<>±")
_ORDER = [("value", True), ("value", False), ("quantity", True), ("term", True), ("term", False), ("quantity", False)]
"""The most telling gap first; a bare figure may be a condition of work and comes last."""

Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SharedTerm:
    """A phrase that both texts hold, as the need spells it."""

    label: str
    asked_at: Spans
    offered_at: Spans


@dataclass(frozen=True, slots=True)
class TermPair:
    """A term of the need and another one of the offer. ``kinship`` is "same", or what the offer's term is to the need's."""

    asked: str
    offered: str
    kinship: Literal["same"] | Kinship
    asked_at: Spans
    offered_at: Spans

    @property
    def label(self) -> str:
        """Both terms with the sign between them: "SiC = 碳化硅"."""
        sign = {"same": "=", "narrower": "⊃", "broader": "⊂", "related": "~"}[self.kinship]
        return f"{self.asked} {sign} {self.offered}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A required quantity and what the offer states of the same measure.

    ``verdict``: "meets"; "misses"; "open": the offer states a figure of that measure which decides nothing. ``name`` may be "".
    """

    verdict: Literal["meets", "misses", "open"]
    name: str
    asked: str
    offered: str
    asked_at: Span
    offered_at: Span

    @property
    def bounded(self) -> bool:
        """Whether the need sets a bound, and does not name a figure only."""
        return self.asked.startswith(_BOUNDS)


@dataclass(frozen=True, slots=True)
class Gap:
    """What the need asks for and the offer does not say, as a Chinese clause that can be read aloud.

    ``kind``: "quantity", a figure without a counterpart; "value", a figure that misses; "term", a term that is not mentioned.
    """

    kind: Literal["quantity", "value", "term"]
    label: str
    text: str
    asked_at: Spans


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was found for one pair, the most telling first in each list."""

    shared: tuple[SharedTerm, ...]
    synonyms: tuple[TermPair, ...]
    related: tuple[TermPair, ...]
    figures: tuple[Figure, ...]
    missing: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A need prepared for being compared with several offers."""

    prepared: Prepared
    requirements: tuple[Requirement, ...]
    wanted: tuple[Wanted, ...]
    expected: tuple[Expected, ...] = field(repr=False)
    worth: dict[str, float] = field(default_factory=dict, repr=False)
    """Phrase -> how rare its words are together, as far as it was asked for."""

    @property
    def fields(self) -> Fields:
        """The texts of the need with places."""
        return self.prepared.fields


class Expected(NamedTuple):
    """A wanted term that can be named as missing: the words and the other terms of its meaning that would be a mention."""

    wanted: Wanted
    words: tuple[str, ...]
    equal: tuple[str, ...]


def request(matcher: Ranker, need: Profile) -> Request:
    """Returns a need prepared for ``gather``."""
    prepared = matcher.preparing.of(need)
    required = requirements(prepared.fields, matcher.roles, matcher.segmenter)
    wanted = tuple(wanted_terms(matcher, prepared.fields))
    expected = tuple(
        Expected(one, matcher.segmenter.cut(one.term), (one.term, *matcher.lexicon.terms_of(one.concept)))
        for one in wanted
        if fit_for_label(one.term) and len(one.term) <= LONGEST_LABEL and one.rarity > COMMON and one.spans
    )
    return Request(prepared, tuple(required), wanted, expected)


def gather(matcher: Ranker, asked: Request, offer: Profile) -> Evidence:
    """Returns the evidence of one pair; nothing in it rests on anything but the two texts and the thesaurus."""
    offered = matcher.preparing.of(offer)
    synonyms, related = _pairs(matcher, asked.prepared, offered)
    figures, gaps = _figures(matcher, asked, offered)
    terms = _missing_terms(asked, offered)
    order = sorted([*gaps, *terms], key=lambda gap: _ORDER.index((gap.kind, gap.label[:1] in _BOUNDS)))
    return Evidence(_shared(matcher, asked, offered), synonyms, related, figures, tuple(order))


def _shared(matcher: Ranker, asked: Request, offered: Prepared) -> tuple[SharedTerm, ...]:
    labels = matcher.preparing.common(asked.prepared, offered)
    whole = [one for one in labels if not any(one != other and one in other for other in labels)]
    worth = asked.worth
    for one in whole:
        if one not in worth:
            worth[one] = sum(map(matcher.rarity, matcher.segmenter.cut(one)))
    found = [
        SharedTerm(asked.fields.quotation(one)[0], asked.fields.spans(one), offered.fields.spans(one))
        for one in sorted(whole, key=lambda one: (-round(worth[one], 9), one))
    ]
    return tuple(one for one in found if one.asked_at and one.offered_at)


def _pairs(matcher: Ranker, asked: Prepared, offered: Prepared) -> tuple[tuple[TermPair, ...], tuple[TermPair, ...]]:
    here, there = asked.spoken, offered.spoken
    same: list[tuple[float, TermPair]] = []
    near: list[tuple[float, str, str, Kinship]] = []
    for concept, mine in here.items():
        theirs = there.get(concept, ())
        if not any(offered.fields.holds(term) for term in mine):
            worth = matcher.rarity(CONCEPT + concept)
            if theirs:
                same.append((worth, _pair(asked.fields, offered.fields, mine[0], theirs[0], "same")))
                continue
            kin = [
                (strength, other, kinship)
                for other, (kinship, strength) in matcher.lexicon.related(concept).items()
                if other in there and other not in here
            ]
            for strength, other, kinship in sorted(kin, key=lambda one: (-one[0], one[1])):
                near.append((worth * strength, mine[0], there[other][0], kinship))
    near.sort(key=lambda one: -one[0])
    pairs = [(one[0], _pair(asked.fields, offered.fields, *one[1:])) for one in near[:MOST_RELATED]]
    return _ordered(same), _ordered(pairs)


def _pair(asked: Fields, offered: Fields, mine: str, theirs: str, kinship: Literal["same"] | Kinship) -> TermPair:
    spelled = asked.quotation(mine)[0], offered.quotation(theirs)[0]
    return TermPair(*spelled, kinship, asked.spans(mine), offered.spans(theirs))


def _ordered(pairs: Sequence[tuple[float, TermPair]]) -> tuple[TermPair, ...]:
    return tuple(
        pair
        for _, pair in sorted(pairs, key=lambda one: (-round(one[0], 9), one[1].label))
        if pair.asked_at and pair.offered_at
    )


def _figures(matcher: Ranker, asked: Request, offered: Prepared) -> tuple[tuple[Figure, ...], tuple[Gap, ...]]:
    figures: list[Figure] = []
    gaps: list[Gap] = []
    for one in asked.requirements:
        figure = _answer(matcher, one, offered.stated)
        if figure is not None:
            figures.append(figure)
        gap = _gap(one, figure)
        if gap is not None and gap.text not in {other.text for other in gaps}:
            gaps.append(gap)
    return tuple(figures), tuple(gaps)


def _answer(matcher: Ranker, one: Requirement, stated: Sequence[tuple[Quantity, Span]]) -> Figure | None:
    """Returns the best answer an offer states to a requirement: one that meets it, else the one that comes closest."""

    def alike(mine: str, theirs: str) -> bool:
        return same_change(mine, theirs) and (same_name(mine, theirs) or _same_concept(matcher, mine, theirs))

    best: tuple[int, float, Figure] | None = None
    for number, (other, span) in enumerate(stated):
        if other.dimension != one.quantity.dimension or not alike(one.quantity.about, other.about):
            continue
        verdict = compare(one.quantity, other, alike)
        name = one.name or measure_name(other.about, matcher.segmenter)
        figure = Figure("open" if verdict == "unknown" else verdict, name, one.said, said(other), one.span, span)
        order = {"meets": 0, "open": 1, "misses": 2}[figure.verdict]
        key = (order, _distance(one.quantity, other) + number * 1e-9, figure)
        if best is None or key[:2] < best[:2]:
            best = key
    return best[2] if best else None


def _same_concept(matcher: Ranker, mine: str, theirs: str) -> bool:
    return not matcher.preparing.concepts(mine).isdisjoint(matcher.preparing.concepts(theirs))


def _distance(need: Quantity, offer: Quantity) -> float:
    """Returns how far apart two intervals lie, relative to the larger end."""
    gap = max(0.0, offer.low - need.high, need.low - offer.high)
    scale = max((abs(end) for end in (need.low, need.high, offer.low, offer.high) if abs(end) < 1e300), default=1.0)
    return gap / scale if scale else 0.0


def _gap(one: Requirement, figure: Figure | None) -> Gap | None:
    named = f"（{one.name}）" if one.name else ""
    if figure is None:
        return Gap("quantity", one.said, f"成果没有写明是否达到{one.said}{named}", (one.span,))
    if figure.verdict == "misses":
        stated = f"成果的{figure.name}为" if figure.name else "成果为"
        return Gap("value", one.said, f"{stated}{figure.offered}，需求要求{one.said}", (one.span,))
    return None


def _missing_terms(asked: Request, offered: Prepared) -> list[Gap]:
    there, normal = offered.spoken, offered.fields.normal
    found: list[Gap] = []
    for one, words, equal in asked.expected:
        apart = len(words) > 1 and all(word in normal for word in words)  # 热误差补偿 in 热误差在线补偿
        if not (apart or one.concept in there or any(term in normal for term in equal)):
            found.append(Gap("term", one.spelled, f"成果没有提到{one.spelled}", one.spans))
            if len(found) == MISSING_TERMS:
                break
    return found
