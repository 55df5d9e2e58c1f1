"""Free-text search in a catalogue: a few words, with typing mistakes and beginnings of words, and where they stand in each hit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matching.features import Reader, scheme_of
from matching.index import Index
from matching.model import CONCEPT, Profile
from matching.neighbours import reader_of, views
from matching.phrases import function_words
from matching.places import Fields, Span
from matching.spelling import Spelling
from matching.text import normalise

if TYPE_CHECKING:
    from matching.matcher import Matcher

Bags = dict[str, dict[str, float]]

LONGEST_QUERY = 200
"""Characters of a query that are looked at."""

_BEGINNINGS = 12
_SHORTEST_BEGINNING = 2
_LEAST = 0.3
"""A hit must have this share of the best hit's score."""

_CORRECTED = 0.8


@dataclass(frozen=True, slots=True)
class Hit:
    """A profile found by a search: its score within [0, 1], and the places of what was looked for, in order, not overlapping."""

    id: str
    score: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a query, best first. ``corrected`` is (typed, taken for) of each word that was put right or completed."""

    hits: tuple[Hit, ...]
    corrected: tuple[tuple[str, str], ...] = ()


class Search:
    """An index of profiles for free-text queries. Profiles come and go without a rebuild; any text is accepted as a query.

    Words and characters are weighed as in a ranking (rare ones more, titles three times), so most mistakes cost little; what
    no profile knows is put right by ``Spelling``, and the beginning of a Latin word stands for the words that begin so.
    """

    def __init__(self, profiles: Sequence[Profile], matcher: Matcher) -> None:
        self._reader: Reader = reader_of(matcher)
        self._segmenter = matcher.segmenter
        self._lexicon = matcher.lexicon
        self._profiles = {profile.id: profile for profile in profiles}
        bags = {profile.id: views(self._reader.offer(profile)) for profile in profiles}
        self._index = Index.build(bags.items(), scheme_of(matcher.settings))
        self._words = {word for bag in bags.values() for word in bag["words"] if not word.startswith(CONCEPT)}
        self._latin = sorted(word for word in self._words if word.isascii())
        self._spelling = Spelling(sorted(self._words), self._lexicon)

    def __len__(self) -> int:
        """Returns how many profiles are held."""
        return len(self._profiles)

    def put(self, profile: Profile) -> None:
        """Adds a profile, or puts it in the place of the one with its id. Its new words are not corrected to until a rebuild."""
        bags = views(self._reader.offer(profile))
        self._index.replace(profile.id, bags)
        self._profiles[profile.id] = profile
        for word in bags["words"]:
            if word not in self._words and not word.startswith(CONCEPT):
                self._words.add(word)
                if word.isascii():
                    self._latin.insert(bisect_left(self._latin, word), word)

    def remove(self, profile_id: str) -> None:
        """Removes a profile. Raises KeyError."""
        self._index.remove(profile_id)
        del self._profiles[profile_id]

    def find(self, query: str, limit: int = 20) -> Found:
        """Returns the profiles that hold most of a query. A query without a letter or digit finds nothing."""
        if limit < 1:
            raise ValueError("limit must be at least 1")
        text = normalise(query[:LONGEST_QUERY])
        corrected = list(self._corrections(text))
        profile = Profile("", body=text)
        bags = views(self._reader.need(profile))
        for concept, mentions in self._lexicon.spoken_of(text).items():
            if not any(mention.term in self._words for mention in mentions):  # SiC, where all say 碳化硅
                for term in self._lexicon.terms_of(concept):
                    if term in self._words:
                        self._add(bags, term, 1.0)
        for typed, term in corrected:
            share = _CORRECTED / sum(one == typed for one, _ in corrected)
            bags["words"].pop(typed, None)
            self._add(bags, term, share)
        names, scores = self._index.top(self._index.weigh(bags), limit)
        sought = self._sought(text, [term for _, term in corrected])
        hits = [
            Hit(name, score, spans)
            for name, score in zip(names, scores.tolist(), strict=True)
            if score >= _LEAST * float(scores[0]) and (spans := _marked(Fields(self._profiles[name]), sought))
        ]
        return Found(tuple(hits), tuple(corrected))

    def _add(self, bags: Bags, term: str, share: float) -> None:
        """Adds a term to the bags of a query; what the query holds already keeps its weight."""
        meant = views(self._reader.need(Profile("", body=term)))
        for view, bag in bags.items():
            for feature, weight in meant[view].items():
                bag.setdefault(feature, share * weight)

    def _corrections(self, text: str) -> Iterable[tuple[str, str]]:
        """Yields (typed, taken for): mistakes put right, and Latin words that the last word of the query begins."""
        for run in self._segmenter.runs(text):
            for mistake in self._spelling.corrections(run):
                yield mistake.typed, mistake.term
            for word in run:
                if word.isascii() and len(word) >= _SHORTEST_BEGINNING and word not in self._words:
                    yield from ((word, whole) for whole in self._beginning(word))

    def _beginning(self, word: str) -> list[str]:
        place = bisect_left(self._latin, word)
        return [one for one in self._latin[place : place + _BEGINNINGS] if one.startswith(word)]

    def _sought(self, text: str, terms: Sequence[str]) -> list[str]:
        """Returns what is to be marked in a hit, the longest first: words, terms of the same meaning, pairs of characters."""
        words = [word for part in (text, *terms) for word in self._segmenter.cut(part)]
        concepts = [concept for part in (text, *terms) for concept in self._lexicon.spoken_of(part)]
        known = [term for concept in concepts for term in self._lexicon.terms_of(concept)]
        runs = ["".join(run) for run in self._segmenter.runs(text)]
        pairs = [run[at : at + 2] for run in runs if not run.isascii() for at in range(len(run) - 1)]
        sought = [*words, *known, *terms, *(pair for pair in pairs if not pair.isascii())]
        naming = [one for one in sought if len(one) > 1 and one not in function_words()]
        return sorted(dict.fromkeys(naming or words), key=lambda one: (-len(one), one))


def _marked(fields: Fields, sought: Sequence[str]) -> tuple[Span, ...]:
    """Returns the places of the terms, the longest term first, not overlapping, in the order of the fields."""
    spans: list[Span] = []
    for line in fields.lines:
        taken: list[tuple[int, int]] = []
        for term in sought:
            for start, end in line.places(term):
                if all(end <= left or start >= right for left, right in taken):
                    taken.append((start, end))
        spans += [line.span(start, end) for start, end in sorted(taken)]
    return tuple(spans)
