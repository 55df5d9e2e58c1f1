"""Indexes on disk: one immutable folder for each fingerprint, mapped by its readers, and a pointer to the current one.

A snapshot is written under a temporary name, made durable and renamed; then the pointer is replaced. So a crash at any
moment leaves the pointer at a complete snapshot. Readers look at the pointer between requests and hold a shared lock on
what they have mapped, which is how the cleaner knows what is in use.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Generic, TypeVar
from zlib import crc32

import numpy as np

from matching.index import Index
from matching.retrieval import Engine
from matching.segment import Bags, Scheme, Segment

if sys.platform == "win32":  # which keeps mapped files from being deleted by itself

    def _lock(file: IO[bytes], *, alone: bool) -> bool:
        return True
else:
    import fcntl

    def _lock(file: IO[bytes], *, alone: bool) -> bool:
        """Locks a file, shared or alone; says whether that was possible without waiting."""
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


log = logging.getLogger(__name__)

VERSION = 2
"""Of the form of the files; a snapshot of another version is refused and built anew."""

MANIFEST = "manifest.json"
POINTER = "CURRENT"
_TEMPORARY = ".new-"
_CHUNK = 1 << 24


class Damaged(ValueError):
    """A snapshot that is incomplete, of another version, or not what its manifest says."""


def save(index: Index, root: Path) -> Path:
    """Writes a merged index below ``root`` and makes it the current one; returns its folder.

    Raises ValueError while the index has changes that are not merged.
    """
    segment = index.segment
    return publish(root, begin(root), index.fingerprint[:32], segment.arrays, described(index))


def build(root: Path, documents: Iterable[tuple[str, Bags]], scheme: Scheme | None = None) -> Path:
    """Builds an index in files from the start, in memory for one block of documents; else as ``save``."""
    folder = begin(root)
    index = Index.build(documents, scheme, folder=folder)
    return publish(root, folder, index.fingerprint[:32], index.segment.arrays, described(index))


def begin(root: Path) -> Path:
    """Returns a new folder below ``root`` in which a snapshot can be written; nobody reads it before it is published."""
    root.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=root))


def described(index: Index) -> dict[str, Any]:
    """Returns what a manifest says of an index."""
    return {"fingerprint": index.fingerprint, "scheme": asdict(index.scheme), "documents": len(index)}


def publish(root: Path, folder: Path, name: str, arrays: Mapping[str, Any], about: Mapping[str, Any]) -> Path:
    """Writes the arrays into a folder of ``begin``, unless they were made in files there, and makes it the current snapshot.

    The same name must mean the same content: a usable snapshot of that name is kept.
    """
    written: dict[str, dict[str, Any]] = {}
    for key, array in arrays.items():
        path = folder / f"{key}.npy"
        if not path.exists():
            np.save(path, array)
        written[key] = {"bytes": _durable(path), "crc32": _checksum(path)}
    manifest = {"version": VERSION, **about, "arrays": written}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    _durable(folder / MANIFEST)
    _durable(folder)
    place = root / name
    folder.chmod(0o755)
    if _usable(place):
        shutil.rmtree(folder)
    else:
        if place.exists():
            place.rename(Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=root)) / name)
        folder.rename(place)
    point(root, name)
    return place


def _usable(folder: Path) -> bool:
    try:
        load(folder)
        mapped(folder)
    except Damaged:
        return False
    return True


def point(root: Path, name: str) -> None:
    """Makes a snapshot the current one, at once and durably."""
    handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=root)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(name + "\n")
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).chmod(0o644)
    Path(temporary).replace(root / POINTER)
    _durable(root)


def _durable(path: Path) -> int:
    """Writes a file or folder through to the disk; returns its size."""
    if path.is_dir() and os.name == "nt":
        return 0
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            value = crc32(block, value)
    return value


def load(folder: Path, *, engine: Engine = "auto", cache_dir: Path | None = None) -> Index:
    """Maps a snapshot. Nothing is read but the manifest, the lengths and what a search touches.

    Raises Damaged where a file is missing or has another size than when it was written; ``verify`` reads everything.
    """
    manifest, arrays = mapped(folder, Segment.NAMES)
    _consistent(arrays, int(manifest["documents"]), folder)
    described = manifest["scheme"]
    described["shares"] = tuple((str(view), float(share)) for view, share in described["shares"])
    scheme = Scheme(**described)
    return Index(
        Segment(arrays, scheme), scheme, engine=engine, cache_dir=cache_dir, fingerprint=manifest["fingerprint"]
    )


def mapped(folder: Path, names: Iterable[str] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the manifest of a snapshot and its arrays, mapped: those named, or all. Raises Damaged."""
    manifest = _manifest(folder)
    arrays: dict[str, Any] = {}
    for name in manifest["arrays"] if names is None else names:
        path = folder / f"{name}.npy"
        try:
            size = path.stat().st_size
            if size != manifest["arrays"][name]["bytes"]:
                raise Damaged(f"{path} has {size} bytes")
            arrays[name] = _mapped(path)
        except (OSError, KeyError, ValueError) as error:
            raise Damaged(f"{path} cannot be used: {error}") from error
    return manifest, arrays


