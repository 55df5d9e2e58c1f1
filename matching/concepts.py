"""Which concepts of the thesaurus a need and an offer both speak of in different words: the aspects SAME and RELATED.

What both name in the same word is left to the text score; here counts only the meaning that no shared word shows.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from matching.lexicon import Lexicon
from matching.rows import Heap, Ragged

Floats = NDArray[np.float64]
Terms = Mapping[str, float]

ENOUGH = 10.0
"""The evidence that makes an aspect 1: about six rare concepts. More adds nothing."""


CROWDED = 6
"""Neighbours that a concept may have before it says less: one that stands close to 72 others (机器视觉) is in every text."""


_BLOCK = 65_536


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
    own: NDArray[np.intp]
    same: NDArray[np.intp]
    near: NDArray[np.intp]
    strength: Floats


class Table(NamedTuple):
    """The thesaurus terms of some offers: the terms, sorted, and for each offer the numbers of its own and their counts."""

    names: Sequence[str]
    rows: Ragged


class Spoken:
    """Gathers the thesaurus terms of offers, one offer after the other."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._rows = Heap("if")

    def append(self, terms: Terms) -> None:
        """Takes the terms of one offer with their counts."""
        numbers = self._numbers
        self._rows.append([numbers.setdefault(term, len(numbers)) for term in terms], terms.values())

    def table(self, order: NDArray[np.int64] | None = None) -> Table:
        """Returns what was gathered, the offers in the given order; nothing can be gathered afterwards."""
        rows = self._rows.rows()
        return _settled(list(self._numbers), rows if order is None else rows.chosen(order))


def gathered(offers: Iterable[Terms]) -> Table:
    """Returns the table of some offers."""
    spoken = Spoken()
    for terms in offers:
        spoken.append(terms)
    return spoken.table()


def _rarities(offers: int, holders: NDArray[np.int64]) -> Floats:
    """Returns the rarity of concepts that so many of the offers name."""
    rarity: Floats = np.log1p((offers - holders + 0.5) / (holders + 0.5)) / np.log1p((offers + 0.5) / 0.5)
    result: Floats = np.minimum(1.0, rarity)
    return result


def _settled(names: Sequence[str], rows: Ragged) -> Table:
    """Returns the names that are used, sorted, and the rows with their numbers, ascending within each."""
    numbers, counts = rows.columns
    kept = sorted(names[number] for number in np.unique(numbers).tolist())
    places = {name: place for place, name in enumerate(kept)}
    renumbered = np.array([places.get(name, -1) for name in names], dtype=np.int32)[numbers]
    owner = np.repeat(np.arange(rows.fixed), np.diff(rows.starts))
    order = np.lexsort((renumbered, owner))
    return Table(kept, Ragged(rows.starts, (renumbered[order], counts[order])))


