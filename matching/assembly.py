"""How a segment is assembled: documents in blocks, terms numbered, entries sorted, postings inverted.

Documents are numbered in the order of their ids and terms by view and bytes, so the arrays do not depend on the order in
which documents arrived. Given a folder, arrays are made in files that are mapped: then a million documents need no more
memory than one block of them.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matching.kernels import BLOCK, SHIFT, STEPS, packed, shift_of
from matching.segment import Bags, Block, Scheme, Segment, penalty
from matching.terms import TermTable, encode, pack

DENSE_SHARE = 0.08
"""Terms of more than this share of the documents have a line with the value of every document instead of postings."""

_BLOCK = 8_192
_GATHERED = 4_096


class Vocabulary:
    """Gives terms provisional numbers in the order in which they come."""

    def __init__(self, views: Sequence[str]) -> None:
        counter = itertools.count()
        self._numbers: list[dict[str, int]] = [defaultdict(counter.__next__) for _ in views]
        self._views = tuple(views)

    def read(self, documents: Iterable[Bags]) -> Block:
        """Returns the documents as a block. Counts of 0 and less are left out; raises ValueError for nan and infinity."""
        terms: list[int] = []
        counts: list[float] = []
        sizes: list[int] = []
        for bags in documents:
            before = len(terms)
            for view, numbers in zip(self._views, self._numbers, strict=True):
                bag = bags.get(view, {})
                terms.extend(map(numbers.__getitem__, bag))
                counts.extend(bag.values())
            sizes.append(len(terms) - before)
        block = Block(np.array(terms, np.int32), np.array(counts, np.float32), np.array(sizes, np.int64))
        if not np.isfinite(block.counts).all():
            raise ValueError("a count must be a finite number")
        if (block.counts <= 0).any():
            keep = block.counts > 0
            owner = np.repeat(np.arange(len(sizes)), block.sizes)
            sizes_kept = np.bincount(owner[keep], minlength=len(sizes))
            block = Block(block.terms[keep], block.counts[keep], sizes_kept)
        return block

    def preset(self, table: TermTable, more: Sequence[tuple[int, bytes]] = ()) -> None:
        """Takes over the terms of a table with their numbers, then more terms with the numbers that follow."""
        for view, numbers in enumerate(self._numbers):
            for number, term in enumerate(table.texts(view), table.view_starts[view]):
                if numbers[term] != number:
                    raise ValueError("only an empty vocabulary can take over a table")
        for number, (view, key) in enumerate(more, len(table)):
            if self._numbers[view][key.decode("utf-8", "surrogatepass")] != number:
                raise ValueError("a term stands in the table already")

    def settle(self, used: NDArray[np.bool_]) -> tuple[TermTable, NDArray[np.int32]]:
        """Returns the table of the used terms and each provisional number's number in it (-1 if unused)."""
        numbers = np.full(len(used), -1, dtype=np.int32)
        views: list[list[bytes]] = []
        start = 0
        for view in self._numbers:
            kept = sorted((encode(term), number) for term, number in view.items() if used[number])
            views.append([term for term, _ in kept])
            numbers[[number for _, number in kept]] = np.arange(start, start + len(kept), dtype=np.int32)
            start += len(kept)
        return TermTable.of(views), numbers

    def __len__(self) -> int:
        """Returns the number of terms."""
        return sum(map(len, self._numbers))