def _consistent(arrays: dict[str, Any], documents: int, folder: Path) -> None:
    """Raises Damaged where arrays do not fit together: compiled code reads them without looking at their ends."""
    terms = len(arrays["term_offsets"]) - 1
    expected = {
        "id_offsets": (documents + 1,),
        "frequencies": (terms,),
        "forward_starts": (documents + 1,),
        "forward": (int(arrays["forward_starts"][-1]),),
        "lengths": (documents, len(arrays["term_views"]) - 1),
        "starts": (terms + 1,),
        "rows": (int(arrays["starts"][-1]),),
        "codes": (int(arrays["starts"][-1]),),
        "dense_of": (terms,),
        "dense": (int(arrays["dense_of"].max(initial=-1)) + 1, documents),
    }
    for name, shape in expected.items():
        wanted = {
            np.dtype(Segment.TYPES.get(name, arrays[name].dtype)),
            *([np.dtype(np.uint64)] if name == "forward" else []),
        }
        if arrays[name].shape != shape or arrays[name].dtype not in wanted:
            raise Damaged(f"{folder / name}.npy holds {arrays[name].dtype}{arrays[name].shape}, not {shape}")


def _mapped(path: Path) -> Any:
    array = np.load(path, mmap_mode="r", allow_pickle=False) if path.stat().st_size > 4096 else np.load(path)
    plain = np.asarray(array)
    plain.flags.writeable = False
    return plain


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Damaged(f"{folder} holds no snapshot: {error}") from error
    if manifest.get("version") != VERSION:
        raise Damaged(f"{folder} has version {manifest.get('version')}, not {VERSION}")
    return manifest


def verify(folder: Path) -> None:
    """Reads every file of a snapshot. Raises Damaged where one is not what was written."""
    for name, written in _manifest(folder)["arrays"].items():
        path = folder / f"{name}.npy"
        if not path.exists() or _checksum(path) != written["crc32"]:
            raise Damaged(f"{path} was changed after it was written")


T = TypeVar("T")


class Reading(Generic[T]):
    """The current one of the snapshots below one folder, as ``opener`` opens it, for one reader.

    May be shared by threads; ask it once for each request.
    """

    def __init__(self, root: Path, opener: Callable[[Path], T]) -> None:
        self._root = root
        self._open = opener
        self._held: tuple[str, T, IO[bytes]] | None = None

    @property
    def current(self) -> str:
        """The name of the current snapshot. Raises Damaged where there is none."""
        try:
            return (self._root / POINTER).read_text(encoding="ascii").strip()
        except OSError as error:
            raise Damaged(f"{self._root} has no current snapshot") from error

    def get(self) -> T:
        """Returns what is current; opens it if the pointer has moved. Raises Damaged if it cannot be used."""
        for attempt in range(3):
            name = self.current
            held = self._held
            if held is not None and held[0] == name:
                return held[1]
            folder = self._root / name
            try:
                lock = _shared(folder)
                try:
                    opened = self._open(folder)
                except Damaged:
                    lock.close()
                    raise
            except (OSError, Damaged) as error:
                if attempt == 2 or self.current == name:
                    raise Damaged(f"{folder} cannot be opened: {error}") from error
            else:
                self.close()  # requests that still read the old one keep its maps, even when its files are deleted
                self._held = (name, opened, lock)
                return opened
        raise AssertionError  # the loop returns or raises

    def close(self) -> None:
        """Lets go of the snapshot that is held."""
        if self._held is not None:
            self._held[2].close()
            self._held = None


class Shelf(Reading[Index]):
    """The current index below one folder, for one reader."""

    def __init__(self, root: Path, *, engine: Engine = "auto", cache_dir: Path | None = None) -> None:
        super().__init__(root, lambda folder: load(folder, engine=engine, cache_dir=cache_dir))

    def index(self) -> Index:
        """Returns the current index, as ``get``."""
        return self.get()


def _shared(folder: Path) -> IO[bytes]:
    file = (folder / MANIFEST).open("rb")
    if not _lock(file, alone=False):
        file.close()
        raise Damaged(f"{folder} is being deleted")
    return file


def clean(root: Path) -> list[str]:
    """Deletes what is neither current nor in use: older snapshots and what a crash left behind; returns their names.

    Only for the one process that writes: a folder that another one is writing would be taken for a leftover.
    """
    current = (root / POINTER).read_text(encoding="ascii").strip()
    gone: list[str] = []
    for path in sorted(root.iterdir()):
        if path.name in {current, POINTER} or (not path.name.startswith(_TEMPORARY) and not (path / MANIFEST).exists()):
            continue
        if path.is_dir() and _in_use(path):
            continue
        try:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError as error:  # mapped files cannot be deleted everywhere; the next cleaning tries again
            log.info("%s is kept for now: %s", path, error)
            continue
        gone.append(path.name)
    return gone


def _in_use(folder: Path) -> bool:
    """Says whether a reader holds a snapshot; if not, takes its manifest away, so that none can open it any more."""
    manifest = folder / MANIFEST
    if manifest.exists():
        with manifest.open("rb") as file:
            if not _lock(file, alone=True):
                return True
            manifest.unlink()
    return False
