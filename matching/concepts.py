"""Which concepts of the thesaurus a need and an offer both speak of in different words: the aspects SAME and RELATED.

What both name in the same word is left to the text score; here counts only the meaning that no shared word shows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching.lexicon import Lexicon

Floats = NDArray[np.float64]
Terms = Mapping[str, float]

ENOUGH = 10.0
"""The evidence that makes an aspect 1: about six rare concepts. More adds nothing."""


CROWDED = 6
"""Neighbours that a concept may have before it says less: one that stands close to 72 others (机器视觉) is in every text."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A term of the need and a term of the offer that meet, and their part of the aspect (> 0).

    ``same``: they mean the same; ``concept`` is what the need's term stands for.
    """

    concept: str
    asked: str
    offered: str
    same: bool
    part: float


@dataclass(frozen=True, slots=True)
class _Ask:
    """One concept of a need: weight, the ids of its own terms, and what answers it with which strength (0, 1]."""

    concept: str
    spoken: str
    weight: float
    own: tuple[int, ...]
    same: NDArray[np.intp]
    near: NDArray[np.intp]
    strength: Floats


class Concepts:
    """The thesaurus terms of all offers as arrays: row -> term ids with saturated counts. Reads only after it is built.

    ``rarity`` of a concept is its inverse document frequency as a share of the largest possible one, so that the aspect does
    not depend on the size of the catalogue.
    """

    def __init__(self, lexicon: Lexicon, offers: Sequence[Terms], saturation: float) -> None:
        self._lexicon = lexicon
        self._saturation = saturation
        names = sorted({term for terms in offers for term in terms})
        self._number = {term: number for number, term in enumerate(names)}
        self._names = names
        starts = [0]
        numbers: list[int] = []
        counts: list[float] = []
        for terms in offers:
            for term in sorted(terms):
                numbers.append(self._number[term])
                counts.append(terms[term])
            starts.append(len(numbers))
        self._starts = np.array(starts, dtype=np.int64)
        self._terms = np.array(numbers, dtype=np.int32)
        raw = np.array(counts, dtype=np.float64)
        self._values = np.minimum(1.0, raw * (1.0 + saturation) / (raw + saturation))
        self._members: dict[str, list[int]] = {}
        for number, term in enumerate(names):
            concept = lexicon.concept_of(term)
            if concept is not None:
                self._members.setdefault(concept, []).append(number)
        self._rarity = self._rarities(len(offers))

    def _rarities(self, offers: int) -> Floats:
        """Returns the rarity of each term's concept."""
        owner = np.zeros(len(self._names), dtype=np.int64)
        for group, members in enumerate(self._members.values()):
            owner[members] = group
        rows = np.repeat(np.arange(offers), np.diff(self._starts))
        pairs = np.unique(rows * max(1, len(self._members)) + owner[self._terms]) if len(rows) else rows
        frequencies = np.bincount(pairs % max(1, len(self._members)), minlength=max(1, len(self._members)))
        rarity: Floats = np.log1p((offers - frequencies + 0.5) / (frequencies + 0.5)) / np.log1p((offers + 0.5) / 0.5)
        result: Floats = np.minimum(1.0, rarity)[owner]
        return result

    def aspects(self, asked: Terms, rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Returns SAME and RELATED for the offers in ``rows``, each within [0, 1]."""
        same, near = np.zeros(len(rows)), np.zeros(len(rows))
        asks = self._asks(asked)
        if asks and len(rows):
            terms, values, owner = self._gathered(rows)
            table = np.zeros(len(self._names))
            for ask in asks:
                silent = ~_present(np.isin(terms, ask.own), owner, len(rows))
                mine = silent * self._best(table, ask.same, np.ones(len(ask.same)), terms, values, owner, len(rows))
                same += ask.weight * mine
                theirs = self._best(table, ask.near, ask.strength, terms, values, owner, len(rows))
                near += ask.weight * silent * (mine == 0) * theirs
        return np.minimum(1.0, same / ENOUGH), np.minimum(1.0, near / ENOUGH)

    def _gathered(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.int32], Floats, NDArray[np.intp]]:
        """Returns terms, values and place in ``rows`` of every entry of these rows."""
        lengths = self._starts[rows + 1] - self._starts[rows]
        owner = np.repeat(np.arange(len(rows)), lengths)
        before = np.cumsum(lengths) - lengths
        entries = np.arange(int(lengths.sum())) - np.repeat(before, lengths) + np.repeat(self._starts[rows], lengths)
        return self._terms[entries], self._values[entries], owner

    def _best(
        self,
        table: Floats,
        answers: NDArray[np.intp],
        strength: Floats,
        terms: NDArray[np.int32],
        values: Floats,
        owner: NDArray[np.intp],
        count: int,
    ) -> Floats:
        """Returns each row's best answer: strength x rarity x value. ``table`` is scratch, all 0 before and after."""
        best = np.zeros(count)
        if len(answers):
            table[answers] = strength * self._rarity[answers]
            np.maximum.at(best, owner, table[terms] * values)
            table[answers] = 0.0
        return best

    def _asks(self, asked: Terms) -> list[_Ask]:
        groups: dict[str, dict[str, float]] = {}
        for term in sorted(asked):
            concept = self._lexicon.concept_of(term)
            if concept is not None:
                groups.setdefault(concept, {})[term] = asked[term]
        asks: list[_Ask] = []
        for concept, terms in groups.items():
            count = sum(terms.values())
            own = tuple(self._number[term] for term in terms if term in self._number)
            same = [number for number in self._members.get(concept, ()) if number not in own]
            near: list[int] = []
            strengths: list[float] = []
            for neighbour, (kinship, strength) in sorted(self._lexicon.related(concept).items()):
                members = self._members.get(neighbour, ())
                crowd = len(self._lexicon.related(neighbour)) if members and kinship == "related" else 1
                near += members
                strengths += [strength * math.sqrt(min(1.0, CROWDED / crowd))] * len(members)
            if same or near:
                weight = count * (1.0 + self._saturation) / (count + self._saturation)
                spoken = max(sorted(terms), key=lambda term: terms[term])
                answers = np.array(same, dtype=np.intp), np.array(near, dtype=np.intp), np.array(strengths)
                asks.append(_Ask(concept, spoken, weight, own, *answers))
        return asks

    def meetings(self, asked: Terms, row: int) -> list[Meeting]:
        """Returns what meets in one offer, heaviest first; the parts of each kind sum to the aspect."""
        found: list[Meeting] = []
        start, end = self._starts[row], self._starts[row + 1]
        values = dict(zip(self._terms[start:end].tolist(), self._values[start:end].tolist(), strict=True))
        for ask in self._asks(asked):
            if any(number in values for number in ask.own):
                continue
            options = [(number, 1.0, True) for number in ask.same.tolist() if number in values]
            options = options or [
                (number, strength, False)
                for number, strength in zip(ask.near.tolist(), ask.strength.tolist(), strict=True)
                if number in values
            ]
            worth = [
                (strength * float(self._rarity[number]) * values[number], number, same)
                for number, strength, same in options
            ]
            if worth:
                value, number, same = max(worth, key=lambda option: (option[0], -option[1]))
                part = ask.weight * value / ENOUGH
                found.append(Meeting(ask.concept, ask.spoken, self._names[number], same, part))
        return sorted(_capped(found), key=lambda meeting: (-meeting.part, meeting.asked))


def _capped(meetings: Sequence[Meeting]) -> list[Meeting]:
    """Scales the parts of each kind down where they exceed 1 together."""
    totals = {kind: sum(one.part for one in meetings if one.same is kind) for kind in (True, False)}
    return [replace(one, part=one.part / max(1.0, totals[one.same])) for one in meetings if one.part > 0]


def _present(hits: NDArray[np.bool_], owner: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
    present: NDArray[np.bool_] = np.bincount(owner[hits], minlength=count) > 0
    return present
