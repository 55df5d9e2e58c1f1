"""The cache of words: what it keeps, what it forgets, and that a broken file never matters."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from matching.text import Segmenter
from matching.tokens import TokenCache

KEY = b"segmenter"


def test_what_was_put_is_found_under_its_fingerprint_only() -> None:
    cache = TokenCache()
    cache.put(KEY, "铝灰处理", "铝灰 处理")
    cache.put(KEY, "", "")
    assert cache.get(KEY, "铝灰处理") == "铝灰 处理"
    assert cache.get(KEY, "") == ""
    assert cache.get(b"other words", "铝灰处理") is None
    assert cache.get(KEY, "\ud800") is None


def test_memory_is_bounded_and_keeps_what_is_used() -> None:
    cache = TokenCache(memory_limit=1_000)
    cache.put(KEY, "used", "x" * 10)
    for number in range(500):
        cache.put(KEY, str(number), "y" * 10)
        assert cache.get(KEY, "used") == "x" * 10
    assert cache.get(KEY, "0") is None
    for number in range(500):
        cache.put(KEY, f"nothing {number}", "")
    assert len(cache._newer) + len(cache._older) < 30


def test_a_file_survives_its_process(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tokens.sqlite3"
    first = TokenCache(path)
    first.put(KEY, "铝灰", "铝 灰")
    first.close()
    assert TokenCache(path).get(KEY, "铝灰") == "铝 灰"


def test_what_waits_to_be_written_is_found(tmp_path: Path) -> None:
    cache = TokenCache(tmp_path / "tokens.sqlite3", memory_limit=0)
    cache.put(KEY, "铝灰", "铝 灰")
    assert cache.get(KEY, "铝灰") == "铝 灰"


@pytest.mark.parametrize("content", [b"not a database" * 1_000, b"SQLite format 3\x00" + b"\xff" * 5_000])
def test_a_broken_file_is_made_anew(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "tokens.sqlite3"
    path.write_bytes(content)
    cache = TokenCache(path)
    assert cache.get(KEY, "铝灰") is None
    cache.put(KEY, "铝灰", "铝 灰")
    cache.close()
    assert TokenCache(path).get(KEY, "铝灰") == "铝 灰"
    assert any("made anew" in record.message for record in caplog.records)


def test_a_file_that_breaks_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "tokens.sqlite3"
    cache = TokenCache(path, memory_limit=0)
    for number in range(2_000):
        cache.put(KEY, str(number), "铝 灰" * 50)
    cache.flush()
    with path.open("r+b") as file:
        file.write(b"\xff" * 50_000)
    for number in range(2_000):
        assert cache.get(KEY, str(number)) in {None, "铝 灰" * 50}
    cache.put(KEY, "after", "word")
    cache.close()
    assert TokenCache(path).get(KEY, "after") == "word"


def test_a_place_that_cannot_be_written_is_done_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = TokenCache(tmp_path)  # a folder
    cache.put(KEY, "铝灰", "铝 灰")
    cache.flush()
    assert cache.get(KEY, "铝灰") == "铝 灰"
    assert cache.get(KEY, "铝渣") is None
    cache.close()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_file_above_its_limit_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "tokens.sqlite3"
    cache = TokenCache(path, file_limit=10_000)
    for number in range(600):
        cache.put(KEY, str(number), "x" * 100)
    cache.close()
    assert TokenCache(path).get(KEY, "0") is None


def test_several_processes_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "tokens.sqlite3"
    program = (
        "import sys; from pathlib import Path; from matching.tokens import TokenCache\n"
        "cache = TokenCache(Path(sys.argv[1]))\n"
        "for n in range(3000): cache.put(b'segmenter', f'{sys.argv[2]}-{n}', f'words {n}')\n"
        "cache.close()\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(path), name], cwd=Path(__file__).parents[2])
        for name in "ab"
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    cache = TokenCache(path)
    assert all(cache.get(KEY, f"{name}-{number}") == f"words {number}" for name in "ab" for number in (0, 1500, 2999))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_opens_the_file_for_itself(tmp_path: Path) -> None:
    cache = TokenCache(tmp_path / "tokens.sqlite3", memory_limit=0)
    cache.put(KEY, "铝灰", "铝 灰")
    cache.flush()
    child = os.fork()
    if child == 0:
        cache.put(KEY, "child", "wrote")
        cache.close()
        os._exit(0 if cache._file is None else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert cache.get(KEY, "child") == "wrote"
    assert cache.get(KEY, "铝灰") == "铝 灰"


def test_threads_share_a_cache(tmp_path: Path) -> None:
    cache = TokenCache(tmp_path / "tokens.sqlite3", memory_limit=2_000)
    wrong: list[str] = []

    def work() -> None:
        for number in range(2_000):
            text = str(number % 300)
            cache.put(KEY, text, f"words {text}")
            if cache.get(KEY, text) not in {f"words {text}", None}:
                wrong.append(text)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_segmenter_gives_the_same_words_with_and_without(segmenter: Segmenter, tmp_path: Path) -> None:
    cache = TokenCache(tmp_path / "tokens.sqlite3")
    kept = Segmenter(tmp_path, tokens=cache)
    for text in ("主轴冷却，温度 超过8℃。", "", "，", "ＳｉＣ晶錠"):
        assert kept.runs(text) == segmenter.runs(text)
        assert kept.runs(text) == segmenter.runs(text)
        assert kept.cut(text) == segmenter.cut(text)