@dataclass(slots=True)
class Assembly:
    """Gathers documents block by block and makes a segment of them; with a folder, through files in it."""

    scheme: Scheme
    folder: Path | None = None
    vocabulary: Vocabulary = field(init=False)
    ids: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Starts with an empty vocabulary."""
        self.vocabulary = Vocabulary(self.scheme.views)

    def add(self, documents: Iterable[tuple[str, Bags]]) -> None:
        """Reads documents, however many, in blocks of bounded size."""
        stream = iter(documents)
        while part := list(itertools.islice(stream, _GATHERED)):
            self.append([document for document, _ in part], self.vocabulary.read(bags for _, bags in part))

    def append(self, ids: Sequence[str], block: Block) -> None:
        """Takes documents whose terms have numbers of this vocabulary."""
        self.ids.extend(ids)
        if self.folder is not None:
            number = len(self.blocks)
            block.distinct()
            block.terms = _spill(block.terms, self.folder / f"part-{number}-terms.npy")
            block.counts = _spill(block.counts, self.folder / f"part-{number}-counts.npy")
        self.blocks.append(block)

    def finish(self, averages: NDArray[np.float64] | None = None) -> Segment:
        """Returns the segment. ``averages`` replaces the views' average lengths. Raises ValueError for an id held twice."""
        keys = [encode(document) for document in self.ids]
        order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
        if any(keys[left] == keys[right] for left, right in itertools.pairwise(order.tolist())):
            raise ValueError("two documents have the same id")
        used = np.zeros(len(self.vocabulary), dtype=np.bool_)
        for block in self.blocks:
            used[block.terms] = True
        table, numbers = self.vocabulary.settle(used)
        arrays: dict[str, Any] = dict(table.arrays)
        arrays["id_blob"], arrays["id_offsets"] = pack([keys[place] for place in order.tolist()])
        self._forward(arrays, order, numbers, table)
        lengths = arrays["lengths"]
        if averages is None:
            averages = lengths.sum(axis=0) / max(1, len(lengths))
        arrays["averages"] = np.where(averages > 0, averages, 1.0)
        _invert(arrays, self.scheme, self._new)
        for array in arrays.values():
            array.flags.writeable = False
        if self.folder is not None:
            for path in self.folder.glob("part-*.npy"):
                path.unlink()
        return Segment(arrays, self.scheme)

    def _new(self, name: str, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
        if self.folder is None or 0 in shape:
            return np.zeros(shape, dtype=dtype)
        result: NDArray[Any] = np.asarray(
            np.lib.format.open_memmap(self.folder / f"{name}.npy", mode="w+", dtype=dtype, shape=shape)
        )
        return result

    def _forward(
        self, arrays: dict[str, Any], order: NDArray[np.int64], numbers: NDArray[np.int32], table: TermTable
    ) -> None:
        """Writes the entries of the documents in their order, the terms of each ascending; counts lengths and documents."""
        sizes = np.concatenate([np.zeros(0, dtype=np.int64), *(block.sizes for block in self.blocks)])
        starts = np.zeros(len(sizes) + 1, dtype=np.int64)
        np.cumsum(sizes[order], out=starts[1:])
        held = np.array(sorted(set().union(*(block.distinct() for block in self.blocks))), dtype=np.float32)
        shift = shift_of(len(table), len(held))
        forward = self._new("forward", (int(starts[-1]),), np.uint32 if shift == SHIFT else np.uint64)
        lengths = np.zeros((len(sizes), len(table.view_starts) - 1), dtype=np.float64)
        frequencies = np.zeros(len(table), dtype=np.int64)
        firsts = np.concatenate([[0], np.cumsum([len(block.sizes) for block in self.blocks], dtype=np.int64)])
        for low in range(0, len(order), _BLOCK):
            high = min(low + _BLOCK, len(order))
            matrix = self._gathered(order[low:high], firsts, numbers, len(table))
            forward[starts[low] : starts[high]] = packed(matrix.indices, matrix.data, held, shift)
            rows = np.repeat(np.arange(high - low), np.diff(matrix.indptr))
            for view in range(lengths.shape[1]):
                inside = (matrix.indices >= table.view_starts[view]) & (matrix.indices < table.view_starts[view + 1])
                weights = matrix.data[inside].astype(np.float64)
                lengths[low:high, view] = np.bincount(rows[inside], weights=weights, minlength=high - low)
            frequencies += np.bincount(matrix.indices, minlength=len(table))
        arrays |= {"forward_starts": starts, "forward": forward, "counts": held, "lengths": lengths}
        arrays["frequencies"] = frequencies.astype(np.int32)

    def _gathered(
        self, wanted: NDArray[np.int64], firsts: NDArray[np.int64], numbers: NDArray[np.int32], width: int
    ) -> csr_array:
        """Returns the wanted documents as a matrix with sorted rows."""
        owners = np.searchsorted(firsts, wanted, side="right") - 1
        parts: list[csr_array] = []
        places: list[NDArray[np.int64]] = []
        for owner in np.unique(owners).tolist():
            block = self.blocks[owner]
            mine = np.flatnonzero(owners == owner)
            pointers = np.concatenate([[0], np.cumsum(block.sizes)])
            whole = csr_array((block.counts, numbers[block.terms], pointers), shape=(len(block.sizes), width))
            parts.append(whole[wanted[mine] - firsts[owner]])
            places.append(mine)
        indptr = np.concatenate([[0], *(np.diff(part.indptr) for part in parts)]).cumsum()
        data = np.concatenate([part.data for part in parts])
        indices = np.concatenate([part.indices for part in parts])
        stacked = csr_array((data, indices, indptr), shape=(len(wanted), width))
        if len(parts) > 1:
            stacked = stacked[np.argsort(np.concatenate(places), kind="stable")]
        stacked.sort_indices()
        return stacked


def _spill(array: NDArray[Any], path: Path) -> NDArray[Any]:
    np.save(path, array)
    return array if not len(array) else np.asarray(np.load(path, mmap_mode="r"))


def _invert(
    arrays: dict[str, Any], scheme: Scheme, new: Callable[[str, tuple[int, ...], type[np.generic]], Any]
) -> None:
    """Makes postings and dense columns of the forward entries."""
    documents, frequencies = len(arrays["lengths"]), arrays["frequencies"].astype(np.int64)
    frequent = np.flatnonzero(frequencies > max(BLOCK, DENSE_SHARE * documents))
    dense_of = np.full(len(frequencies), -1, dtype=np.int32)
    dense_of[frequent] = np.arange(len(frequent), dtype=np.int32)
    sizes = np.where(dense_of >= 0, 0, frequencies)
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=starts[1:])
    rows, codes = new("rows", (int(starts[-1]),), np.int32), new("codes", (int(starts[-1]),), np.uint8)
    dense = new("dense", (len(frequent), documents), np.uint8)
    cursor = starts[:-1].copy()
    for low, matrix in _coded(arrays, scheme, len(frequencies)):
        columns = matrix.tocsc()
        held = np.repeat(np.arange(len(frequencies)), np.diff(columns.indptr))
        sparse = dense_of[held] < 0
        at = columns.indices[~sparse] + low
        dense[dense_of[held[~sparse]], at] = columns.data[~sparse]
        kept = held[sparse]
        amounts = np.bincount(kept, minlength=len(frequencies))
        within = np.arange(len(kept)) - np.repeat(np.cumsum(amounts) - amounts, amounts)
        places = cursor[kept] + within
        rows[places], codes[places] = columns.indices[sparse] + low, columns.data[sparse]
        cursor += amounts
    arrays |= {"starts": starts, "rows": rows, "codes": codes, "dense_of": dense_of, "dense": dense}


