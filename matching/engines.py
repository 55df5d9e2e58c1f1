"""Batch matching through one interface: threads on this machine, or Dask distributed for several; the same bits.

By needs: every worker maps the same snapshot and answers some of the needs. By documents: every worker maps a part of the
catalogue, built with the average lengths of the whole; weights are made from the sums of the parts' counts, each part
returns its exact best, and the best of those are the best of all.
"""

from __future__ import annotations

import functools
import importlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from matching import snapshot
from matching.assembly import Assembly
from matching.index import Best, Index
from matching.segment import Bags, Scheme
from matching.terms import encode

_CHUNK = 256


class Engine(Protocol):
    """Something that answers many needs at once."""

    def rank_all(self, needs: Sequence[Bags], k: int) -> list[Best]:
        """Returns ids and scores of each need's best ``k`` documents, in the order of the needs."""
        ...


class Threads:
    """All needs on this machine."""

    def __init__(self, index: Index, threads: int) -> None:
        self._index = index
        self._threads = threads

    def rank_all(self, needs: Sequence[Bags], k: int) -> list[Best]:
        """Returns ids and scores of each need's best ``k`` documents, in the order of the needs."""
        return self._index.top_many([self._index.weigh(need) for need in needs], k, self._threads)


class Cluster:
    """All needs on the workers of a Dask cluster.

    ``client`` is a connected ``distributed.Client`` (a class without types); ``folders`` are snapshots at places that every worker can read: one
    is shared out by needs, several are the parts of one catalogue (``split``).
    """

    def __init__(self, client: Any, folders: Sequence[Path]) -> None:
        if not folders:
            raise ValueError("a cluster needs at least one snapshot")
        self._client = client
        self._folders = tuple(str(folder) for folder in folders)

    @classmethod
    def at(cls, address: str, folders: Sequence[Path]) -> Cluster:
        """Connects to a scheduler. Raises ImportError without the extra ``cluster`` and OSError if nobody answers."""
        distributed: Any = importlib.import_module("distributed")
        return cls(distributed.Client(address), folders)

    def rank_all(self, needs: Sequence[Bags], k: int) -> list[Best]:
        """Returns ids and scores of each need's best ``k`` documents, in the order of the needs."""
        blocks = [list(needs[start : start + _CHUNK]) for start in range(0, len(needs), _CHUNK)]
        if len(self._folders) == 1:
            return self._gather(self._submit(answer, self._folders[0], block, k) for block in blocks)
        counts = [[self._submit(count, folder, block) for folder in self._folders] for block in blocks]
        partial: list[list[Any]] = []
        for block, futures in zip(blocks, counts, strict=True):
            weights = weigh(block, self._client.gather(futures))
            partial.append([self._submit(answer_weighted, folder, weights, k) for folder in self._folders])
        answers: list[Best] = []
        for futures in partial:
            answers += [best(parts, k) for parts in zip(*self._client.gather(futures), strict=True)]
        return answers

    def _submit(self, task: Any, *arguments: Any) -> Any:
        return self._client.submit(task, *arguments, pure=False)

    def _gather(self, futures: Iterable[Any]) -> list[Best]:
        return list(itertools.chain.from_iterable(self._client.gather(list(futures))))


@functools.cache
def opened(folder: str) -> Index:
    """Returns a snapshot's index; mapped once in each process."""
    return snapshot.load(Path(folder))


def answer(folder: str, needs: Sequence[Bags], k: int) -> list[Best]:
    """A worker's task: the answers to some needs from one snapshot."""
    index = opened(folder)
    return index.top_many([index.weigh(need) for need in needs], k)


def answer_weighted(folder: str, weights: Sequence[Mapping[str, Mapping[str, float]]], k: int) -> list[Best]:
    """A worker's task: the answers of one part to queries whose weights were made from all parts."""
    index = opened(folder)
    return index.top_many([index.query(weight) for weight in weights], k)


Counts = tuple[Scheme, int, list[dict[str, NDArray[np.float64]]]]


def count(folder: str, needs: Sequence[Bags]) -> Counts:
    """A worker's task: scheme, number of documents, and how many hold each term of each need, terms sorted."""
    index = opened(folder)
    return (
        index.scheme,
        len(index),
        [{view: index.held(view, terms) for view, terms in sorted_terms(need).items()} for need in needs],
    )


def sorted_terms(need: Bags) -> dict[str, list[str]]:
    """Returns the terms of each view with a count, in the order in which weights are summed."""
    return {
        view: sorted((term for term, amount in bag.items() if amount > 0), key=encode) for view, bag in need.items()
    }


def weigh(needs: Sequence[Bags], counts: Sequence[Counts]) -> list[dict[str, dict[str, float]]]:
    """Returns the weights of some needs for a catalogue in parts, as ``Index.weigh`` makes them for a whole one."""
    scheme = counts[0][0]
    documents = sum(size for _, size, _ in counts)
    weighed: list[dict[str, dict[str, float]]] = []
    for number, need in enumerate(needs):
        terms = sorted_terms(need)
        weights: dict[str, dict[str, float]] = {}
        for view, share in scheme.shares:
            names = terms.get(view, [])
            amounts = np.array([need[view][term] for term in names], dtype=np.float64)
            held = np.sum([part[number].get(view, np.zeros(0)) for _, _, part in counts], axis=0)
            weights[view] = dict(zip(names, scheme.weights(amounts, held, documents, share).tolist(), strict=True))
        weighed.append(weights)
    return weighed


def best(parts: Sequence[Best], k: int) -> Best:
    """Returns the best ``k`` of the answers of several parts: by score, then by id."""
    ids = [document for part in parts for document in part[0]]
    scores = np.concatenate([part[1] for part in parts])
    order = sorted(range(len(ids)), key=lambda at: (-scores[at], encode(ids[at])))[:k]
    return [ids[at] for at in order], scores[order]


def split(index: Index, root: Path, parts: int) -> list[Path]:
    """Writes a merged index as ``parts`` snapshots below ``root``, with the average lengths of the whole."""
    base = index.segment
    folders: list[Path] = []
    for number, rows in enumerate(np.array_split(np.arange(len(base)), parts)):
        assembly = Assembly(index.scheme)
        assembly.vocabulary.preset(base.terms)
        assembly.append([base.id(row) for row in rows.tolist()], base.block(rows))
        part = Index(assembly.finish(base.averages), index.scheme)
        folders.append(snapshot.save(part, root / f"part-{number + 1}-of-{parts}"))
    return folders
