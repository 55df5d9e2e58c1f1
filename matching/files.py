"""Reads needs, achievements and judgements from files and writes runs. The formats are those of the relevance collection."""

from __future__ import annotations

import codecs
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from matching.model import Match, Profile

LONGEST_LINE = 1 << 26
"""Bytes of one line of a file; a longer one is refused before it is read."""

_GRADE_OF = {"keep": 2, "dismiss": 0, "5": 3, "4": 2, "3": 1, "2": 0, "1": 0}


class BadFile(Exception):
    """A file that cannot be read as what it should be; the message names the file, the line and what is wrong."""


def read_profiles(path: Path) -> list[Profile]:
    """Reads one profile per line of JSON: id and title as strings, the other fields where present.

    An achievement's ``field`` is its industry. Raises BadFile, also for an id that comes twice.
    """
    return list(stream_profiles(path))


def stream_profiles(path: Path) -> Iterator[Profile]:
    """Yields the profiles of ``read_profiles`` one after the other; only their ids are kept. Raises BadFile on the way."""
    seen: set[str] = set()
    for number, line in _lines(path):
        profile = _profile(line, f"{path}, line {number}")
        if profile.id in seen:
            raise BadFile(f"{path}, line {number}: id {profile.id!r} comes twice")
        seen.add(profile.id)
        yield profile


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yields the lines that are not blank, with their numbers, in memory for one of them."""
    try:
        with path.open("rb") as file:
            reached = 0
            for number in itertools.count(1):
                raw = file.readline(LONGEST_LINE + 1)
                if not raw:
                    return
                if len(raw) > LONGEST_LINE:
                    raise BadFile(f"{path}, line {number}: is longer than {LONGEST_LINE >> 20} MB")
                start = len(codecs.BOM_UTF8) if number == 1 and raw.startswith(codecs.BOM_UTF8) else 0
                try:
                    line = raw[start:].decode()
                except UnicodeDecodeError as error:
                    raise BadFile(f"{path}: is not UTF-8 text (byte {reached + start + error.start})") from error
                reached += len(raw)
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror or error})") from error


def _profile(line: str, where: str) -> Profile:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadFile(f"{where}: is not JSON ({error})") from error
    except RecursionError as error:
        raise BadFile(f"{where}: is nested too deeply") from error
    if not isinstance(row, dict):
        raise BadFile(f"{where}: is not a JSON object")
    identifier = _text(row, "id", where)
    if not identifier or any(character in identifier for character in "\t\r\n"):
        raise BadFile(f"{where}: id must be a text without tabs and line breaks, and not empty")
    return Profile(
        id=identifier,
        title=_text(row, "title", where),
        body=_text(row, "body", where),
        keywords=_texts(row, "keywords", where),
        indicators=_text(row, "indicators", where),
        industry=_text(row, "industry", where) or _text(row, "field", where),
        county=_text(row, "county", where),
        maturity=_text(row, "maturity", where),
        modes=_texts(row, "modes", where),
        institute=_text(row, "institute", where),
    )


def _text(row: Mapping[str, object], name: str, where: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadFile(f"{where}: {name} must be a text")
    return value


def _texts(row: Mapping[str, object], name: str, where: str) -> tuple[str, ...]:
    value = row.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadFile(f"{where}: {name} must be a list of texts")
    return tuple(value)


def read_judgements(path: Path) -> dict[str, dict[str, int]]:
    """Reads need id, achievement id, grade 0 to 3 and further columns, separated by tabs; a header line is skipped.

    Returns need id -> achievement id -> grade. Raises BadFile, also for a pair judged twice.
    """
    judgements: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        cells = line.split("\t")
        if number == 1 and cells[0] == "need_id":
            continue
        if len(cells) < 3:
            raise BadFile(f"{path}, line {number}: need id, achievement id and grade must be separated by tabs")
        need, offer, grade = cells[0], cells[1], cells[2].strip()
        if grade not in {"0", "1", "2", "3"}:
            raise BadFile(f"{path}, line {number}: the grade must be 0, 1, 2 or 3, not {grade!r}")
        if offer in judgements.setdefault(need, {}):
            raise BadFile(f"{path}, line {number}: the pair {need}, {offer} is judged twice")
        judgements[need][offer] = int(grade)
    return judgements


def read_verdicts(path: Path) -> dict[str, dict[str, int]]:
    """Reads what a desk decided: need id, achievement id, verdict, separated by tabs; a header line is skipped.

    A verdict is ``keep`` (grade 2), ``dismiss`` (0) or the 匹配度 of the feedback, 1 to 5 (5 is grade 3, 4 is 2, 3 is 1, else 0).
    The last verdict on a pair counts. Returns need id -> achievement id -> grade. Raises BadFile.
    """
    verdicts: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        cells = [cell.strip() for cell in line.split("\t")]
        if number == 1 and cells[0] in {"need", "need_id"}:
            continue
        if len(cells) < 3 or cells[2] not in _GRADE_OF:
            raise BadFile(
                f"{path}, line {number}: need id, achievement id and keep, dismiss or 1 to 5 must be separated by tabs"
            )
        verdicts.setdefault(cells[0], {})[cells[1]] = _GRADE_OF[cells[2]]
    return verdicts


def write_run(path: Path, needs: Sequence[Profile], answers: Sequence[Sequence[Match]]) -> None:
    """Writes need id, achievement id, rank from 1 and score, separated by tabs, without a header. Raises BadFile."""
    lines = [
        f"{need.id}\t{match.offer_id}\t{match.rank}\t{match.score:.9f}\n"
        for need, matches in zip(needs, answers, strict=True)
        for match in matches
    ]
    try:
        path.write_text("".join(lines), encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadFile(f"{path}: cannot be written ({error.strerror or error})") from error