def _coded(arrays: Mapping[str, Any], scheme: Scheme, width: int) -> Iterator[tuple[int, csr_array]]:
    """Yields blocks of documents with their values as steps, rounded up, and the row that each block begins with."""
    penalties = penalty(arrays["lengths"], arrays["averages"], scheme)
    views = np.asarray(arrays["term_views"][1:])
    starts = arrays["forward_starts"]
    for low in range(0, len(penalties), _BLOCK):
        high = min(low + _BLOCK, len(penalties))
        entries_of = arrays["forward"][starts[low] : starts[high]]
        wide = entries_of.dtype.type
        shift = SHIFT if wide is np.uint32 else 32
        terms = (entries_of >> wide(shift)).astype(np.int32)
        counts = arrays["counts"][entries_of & wide((1 << shift) - 1)].astype(np.float64)
        owners = np.repeat(np.arange(low, high), np.diff(starts[low : high + 1]))
        penalties_of = penalties[owners, np.searchsorted(views, terms, side="right")]
        values = np.minimum(1.0, counts * (1.0 + scheme.saturation) / (counts + penalties_of))
        codes = np.ceil(values * STEPS).astype(np.uint8)
        yield low, csr_array((codes, terms, starts[low : high + 1] - starts[low]), shape=(high - low, width))