class Concepts:
    """The thesaurus terms of all offers as arrays: row -> term ids with counts. Never changed: changes give new ones.

    ``rarity`` of a concept is its inverse document frequency as a share of the largest possible one, so that the aspect does
    not depend on the size of the catalogue.
    """

    def __init__(self, lexicon: Lexicon, offers: Iterable[Terms] | Table, saturation: float) -> None:
        names, rows = offers if isinstance(offers, Table) else gathered(offers)
        self._lexicon = lexicon
        self._saturation = saturation
        self._names = list(names)
        self._rows = rows
        self._number = {term: number for number, term in enumerate(names)}
        self._members: dict[str, list[int]] = {}
        for number, term in enumerate(names):
            concept = lexicon.concept_of(term)
            if concept is not None:
                self._members.setdefault(concept, []).append(number)
        self._group = np.zeros(len(names), dtype=np.int64)
        for group, members in enumerate(self._members.values()):
            self._group[members] = group
        self._asked: tuple[Terms, list[_Ask]] | None = None
        self._offers = rows.fixed
        self._holders = self._counted()
        self._rarity = _rarities(self._offers, self._holders)[self._group]

    def _counted(self) -> NDArray[np.int64]:
        """Returns how many offers name each concept."""
        groups = max(1, len(self._members))
        holders = np.zeros(groups, dtype=np.int64)
        for start in range(0, self._offers, _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, self._offers))
            owner, (terms, _) = self._rows.gather(rows)
            holders += np.bincount(np.unique(owner * groups + self._group[terms]) % groups, minlength=groups)
        return holders

    def with_offer(self, row: int, terms: Terms) -> Self:
        """Returns the concepts with one offer more, in a row that is above all others."""
        new = sorted(term for term in terms if term not in self._number)
        known = self._with(**self._learned(new)) if new else self
        return known.put(row, terms)

    def put(self, row: int, terms: Terms) -> Self:
        """Returns the concepts with one offer more, whose terms are all known; as ``with_offer``."""
        numbers = np.array([self._number[term] for term in sorted(terms)], dtype=np.int32)
        counts = np.array([terms[term] for term in sorted(terms)], dtype=np.float32)
        return self._recounted(numbers, 1, self._rows.with_row(row, numbers, counts))

    def without(self, row: int) -> Self:
        """Returns the concepts without an offer; the row of a fitted one is not to be asked for any more."""
        return self._recounted(self._rows.row(row)[0], -1, self._rows.without(row))

    def chosen(self, rows: NDArray[np.int64]) -> Concepts:
        """Returns the concepts of these offers only, as a fresh fit in that order has them."""
        return Concepts(self._lexicon, _settled(self._names, self._rows.chosen(rows)), self._saturation)

    @property
    def table(self) -> Table:
        """The terms and rows that the same concepts can be made of again."""
        return Table(self._names, self._rows)

    def _learned(self, terms: Sequence[str]) -> dict[str, Any]:
        """Returns the tables with terms that no offer named before."""
        members = {concept: list(numbers) for concept, numbers in self._members.items()}
        groups = {concept: group for group, concept in enumerate(members)}
        number, group = dict(self._number), self._group.tolist()
        for term in terms:
            number[term] = len(number)
            concept = self._lexicon.concept_of(term)
            if concept is not None:
                members.setdefault(concept, []).append(number[term])
                groups.setdefault(concept, len(groups))
            group.append(groups.get(concept or "", 0))
        holders = np.zeros(max(1, len(members)), dtype=np.int64)
        holders[: len(self._holders)] = self._holders
        names = [*self._names, *terms]
        groups_of = np.array(group, dtype=np.int64)
        return {"_names": names, "_number": number, "_members": members, "_group": groups_of, "_holders": holders}

    def _recounted(self, numbers: NDArray[np.int32], change: int, rows: Ragged) -> Self:
        """Returns the concepts with these rows, after an offer with these terms came (1) or went (-1)."""
        holders = self._holders.copy()
        holders[np.unique(self._group[numbers])] += change
        offers = self._offers + change
        return self._with(_rows=rows, _holders=holders, _offers=offers, _rarity=_rarities(offers, holders)[self._group])

    def _with(self, **changes: Any) -> Self:
        after = copy.copy(self)
        vars(after).update(changes, _asked=None)
        return after

    def aspects(self, asked: Terms, rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Returns SAME and RELATED for the offers in ``rows``, each within [0, 1]."""
        same, near = np.zeros(len(rows)), np.zeros(len(rows))
        asks = self._asks(asked)
        if asks and len(rows):
            terms, values, owner = self._gathered(rows, asks)
            table, said = np.zeros(len(self._names)), np.zeros(len(self._names), dtype=np.bool_)
            for ask in asks:
                said[ask.own] = True
                silent = ~_present(said[terms], owner, len(rows))
                said[ask.own] = False
                mine = silent * self._best(table, ask.same, np.ones(len(ask.same)), terms, values, owner, len(rows))
                same += ask.weight * mine
                theirs = self._best(table, ask.near, ask.strength, terms, values, owner, len(rows))
                near += ask.weight * silent * (mine == 0) * theirs
        return np.minimum(1.0, same / ENOUGH), np.minimum(1.0, near / ENOUGH)

    def _gathered(
        self, rows: NDArray[np.intp], asks: Sequence[_Ask]
    ) -> tuple[NDArray[np.int32], Floats, NDArray[np.intp]]:
        """Returns terms, values and place in ``rows`` of the entries of these rows that matter to what is asked."""
        owner, (terms, counts) = self._rows.gather(rows)
        matter = np.zeros(len(self._names), dtype=np.bool_)
        for ask in asks:
            matter[ask.own] = matter[ask.same] = matter[ask.near] = True
        kept = matter[terms]
        return terms[kept], self._valued(counts[kept]), owner[kept]

    def _valued(self, counts: NDArray[np.float32]) -> Floats:
        """Returns saturated counts, cut at 1."""
        raw = counts.astype(np.float64)
        result: Floats = np.minimum(1.0, raw * (1.0 + self._saturation) / (raw + self._saturation))
        return result

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
        """Returns what is asked for; the last answer is kept, for the same terms (the same object) are asked for often."""
        if self._asked is not None and self._asked[0] is asked:
            return self._asked[1]
        groups: dict[str, dict[str, float]] = {}
        for term in sorted(asked):
            concept = self._lexicon.concept_of(term)
            if concept is not None:
                groups.setdefault(concept, {})[term] = asked[term]
        asks: list[_Ask] = []
        for concept, terms in groups.items():
            count = sum(terms.values())
            own = [self._number[term] for term in terms if term in self._number]
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
                asks.append(_Ask(concept, spoken, weight, np.array(own, dtype=np.intp), *answers))
        self._asked = (asked, asks)
        return asks

    def meetings(self, asked: Terms, row: int) -> list[Meeting]:
        """Returns what meets in one offer, heaviest first; the parts of each kind sum to the aspect."""
        found: list[Meeting] = []
        terms, counts = self._rows.row(row)
        values = dict(zip(terms.tolist(), self._valued(counts).tolist(), strict=True))
        for ask in self._asks(asked):
            if any(number in values for number in ask.own.tolist()):
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
