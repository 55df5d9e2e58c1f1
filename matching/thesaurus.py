"""The thesaurus as text: entries (same, narrower, related), their files, what makes an entry bad, and where files collide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from matching.text import normalise, normalise_all, wordlike

Relation = Literal["same", "narrower", "related"]
Fault = Literal["form", "short", "long", "sign", "twice", "known"]

SHORTEST_TERM = 2
"""Characters of a term that a person adds. A shipped file may hold a single character that has one meaning only (砼)."""

LONGEST_TERM = 40

WORDS_FOLDER = Path(__file__).parent / "words"
SHIPPED_FILES = (WORDS_FOLDER / "synonyms.txt", WORDS_FOLDER / "thesaurus")

_SIGN: dict[Relation, str] = {"same": "=", "narrower": ">", "related": "~"}
_RELATION: dict[str, Relation] = {sign: relation for relation, sign in _SIGN.items()}
_FORM = re.compile(r"(?P<head>.+?)\s+(?P<sign>[=>~])\s+(?P<rest>.+)")
_SAME = re.compile(r"\s+=\s+")
_LIST = re.compile(r"\s*(?:(?<!\d),|,(?!\d)|[，、])\s*")  # the comma of 1,4-丁二醇 belongs to the term
_SIGNS_INSIDE = re.compile(r"[#=>~，、≈\r\n\t]|(?<!\d),|,(?!\d)")


class BadEntry(ValueError):
    """An entry that cannot be used. ``fault`` tells what is wrong with which ``term``, so that a page can say it in Chinese.

    ``form``: not one of the three forms, or fewer than two terms; ``short``/``long``: a term below ``SHORTEST_TERM`` or above
    ``LONGEST_TERM`` characters; ``sign``: a term with a sign that the format uses, or without any letter; ``twice``: one
    term twice in the entry; ``known``: the terms stand in the group named by ``group`` already.
    """

    def __init__(self, fault: Fault, term: str, message: str, group: str = "") -> None:
        super().__init__(message)
        self.fault: Fault = fault
        self.term = term
        self.group = group


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: ``head = terms`` (the same thing), ``head > terms`` (kinds and parts of it), ``head ~ terms`` (stand close).

    Terms are as people write them; they are compared in their normalised form. ``source`` is where the entry comes from
    ("file:line" for a shipped one).
    """

    relation: Relation
    head: str
    terms: tuple[str, ...]
    source: str = ""

    @property
    def all_terms(self) -> tuple[str, ...]:
        """The head and the other terms."""
        return (self.head, *self.terms)

    def __str__(self) -> str:
        """Returns the entry as a line of a thesaurus file."""
        between = " = " if self.relation == "same" else ", "
        return f"{self.head} {_SIGN[self.relation]} {between.join(self.terms)}"


def parse(line: str, source: str = "") -> Entry:
    """Returns the entry of one line without comment. Raises BadEntry (``form``)."""
    hit = _FORM.fullmatch(line.strip())
    if hit is None:
        raise BadEntry("form", line.strip(), f"not an entry (A = B, A > B, C or A ~ B, C): {line.strip()!r}")
    separator = _SAME if hit["sign"] == "=" else _LIST
    return Entry(_RELATION[hit["sign"]], hit["head"], tuple(separator.split(hit["rest"].strip())), source)


def check(entry: Entry, shortest: int = SHORTEST_TERM) -> tuple[str, ...]:
    """Returns the normalised terms of a sound entry, head first. Raises BadEntry naming the first faulty term."""
    if not entry.terms:
        raise BadEntry("form", entry.head, f"an entry needs at least two terms: {str(entry)!r}")
    seen: dict[str, None] = {}
    for spelling in entry.all_terms:
        term = check_word(spelling, shortest)
        if term in seen:
            raise BadEntry("twice", spelling, f"{spelling!r} stands twice in one entry: {str(entry)!r}")
        seen[term] = None
    return tuple(seen)


def normal_terms(entries: Sequence[Entry]) -> list[tuple[str, ...]]:
    """Returns the distinct normalised terms of each entry, head first; spellings that differ in case only are one term."""
    spellings = list(dict.fromkeys(spelling for entry in entries for spelling in entry.all_terms))
    normal = dict(zip(spellings, normalise_all(spellings), strict=True))
    return [tuple(dict.fromkeys(term for one in entry.all_terms if (term := normal[one]))) for entry in entries]


def check_word(spelling: str, shortest: int = SHORTEST_TERM) -> str:
    """Returns the normalised form of one term or word. Raises BadEntry (``short``, ``long``, ``sign``)."""
    if _SIGNS_INSIDE.search(spelling):
        raise BadEntry("sign", spelling, f"a term cannot hold # = > ~ or a comma: {spelling!r}")
    term = normalise(spelling[: LONGEST_TERM * 8])
    if len(term) < shortest:
        raise BadEntry("short", spelling, f"a term needs at least {shortest} characters: {spelling!r}")
    if len(term) > LONGEST_TERM or len(spelling) > LONGEST_TERM * 8:
        raise BadEntry(
            "long", spelling[:LONGEST_TERM], f"a term has at most {LONGEST_TERM} characters: {spelling!r:.60}"
        )
    if not wordlike(term):
        raise BadEntry("sign", spelling, f"a term needs a letter or a digit: {spelling!r}")
    return term


def thesaurus_files(places: Iterable[Path] = SHIPPED_FILES) -> tuple[Path, ...]:
    """Returns the files among ``places``; a folder stands for its ``*.txt`` in the order of their names."""
    return tuple(path for place in places for path in (sorted(place.glob("*.txt")) if place.is_dir() else [place]))


def read_entries(path: Path) -> tuple[Entry, ...]:
    """Returns the entries of one file: UTF-8, one entry per line, ``#`` starts a comment.

    Raises BadEntry naming file and line for a line that is not an entry.
    """
    entries: list[Entry] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        written = line.partition("#")[0].strip()
        if written:
            source = f"{path.name}:{number}"
            try:
                entries.append(parse(written, source))
            except BadEntry as error:
                raise BadEntry(error.fault, error.term, f"{source}: {error}") from error
    return tuple(entries)


def faults(entries: Sequence[Entry]) -> Iterator[str]:
    """Yields what is wrong with entries, each with its source: bad terms, terms in two groups, entries that come twice."""
    group_of: dict[str, Entry] = {}
    seen: dict[tuple[Relation, frozenset[str]], Entry] = {}
    for entry in entries:
        try:
            terms = check(entry, shortest=1)
        except BadEntry as error:
            yield f"{entry.source}: {error}"
            continue
        earlier = seen.setdefault((entry.relation, frozenset(terms)), entry)
        if earlier is not entry:
            yield f"{entry.source}: {str(entry)!r} stands already at {earlier.source}"
        elif entry.relation == "same":
            for term in terms:
                other = group_of.setdefault(term, entry)
                if other is not entry:
                    yield f"{entry.source}: {term!r} stands already in the group {str(other)!r} at {other.source}"
