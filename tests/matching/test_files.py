"""Files that are right, and the message for each way of being wrong."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from matching.files import BadFile, read_judgements, read_profiles, read_verdicts, stream_profiles, write_run
from matching.model import Match, Profile


def write(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def test_profiles_take_what_is_there(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '\ufeff{"id": "A1", "title": "题", "field": "陶瓷", "keywords": ["甲"], "county": null, "other": 1}\r\n\r\n'
        '{"id": "A2", "industry": "建材", "field": "陶瓷", "modes": ["入股"]}'.encode(),
    )
    assert read_profiles(path) == [
        Profile("A1", title="题", industry="陶瓷", keywords=("甲",)),
        Profile("A2", industry="建材", modes=("入股",)),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "line 1: is not JSON"),
        (b"[" * 100_000, "line 1: is (not JSON|nested too deeply)"),
        (b"[]", "line 1: is not a JSON object"),
        (b'{"id": "A1"}\n{"title": "x"}', "line 2: id must be"),
        (b'{"id": ""}', "line 1: id must be"),
        (b'{"id": "a\\tb"}', "line 1: id must be"),
        (b'{"id": 1}', "line 1: id must be a text"),
        (b'{"id": "A1", "body": 1}', "line 1: body must be a text"),
        (b'{"id": "A1", "keywords": "x"}', "line 1: keywords must be a list of texts"),
        (b'{"id": "A1", "keywords": [1]}', "line 1: keywords must be a list of texts"),
        (b'{"id": "A1"}\n{"id": "A1"}', "line 2: id 'A1' comes twice"),
        ("铝".encode("gb18030"), "is not UTF-8 text"),
    ],
)
def test_faulty_profiles(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        read_profiles(write(tmp_path, content))


def test_the_place_of_a_wrong_byte_is_told(tmp_path: Path) -> None:
    good = '\ufeff{"id": "A1"}\n'.encode()
    with pytest.raises(BadFile, match=rf"is not UTF-8 text \(byte {len(good) + 4}\)$"):
        read_profiles(write(tmp_path, good + b'{"id\xff": "A2"}'))


def test_profiles_come_one_after_the_other(tmp_path: Path) -> None:
    stream = stream_profiles(write(tmp_path, b'{"id": "A1"}\n{"id": "A2"}\nnonsense\n'))
    assert [next(stream).id, next(stream).id] == ["A1", "A2"]
    with pytest.raises(BadFile, match="line 3: is not JSON"):
        next(stream)


def test_a_line_without_end_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, b'{"id": "A1"}\n')
    with path.open("r+b") as file:
        file.truncate(1 << 33)  # 8 GB that take no room on the disk
    started = time.process_time()
    with pytest.raises(BadFile, match="line 2: is longer than 64 MB"):
        read_profiles(path)
    assert time.process_time() - started < 5


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"gone\.jsonl: cannot be read \(No such file"):
        read_profiles(tmp_path / "gone.jsonl")


@pytest.mark.parametrize("header", [b"", b"need_id\tachievement_id\tgrade\treason\n"])
def test_judgements(tmp_path: Path, header: bytes) -> None:
    path = write(tmp_path, header + b"N1\tA1\t3\tgood\nN1\tA2\t0\t\nN2\tA1\t1")
    assert read_judgements(path) == {"N1": {"A1": 3, "A2": 0}, "N2": {"A1": 1}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"N1 A1 3", "line 1: need id, achievement id and grade"),
        (b"N1\tA1\t4", "line 1: the grade must be 0, 1, 2 or 3, not '4'"),
        (b"N1\tA1\t\xc2\xb3", "line 1: the grade must be"),
        (b"N1\tA1\t3\nN1\tA1\t2", "line 2: the pair N1, A1 is judged twice"),
    ],
)
def test_faulty_judgements(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        read_judgements(write(tmp_path, content))


def test_a_run_has_four_columns_and_no_header(tmp_path: Path) -> None:
    path = tmp_path / "run.tsv"
    write_run(path, [Profile("N1"), Profile("N2")], [[Match("A1", 0.5, 1, ()), Match("A2", 0.25, 2, ())], []])
    assert path.read_bytes() == b"N1\tA1\t1\t0.500000000\nN1\tA2\t2\t0.250000000\n"


def test_a_run_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be written"):
        write_run(tmp_path / "no" / "run.tsv", [], [])


def test_verdicts_of_the_desk_become_grades(tmp_path: Path) -> None:
    rows = ["need\tachievement\tverdict", "N1\tA1\tkeep", "N1\tA2\tdismiss", "N2\tA1\t5", "N2\tA2\t3", "N1\tA1\t1"]
    path = write(tmp_path, "\n".join(rows).encode())
    assert read_verdicts(path) == {"N1": {"A1": 0, "A2": 0}, "N2": {"A1": 3, "A2": 1}}


@pytest.mark.parametrize("content", [b"N1\tA1", b"N1\tA1\tperhaps", b"N1\tA1\t6"])
def test_verdicts_that_are_none(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadFile, match="line 1: need id, achievement id and keep"):
        read_verdicts(write(tmp_path, content))
