"""Profiles on disk: one line of JSON each in one mapped block of bytes, read when they are asked for."""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self, overload

import numpy as np
from numpy.typing import NDArray

from matching.model import Profile

_COPIED = 1 << 24
_FIELDS = tuple(Profile.__slots__)


def line_of(profile: Profile) -> bytes:
    """Returns a profile as one line of JSON, in ASCII."""
    fields = [getattr(profile, name) for name in _FIELDS]
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def profile_of(line: bytes) -> Profile:
    """Returns the profile of a line."""
    fields: list[Any] = [tuple(field) if isinstance(field, list) else field for field in json.loads(line)]
    return Profile(*fields)


def checksum(profile: Profile) -> int:
    """Returns SHA-256 over a profile as a number; the sum over all profiles does not depend on their order."""
    return int.from_bytes(hashlib.sha256(line_of(profile)).digest(), "little")


class _Rows(Sequence[Profile]):
    """Profiles by row that are made when they are asked for."""

    @overload
    def __getitem__(self, row: int) -> Profile: ...

    @overload
    def __getitem__(self, row: slice) -> Sequence[Profile]: ...

    def __getitem__(self, row: int | slice) -> Profile | Sequence[Profile]:
        """Returns the profile of a row, or those of several."""
        if isinstance(row, slice):
            return [self[at] for at in range(*row.indices(len(self)))]
        return self._at(row)

    @abstractmethod
    def _at(self, row: int) -> Profile:
        """Returns the profile of one row."""


class Archive(_Rows):
    """Profiles by row: where each line begins and ends in the block."""

    ARRAYS = ("profile_blob", "profile_starts", "profile_ends")

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self.arrays = {name: arrays[name] for name in self.ARRAYS}
        self._blob, self._starts, self._ends = self.arrays.values()

    @classmethod
    def of(cls, profiles: Iterable[Profile]) -> Archive:
        """Returns an archive in memory."""
        lines = [line_of(profile) for profile in profiles]
        ends = np.cumsum([len(line) for line in lines], dtype=np.int64)
        starts = ends - np.array([len(line) for line in lines], dtype=np.int64)
        return cls(dict(zip(cls.ARRAYS, (np.frombuffer(b"".join(lines), dtype=np.uint8), starts, ends), strict=True)))

    def __len__(self) -> int:
        """Returns the number of profiles."""
        return len(self._starts)

    def _at(self, row: int) -> Profile:
        """Returns the profile of one row."""
        return profile_of(self._blob[self._starts[row] : self._ends[row]].tobytes())


class Arranged(_Rows):
    """Profiles of an archive and others in an order of their own: what a merge leaves of an archive and its changes."""

    def __init__(self, archive: Sequence[Profile], others: Sequence[Profile], places: NDArray[np.int64]) -> None:
        self._archive = archive
        self._others = others
        self._places = places

    def __len__(self) -> int:
        """Returns the number of profiles."""
        return len(self._places)

    def _at(self, row: int) -> Profile:
        """Returns the profile of one row."""
        place = int(self._places[row])
        return self._archive[place] if place >= 0 else self._others[-1 - place]


def arranged(profiles: Sequence[Profile], added: Mapping[int, Profile], rows: Sequence[int]) -> Sequence[Profile]:
    """Returns the profiles in these rows in this order; what lies on disk is left there."""
    if isinstance(profiles, tuple):
        return tuple(added[row] if row in added else profiles[row] for row in rows)
    place_of = {row: -1 - place for place, row in enumerate(added)}
    places = np.array([place_of.get(row, row) for row in rows], dtype=np.int64)
    return Arranged(profiles, list(added.values()), places)


class Writer:
    """Writes profiles to a file one after the other, for an archive in a snapshot's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "profile_lines"
        self._file: BinaryIO = self._path.open("wb")
        self._sizes: list[int] = []
        self.sum = 0

    def __enter__(self) -> Self:
        """Begins to write."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the file and takes it away; what is needed of it is in the archive."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def append(self, profile: Profile) -> None:
        """Writes one profile and counts its checksum in."""
        line = line_of(profile)
        self._file.write(line)
        self._sizes.append(len(line))
        self.sum += int.from_bytes(hashlib.sha256(line).digest(), "little")

    def finish(self, order: NDArray[np.int64]) -> dict[str, Any]:
        """Returns the arrays of the archive with the profiles in the given order."""
        self._file.flush()
        sizes = np.array(self._sizes, dtype=np.int64)
        ends = np.cumsum(sizes)
        size = max(1, int(sizes.sum()))
        blob = np.lib.format.open_memmap(self._folder / "profile_blob.npy", mode="w+", dtype=np.uint8, shape=(size,))
        with self._path.open("rb") as lines:
            place = 0
            while block := lines.read(_COPIED):
                blob[place : place + len(block)] = np.frombuffer(block, dtype=np.uint8)
                place += len(block)
        blob.flush()
        return dict(zip(Archive.ARRAYS, (blob, (ends - sizes)[order], ends[order]), strict=True))
