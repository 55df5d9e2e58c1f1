"""The latent space of a catalogue: what offers are about, learned from which words go together; the aspect LATENT.

Latent semantic analysis (Deerwester et al. 1990): the first right singular vectors of the weighted word matrix. A coarse
space (``DIMENSIONS``) places a need among the topics of the catalogue; a fine one only repeats the words (docs/matching.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd

Floats = NDArray[np.float64]
Bag = Mapping[str, float]

DIMENSIONS = 20
"""Between 6 and 40 make little difference on small catalogues."""

SAMPLE = 4000
"""Offers that the space is learned from, at most; evenly spread over the catalogue in the order of ids."""

_BLOCK = 2000


class Latent:
    """A latent space learned from bags of words, with the place of every offer in it. Reads only after it is built."""

    def __init__(self, offers: Sequence[Bag], saturation: float) -> None:
        self._saturation = saturation
        step = -(-len(offers) // SAMPLE) or 1
        sample = offers[::step]
        counts: dict[str, int] = {}
        for bag in sample:
            for word in bag:
                counts[word] = counts.get(word, 0) + 1
        shared = sorted(word for word, count in counts.items() if count > 1)
        self._number = {word: number for number, word in enumerate(shared)}
        frequency = np.array([counts[word] for word in shared], dtype=np.float64)
        self._rarity: Floats = np.log1p((len(sample) - frequency + 0.5) / (frequency + 0.5))
        self._axes = self._learn(sample)
        places = [self._places(offers[start : start + _BLOCK]) for start in range(0, len(offers), _BLOCK)]
        self._offers = np.vstack(places).astype(np.float32) if places else np.zeros((0, 0), dtype=np.float32)

    def _learn(self, sample: Sequence[Bag]) -> Floats:
        """Returns the axes, one column each; none for a catalogue that is too small for them."""
        count = min(DIMENSIONS, len(sample) - 1, len(self._number) - 1)
        if count < 2:
            return np.zeros((len(self._number), 0))
        _, _, axes = randomized_svd(self._matrix(sample), n_components=count, n_iter=7, random_state=0)
        result: Floats = np.ascontiguousarray(axes.T)
        return result

    def _matrix(self, bags: Sequence[Bag]) -> csr_array:
        """Returns rows of unit length: saturated counts times rarity."""
        starts, words, values = [0], [], []
        for bag in bags:
            known = [
                (self._number[word], weight) for word, weight in bag.items() if word in self._number and weight > 0
            ]
            known.sort()
            row = np.array([weight * (1.0 + self._saturation) / (weight + self._saturation) for _, weight in known])
            row = row * self._rarity[[number for number, _ in known]] if known else row
            length = float(np.sqrt((row * row).sum()))
            words += [number for number, _ in known]
            values += (row / length if length > 0 else row).tolist()
            starts.append(len(words))
        shape = (len(bags), len(self._number))
        data = np.array(values, dtype=np.float64), np.array(words, dtype=np.int32), np.array(starts, dtype=np.int32)
        return csr_array(data, shape=shape)

    def _places(self, bags: Sequence[Bag]) -> Floats:
        """Returns the direction of each bag in the space; zero for a bag of unknown words."""
        places: Floats = self._matrix(bags) @ self._axes
        lengths = np.sqrt((places * places).sum(axis=1, keepdims=True))
        result: Floats = places / np.where(lengths > 0, lengths, 1.0)
        return result

    def aspect(self, need: Bag, rows: NDArray[np.intp]) -> Floats:
        """Returns LATENT for the offers in ``rows``: the cosine in the space, within [0, 1], to six digits."""
        place = self._places([need])[0]
        cosine = (self._offers[rows].astype(np.float64) * place).sum(axis=1)
        result: Floats = np.round(np.clip(cosine, 0.0, 1.0), 6)
        return result
