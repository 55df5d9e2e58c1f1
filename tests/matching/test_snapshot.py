"""Snapshots: the same answers from the disk, and a usable pointer whatever happens to the one who writes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from matching import snapshot
from matching.index import Index
from matching.segment import Bags, Scheme, Segment

ROOT = Path(__file__).parents[2]


def documents(amount: int, word: str = "钢") -> list[tuple[str, Bags]]:
    """Some documents."""
    return [
        (f"a{number}", {"words": {f"{word}{number % 17}": 1.0, "的": 2.0}, "characters": {word: 1.0 + number % 3}})
        for number in range(amount)
    ]


NEED: Bags = {"words": {"钢3": 1.0, "的": 1.0, "铝": 1.0}, "characters": {"钢": 1.0}}


def test_a_mapped_index_answers_as_the_one_that_was_saved(tmp_path: Path) -> None:
    index = Index.build(documents(200), Scheme(1.5, 0.7, 1.2, (("characters", 0.3), ("words", 0.7))))
    folder = snapshot.save(index, tmp_path)
    opened = snapshot.load(folder)
    assert opened.scheme == index.scheme
    assert opened.fingerprint == index.fingerprint == opened.segment.fingerprint(opened.scheme)
    assert opened.ids == index.ids
    one, other = index.top(index.weigh(NEED), 20), opened.top(opened.weigh(NEED), 20)
    assert (one[0], one[1].tobytes()) == (other[0], other[1].tobytes())
    snapshot.verify(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([folder.name, snapshot.POINTER])


def test_an_index_built_in_files_is_the_same_as_one_built_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matching.assembly._GATHERED", 64)
    monkeypatch.setattr("matching.assembly._BLOCK", 50)
    filed = snapshot.load(snapshot.build(tmp_path, iter(documents(300)[::-1])))
    monkeypatch.undo()
    index = Index.build(documents(300))
    assert filed.fingerprint == index.fingerprint
    for name in Segment.NAMES:
        assert np.array_equal(filed.segment.arrays[name], index.segment.arrays[name]), name


def test_a_mapped_index_can_be_changed_and_merged_without_touching_the_files(tmp_path: Path) -> None:
    folder = snapshot.save(Index.build(documents(100)), tmp_path)
    index = snapshot.load(folder)
    index.remove("a3")
    index.add("b", {"words": {"铝": 1.0}})
    with pytest.raises(ValueError, match="merge"):
        snapshot.save(index, tmp_path)
    index.merge()
    second = snapshot.save(index, tmp_path)
    assert "b" in snapshot.load(second)
    snapshot.verify(folder)
    assert "a3" in snapshot.load(folder)


def test_readers_follow_the_pointer_and_old_snapshots_go_when_unused(tmp_path: Path) -> None:
    shelf, late = snapshot.Shelf(tmp_path), snapshot.Shelf(tmp_path)
    with pytest.raises(snapshot.Damaged):
        shelf.index()
    first = snapshot.save(Index.build(documents(50)), tmp_path)
    held = shelf.index()
    assert shelf.index() is held
    second = snapshot.save(Index.build(documents(60)), tmp_path)
    assert len(late.index()) == 60
    if sys.platform != "win32":
        assert snapshot.clean(tmp_path) == []
    assert len(shelf.index()) == 60
    assert snapshot.clean(tmp_path) == [first.name]
    assert len(held) == 50
    assert held.top(held.weigh(NEED), 3)[0]
    late.close()
    snapshot.point(tmp_path, "gone")
    with pytest.raises(snapshot.Damaged):
        shelf.index()
    snapshot.point(tmp_path, second.name)
    assert len(shelf.index()) == 60
    shelf.close()


def test_saving_the_same_twice_keeps_one(tmp_path: Path) -> None:
    index = Index.build(documents(50))
    assert snapshot.save(index, tmp_path) == snapshot.save(index, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", ["missing", "short", "manifest", "version", "shape"])
def test_damaged_snapshots_are_refused(tmp_path: Path, damage: str) -> None:
    folder = snapshot.save(Index.build(documents(50)), tmp_path)
    manifest = folder / snapshot.MANIFEST
    if damage == "missing":
        (folder / "rows.npy").unlink()
    elif damage == "short":
        (folder / "rows.npy").write_bytes((folder / "rows.npy").read_bytes()[:-4])
    elif damage == "shape":
        np.save(folder / "dense.npy", np.load(folder / "dense.npy").T.copy())
    elif damage == "manifest":
        manifest.write_text("{", encoding="utf-8")
    else:
        manifest.write_text(
            json.dumps(json.loads(manifest.read_text(encoding="utf-8")) | {"version": 0}), encoding="utf-8"
        )
    with pytest.raises(snapshot.Damaged):
        snapshot.load(folder)


def test_a_damaged_snapshot_is_written_anew(tmp_path: Path) -> None:
    index = Index.build(documents(50))
    folder = snapshot.save(index, tmp_path)
    (folder / "rows.npy").unlink()
    assert snapshot.save(index, tmp_path) == folder
    snapshot.verify(folder)
    assert len(snapshot.clean(tmp_path)) == 1


def test_a_changed_byte_is_found_by_verifying(tmp_path: Path) -> None:
    folder = snapshot.save(Index.build(documents(50)), tmp_path)
    data = bytearray((folder / "codes.npy").read_bytes())
    data[-1] ^= 1
    (folder / "codes.npy").write_bytes(data)
    with pytest.raises(snapshot.Damaged, match="codes"):
        snapshot.verify(folder)


WRITER = """
import sys
from pathlib import Path
from matching import snapshot
from matching.index import Index
number = 0
while True:
    number += 1
    documents = [(f"a{at}", {"words": {f"w{at % 50}": 1.0 + number}}) for at in range(2000)]
    snapshot.save(Index.build(documents), Path(sys.argv[1]))
    print(number, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed with a signal")
def test_a_writer_that_is_killed_leaves_a_usable_snapshot(tmp_path: Path) -> None:
    snapshot.save(Index.build(documents(10)), tmp_path)
    for pause in (0.0, 0.013, 0.031, 0.05):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline()
            time.sleep(pause)
            writer.send_signal(signal.SIGKILL)
        shelf = snapshot.Shelf(tmp_path)
        index = shelf.index()
        snapshot.verify(tmp_path / shelf.current)
        assert len(index) == 2000
        shelf.close()
    snapshot.clean(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([snapshot.POINTER, shelf.current])
