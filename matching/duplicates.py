"""Near-duplicates: profiles of one side that are copies of each other with small changes, by their runs of three characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matching.model import Profile
from matching.text import normalise

WIDTH = 3
"""Characters of a shingle (Broder 1997: resemblance and containment of documents)."""

LIKE = 0.4
"""From this resemblance on two texts are near-duplicates; how it was measured stands in docs/matching_explanations.md."""

CONTAINED = 0.6
"""From this share of the shorter text on it is contained in the other one."""

LIKE_WITH_TITLE = 0.15
"""The resemblance that is enough for two profiles of the same title."""

SHORTEST = 20
"""Shingles of a text below which containment tells nothing."""

COMMON = 40
"""Shingles in more profiles than this are standing phrases: they are compared, but do not make a pair worth looking at."""

_BLOCK = 2_000
_LARGE = 20_000
_SAMPLED = 4
_NO_LETTER = re.compile(r"[\W_]+")
_FIELDS = ("title", "body", "keywords", "indicators", "institute")

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two profiles that are nearly the same: ``one`` < ``other`` by id.

    ``likeness`` is the resemblance (shared shingles / all shingles), ``contained`` the share of the shorter one that the
    other holds, both within [0, 1]; ``equal`` are the names of the filled fields that are the same.
    """

    one: str
    other: str
    likeness: float
    contained: float
    equal: tuple[str, ...]


def near_duplicates(profiles: Sequence[Profile]) -> list[Duplicate]:
    """Returns the pairs of near-duplicates, the most alike first. Raises ValueError when an id comes twice.

    All pairs that share a rare shingle are compared; in a catalogue above 20,000 profiles a fixed quarter of the shingles
    is looked at to find them. Costs grow with the number of profiles, not of pairs.
    """
    ordered = sorted(profiles, key=lambda profile: profile.id)
    if len({profile.id for profile in ordered}) != len(ordered):
        raise ValueError("two profiles have the same id")
    sets = [shingles(profile) for profile in ordered]
    titles = [_NO_LETTER.sub("", normalise(profile.title)) for profile in ordered]
    found = [
        duplicate
        for one, other in _worth_looking_at(sets, titles)
        if (duplicate := compared(ordered[one], ordered[other], sets[one], sets[other])) is not None
    ]
    return sorted(found, key=lambda pair: (-round(pair.likeness, 9), pair.one, pair.other))


def compared(one: Profile, other: Profile, mine: Rows | None = None, theirs: Rows | None = None) -> Duplicate | None:
    """Returns the two profiles as a pair, or None when they are no near-duplicates."""
    mine = shingles(one) if mine is None else mine
    theirs = shingles(other) if theirs is None else theirs
    likeness, contained = resemblance(mine, theirs)
    same = likeness >= LIKE or (min(len(mine), len(theirs)) >= SHORTEST and contained >= CONTAINED)
    empty = not len(mine) and not len(theirs)
    if not (same or empty or likeness >= LIKE_WITH_TITLE):
        return None
    equal = tuple(_equal_fields(one, other))
    same = same or "title" in equal
    first, second = sorted((one.id, other.id))
    return Duplicate(first, second, likeness, contained, equal) if same else None


def resemblance(mine: Rows, theirs: Rows) -> tuple[float, float]:
    """Returns the resemblance of two sets of shingles and the share of the smaller one that the other contains."""
    shared = len(np.intersect1d(mine, theirs, assume_unique=True))
    union, smaller = len(mine) + len(theirs) - shared, min(len(mine), len(theirs))
    return (shared / union if union else 0.0), (shared / smaller if smaller else 0.0)


def shingles(profile: Profile) -> Rows:
    """Returns the hashes of all runs of three characters of title and body, without punctuation, sorted, each once."""
    text = "".join(_NO_LETTER.sub("", normalise(part)) for part in (profile.title, profile.indicators, profile.body))
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    if len(codes) < WIDTH:
        return np.zeros(0, dtype=np.int64)
    return np.unique((codes[:-2] << 42) | (codes[1:-1] << 21) | codes[2:])


def _equal_fields(one: Profile, other: Profile) -> Iterator[str]:
    for name in _FIELDS:
        mine, theirs = getattr(one, name), getattr(other, name)
        texts = [" ".join(value) if isinstance(value, tuple) else value for value in (mine, theirs)]
        here, there = (_NO_LETTER.sub("", normalise(text)) for text in texts)
        if here and here == there:
            yield name


def _worth_looking_at(sets: Sequence[Rows], titles: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yields the places of pairs that share a good part of their rare shingles, or the title; each once, in order."""
    pairs = _sharing(sets)
    same: dict[str | bytes, list[int]] = {}
    for place, (title, terms) in enumerate(zip(titles, sets, strict=True)):
        for key in (title, terms.tobytes()):
            if key:
                same.setdefault(key, []).append(place)
    for places in same.values():
        pairs.update((one, other) for at, one in enumerate(places[:COMMON]) for other in places[at + 1 : COMMON])
        pairs.update(pairwise(places))  # of very many equal ones each with the next
    yield from sorted(pairs)


def _sharing(sets: Sequence[Rows]) -> set[tuple[int, int]]:
    lengths = np.array([len(one) for one in sets], dtype=np.int64)
    if not lengths.sum():
        return set()
    terms = np.concatenate(sets)
    owners = np.repeat(np.arange(len(sets)), lengths)
    if len(sets) > _LARGE:
        kept = (terms * 0x9E3779B1 >> 13) % _SAMPLED == 0
        terms, owners = terms[kept], owners[kept]
    _, numbers, counts = np.unique(terms, return_inverse=True, return_counts=True)
    rare = (counts[numbers] > 1) & (counts[numbers] <= COMMON)
    numbers, owners = numbers[rare], owners[rare]
    whole = csr_array((np.ones(len(owners), dtype=np.int32), (owners, numbers)), shape=(len(sets), len(counts)))
    columns = csr_array(whole.T)
    sizes = lengths if len(sets) <= _LARGE else lengths // _SAMPLED
    pairs: set[tuple[int, int]] = set()
    for start in range(0, len(sets), _BLOCK):
        product = (whole[start : start + _BLOCK] @ columns).tocoo()
        ones, others = product.coords[0] + start, product.coords[1]
        enough = (ones < others) & (product.data >= np.maximum(1, np.minimum(sizes[ones], sizes[others]) // 8))
        pairs.update(zip(ones[enough].tolist(), others[enough].tolist(), strict=True))
    return pairs
