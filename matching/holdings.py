"""What a matcher holds at one moment: the index, the second stage and the profiles, by the rows of the index.

Never changed: a change gives new holdings that share all but its own small parts, so whoever took them goes on undisturbed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matching.archive import arranged, checksum
from matching.candidates import Candidates, Gathering
from matching.features import Bags, Reader
from matching.index import Index
from matching.lexicon import Lexicon
from matching.model import Profile
from matching.segment import Scheme, Segment
from matching.terms import encode

MODULUS = 1 << 256
"""Sums of checksums are kept below."""

_RARITIES_KEPT = 50_000


class WordCounts:
    """The counts of the words of an index, for the latent space."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._first = segment.terms.view_starts[0]

    def __len__(self) -> int:
        """Returns the number of offers."""
        return len(self._segment)

    def rows(self, rows: NDArray[np.int64]) -> csr_array:
        """Returns the counts of some offers."""
        return self._segment.counts(0, rows)

    def word(self, column: int) -> str:
        """Returns the word of a column."""
        return self._segment.terms.term(self._first + column)


class Offers(Sequence[Profile]):
    """The offers in the order of their ids, each made when it is asked for."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def __len__(self) -> int:
        """Returns how many there are."""
        return len(self._holdings.index)

    @overload
    def __getitem__(self, place: int) -> Profile: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Profile]: ...

    def __getitem__(self, place: int | slice) -> Profile | Sequence[Profile]:
        """Returns one or several by their places."""
        rows = self._holdings.rows[place]
        return self._holdings.profile(rows) if isinstance(rows, int) else [self._holdings.profile(row) for row in rows]

    def __iter__(self) -> Iterator[Profile]:
        """Goes through all of them."""
        return map(self._holdings.profile, self._holdings.rows)


@dataclass(frozen=True)
class Holdings:
    """Index, second stage, profiles and checksums. ``profiles`` are those of the base by row, ``added`` those since."""

    index: Index
    candidates: Candidates
    profiles: Sequence[Profile]
    added: Mapping[int, Profile]
    fitted_sum: int
    sum: int
    _rarities: dict[str, float] = field(default_factory=dict)

    def profile(self, row: int) -> Profile:
        """Returns the offer in a row."""
        return self.added[row] if row >= len(self.profiles) else self.profiles[row]

    @cached_property
    def rows(self) -> Sequence[int]:
        """The rows of all offers in the order of their ids."""
        if not self.index.changed:
            return range(len(self.index))
        return [self.index.row(name) for name in self.index.ids]

    def by_id(self, rows: NDArray[np.int64]) -> NDArray[np.intp]:
        """Returns the places of rows in the order of the offers' ids."""
        if not len(rows) or int(rows.max()) < len(self.profiles):
            return np.argsort(rows)
        names = [encode(self.index.id(row)) for row in rows.tolist()]
        return np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.intp)

    def rarity(self, feature: str) -> float:
        """Returns how rare a word or concept is, within [0, 1]; 1 for one that no offer has."""
        known = self._rarities.get(feature)
        if known is None:
            holders = np.append(self.index.held("words", [feature]), 0.0)
            rare, unknown = self.index.scheme.rarity(holders, len(self.index)).tolist()
            if len(self._rarities) >= _RARITIES_KEPT:
                self._rarities.clear()
            known = self._rarities[feature] = rare / unknown
        return known

    def with_offer(self, offer: Profile, bags: Bags) -> Holdings:
        """Returns holdings with an offer more, in the place of the one with its id if there is one."""
        before = self.without(offer.id) if offer.id in self.index else self
        index = before.index.copy()
        index.add(offer.id, bags.views)
        row = index.row(offer.id)
        return Holdings(
            index,
            before.candidates.with_offer(row, offer, bags),
            self.profiles,
            {**before.added, row: offer},
            self.fitted_sum,
            (before.sum + checksum(offer)) % MODULUS,
        )

    def without(self, offer_id: str) -> Holdings:
        """Returns holdings without an offer. Raises KeyError."""
        row = self.index.row(offer_id)
        index = self.index.copy()
        index.remove(offer_id)
        return Holdings(
            index,
            self.candidates.without(row),
            self.profiles,
            {key: offer for key, offer in self.added.items() if key != row},
            self.fitted_sum,
            (self.sum - checksum(self.profile(row))) % MODULUS,
        )

    def merged(self, saturation: float) -> Holdings:
        """Returns what a fresh fit on the same offers gives, bit for bit, without reading their texts again."""
        if not self.index.changed:
            return self
        index = self.index.copy()
        index.merge()
        rows = np.array(self.rows, dtype=np.int64)
        candidates = self.candidates.chosen(rows, WordCounts(index.segment), saturation)
        return Holdings(index, candidates, arranged(self.profiles, self.added, self.rows), {}, self.sum, self.sum)


def fit(offers: Iterable[Profile], reader: Reader, scheme: Scheme, lexicon: Lexicon) -> Holdings:
    """Returns holdings of some offers; their order does not show. Raises ValueError when two have the same id."""
    gathering = Gathering()
    profiles = sorted(offers, key=lambda offer: encode(offer.id))

    def documents() -> Iterator[tuple[str, Mapping[str, Mapping[str, float]]]]:
        for offer in profiles:
            bags = reader.offer(offer)
            gathering.append(offer, bags)
            yield offer.id, bags.views

    index = Index.build(documents(), scheme)
    order = np.arange(len(profiles))
    candidates = gathering.candidates(order, WordCounts(index.segment), lexicon, scheme.saturation)
    total = sum(map(checksum, profiles)) % MODULUS
    return Holdings(index, candidates, tuple(profiles), {}, total, total)
