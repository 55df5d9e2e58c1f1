"""Sideways: which profiles of one side are alike, groups of them, and the needs that an achievement could answer."""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import average, to_tree
from scipy.sparse import csr_array
from scipy.spatial.distance import squareform

from matching.features import Bags, Reader, scheme_of
from matching.index import Index
from matching.model import CONCEPT, Match, Profile
from matching.phrases import phrases
from matching.query import Query
from matching.signals import kinship
from matching.terms import encode

if TYPE_CHECKING:
    from matching.matcher import Matcher

Floats = NDArray[np.float64]

ALIKE = 0.25
"""From this likeness on two needs are worth one session: measured in docs/matching_explanations.md."""

TEXT_SHARE, TOPIC_SHARE, INDUSTRY_SHARE = 0.4, 0.4, 0.2
"""What shared words, shared or neighbouring concepts of the thesaurus, and the industry count in a likeness."""

_LABELS = 3
_CONSIDERED = 30
NEEDS_TRIED = 100
"""So many needs are scored when those for an achievement are asked for."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A profile that resembles another one; ``likeness`` within [0, 1] is the same both ways, 1 for equal texts."""

    id: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Group:
    """Profiles that belong together, in the order of their ids, what they share, and their mean likeness (1 for one alone)."""

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    likeness: float


def reader_of(matcher: Matcher) -> Reader:
    """Returns a reader that understands texts as a matcher does."""
    return Reader(matcher.segmenter, matcher.settings, matcher.lexicon, matcher.roles)


def views(bags: Bags) -> dict[str, dict[str, float]]:
    """Returns what a profile says itself, without the neighbours of its concepts, as an index takes it."""
    own = set(bags.expanded)
    return {
        "words": {term: count for term, count in bags.words.items() if term not in own},
        "characters": {term: count for term, count in bags.characters.items() if term not in own},
    }


class Neighbours:
    """The needs (or the achievements) of a catalogue beside each other. Profiles come and go without a rebuild.

    A likeness is made of three parts (``TEXT_SHARE`` and so on). Text: (covered(a, b) + covered(b, a)) / (covered(a, a) +
    covered(b, b)), where covered(a, b) is the share of a's weight that b holds, the text score of ``Index`` made symmetric.
    Topic: the cosine of the rare concepts that both name, or have as neighbours in the thesaurus. Industry: ``kinship``. A
    part that one side leaves empty counts like the text. Raises ValueError for an id that comes twice.
    """

    def __init__(self, profiles: Sequence[Profile], matcher: Matcher) -> None:
        self._reader = reader_of(matcher)
        self._segmenter = matcher.segmenter
        self._lexicon = matcher.lexicon
        self._profiles = {profile.id: profile for profile in profiles}
        self._bags = {profile.id: views(self._reader.need(profile)) for profile in profiles}
        self._topics = {name: self._topic(bags) for name, bags in self._bags.items()}
        self._naming = Counter(concept for topic in self._topics.values() for concept in topic)
        documents = ((profile.id, self._bags[profile.id]) for profile in profiles)
        self._index = Index.build(documents, scheme_of(matcher.settings))

    def __len__(self) -> int:
        """Returns how many profiles are held."""
        return len(self._profiles)

    def copy(self) -> Neighbours:
        """Returns neighbours of the same profiles that go their own way; costs a moment."""
        other = copy.copy(self)
        vars(other).update(
            _index=self._index.copy(),
            _profiles=dict(self._profiles),
            _bags=dict(self._bags),
            _topics=dict(self._topics),
            _naming=Counter(self._naming),
        )
        return other

    def put(self, profile: Profile) -> None:
        """Adds a profile, or puts it in the place of the one with its id."""
        bags, topic = views(self._reader.need(profile)), self._topics.get(profile.id, {})
        self._index.replace(profile.id, bags)
        self._naming.subtract(topic.keys())
        topic = self._topic(bags)
        self._naming.update(topic.keys())
        self._profiles[profile.id], self._bags[profile.id], self._topics[profile.id] = profile, bags, topic

    def remove(self, profile_id: str) -> None:
        """Removes a profile. Raises KeyError."""
        self._index.remove(profile_id)
        self._naming.subtract(self._topics[profile_id].keys())
        del self._profiles[profile_id], self._bags[profile_id], self._topics[profile_id]

    def _topic(self, bags: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
        """Returns the concepts of a profile (1) and their neighbours in the thesaurus (by strength)."""
        topic: dict[str, float] = {}
        for feature in bags["words"]:
            if feature.startswith(CONCEPT):
                concept = feature[len(CONCEPT) :]
                topic[concept] = 1.0
                for neighbour, (_, strength) in self._lexicon.related(concept).items():
                    topic[neighbour] = max(strength, topic.get(neighbour, 0.0))
        return dict(sorted(topic.items()))

    def _weighted(self, topic: Mapping[str, float]) -> dict[str, float]:
        """Returns a topic as a vector of length 1, rare concepts heavier."""
        total = len(self._profiles)
        rare = {one: value * math.log1p(total / (1.0 + self._naming[one])) for one, value in topic.items()}
        length = math.sqrt(math.fsum(value * value for value in rare.values()))
        return {one: value / length for one, value in rare.items()} if length > 0 else {}

    def similar(self, profile: Profile, limit: int = 10, least: float = 0.1) -> list[Similar]:
        """Returns the profiles most like one, which need not be held, best first; itself (its id) left out."""
        if limit < 1:
            raise ValueError("limit must be at least 1")
        bags = views(self._reader.need(profile))
        topic = self._weighted(self._topic(bags))
        values = _values(bags, self._index)
        query = self._index.weigh(bags)
        own = _covered(values, query)
        names, _ = self._index.top(self._index.weigh(_both(bags, topic)), max(_CONSIDERED, 3 * limit) + 1)
        found: list[Similar] = []
        for name in names:
            if name != profile.id:
                theirs = self._index.weigh(self._bags[name])
                held = _values(self._bags[name], self._index)
                text = _symmetric(_covered(held, query), _covered(values, theirs), own, _covered(held, theirs))
                other = self._weighted(self._topics[name])
                close = _cosine(topic, other) if topic and other else text
                found.append(Similar(name, _blended(text, close, profile, self._profiles[name])))
        best = sorted(found, key=lambda one: (-round(one.likeness, 9), one.id))
        return [one for one in best if one.likeness >= least][:limit]

    def matrix(self) -> tuple[tuple[str, ...], Floats]:
        """Returns the ids in order and the likeness of all pairs: n x n, symmetric, 1 on the diagonal."""
        ids = self._index.ids
        asked = [self._index.weigh(self._bags[name]) for name in ids]
        weights = _matrix([dict(zip(query.keys, query.weights.tolist(), strict=True)) for query in asked])
        values = _matrix([_values(self._bags[name], self._index) for name in ids], weights[1])
        covered: Floats = (weights[0] @ values[0].T).toarray()
        own = np.diag(covered)
        whole = own[:, None] + own[None, :]
        text = np.zeros_like(covered)
        np.divide(covered + covered.T, whole, out=text, where=whole > 0)
        text = np.minimum(1.0, text)
        topics = [self._weighted(self._topics[name]) for name in ids]
        topic = np.where(_both_filled(topics), _cosines(topics), text)
        industries = [self._profiles[name].industry for name in ids]
        kin = np.array([[kinship(one, other) for other in industries] for one in industries]).reshape(text.shape)
        industry = np.where(_both_filled(industries), kin, text)
        likeness: Floats = TEXT_SHARE * text + TOPIC_SHARE * topic + INDUSTRY_SHARE * industry
        likeness = np.minimum(1.0, np.round(np.maximum(likeness, likeness.T), 12))
        np.fill_diagonal(likeness, 1.0)
        return ids, likeness

    def groups(self, least: float = ALIKE, largest: int | None = None) -> list[Group]:
        """Returns all profiles in groups whose mean likeness is at least ``least``, the largest group first.

        Average linkage: two groups become one while the mean likeness between them is high enough; ``largest`` limits the
        members of a group. The order in which profiles came does not show. Raises ValueError for a limit below 1.
        """
        if largest is not None and largest < 1:
            raise ValueError("largest must be at least 1")
        ids, likeness = self.matrix()
        if len(ids) < 2:
            return [self._group(ids, likeness)] if ids else []
        distances = np.round(1.0 - likeness, 12)
        np.fill_diagonal(distances, 0.0)
        waiting = [to_tree(average(squareform(distances, checks=False)))]
        groups: list[list[int]] = []
        while waiting:
            node = waiting.pop()
            members = sorted(node.pre_order())
            if node.is_leaf() or (node.dist <= 1.0 - least and (largest is None or len(members) <= largest)):
                groups.append(members)
            else:
                waiting += [half for half in (node.get_left(), node.get_right()) if half is not None]
        found = [
            self._group(tuple(ids[one] for one in members), likeness[np.ix_(members, members)]) for members in groups
        ]
        return sorted(found, key=lambda group: (-len(group.ids), group.ids))

    def _group(self, ids: tuple[str, ...], likeness: Floats) -> Group:
        count = len(ids)
        mean = 1.0 if count < 2 else float((likeness.sum() - count) / (count * (count - 1)))
        return Group(ids, self._labels(ids), mean)

    def _labels(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Returns the phrases and concepts that most members name, the most common first, then the longest."""
        counts: Counter[str] = Counter()
        for name in ids:
            profile = self._profiles[name]
            texts = (profile.title, *profile.keywords, profile.body)
            named = {phrase for text in texts for phrase in phrases(self._segmenter.runs(text))}
            named |= {term[len(CONCEPT) :] for term in self._bags[name]["words"] if term.startswith(CONCEPT)}
            counts.update(one for one in named if len(one) > 1)
        shared = [label for label, count in counts.items() if 2 * count > len(ids) and (count > 1 or len(ids) == 1)]
        best = sorted(shared, key=lambda label: (-counts[label], -len(label), label))
        chosen: list[str] = []
        for label in best:
            if not any(label in other or other in label for other in chosen):
                chosen.append(label)
        industries = {self._profiles[name].industry for name in ids}
        return tuple(chosen[:_LABELS]) or tuple(sorted(industries - {""}) if len(industries) == 1 else ())

    def close_to(self, offer: Profile, limit: int) -> list[str]:
        """Returns the ids of the profiles that hold most of what an achievement says, best first."""
        names, _ = self._index.top(self._index.weigh(views(self._reader.offer(offer))), limit)
        return names


def _values(bags: Mapping[str, Mapping[str, float]], index: Index) -> dict[tuple[int, bytes], float]:
    """Returns the values that a document of an index would have for its terms: saturated counts, cut at 1."""
    scheme, values = index.scheme, {}
    for view, usual in enumerate(index.averages.tolist()):
        bag = bags[scheme.views[view]]
        length = math.fsum(bag.values())
        penalty = scheme.saturation * (1.0 - scheme.length_penalty + scheme.length_penalty * length / usual)
        for term, count in bag.items():
            values[view, encode(term)] = min(1.0, count * (1.0 + scheme.saturation) / (count + penalty))
    return values


def _covered(values: Mapping[tuple[int, bytes], float], query: Query) -> float:
    """Returns the score of a document with these values for a query."""
    parts = zip(query.keys, query.weights.tolist(), strict=True)
    return math.fsum(weight * values[key] for key, weight in parts if key in values)


def _both(bags: Mapping[str, Mapping[str, float]], topic: Mapping[str, float]) -> dict[str, Mapping[str, float]]:
    """Returns bags with the concepts of a topic, so that profiles of the same topic in other words are considered too."""
    added = {CONCEPT + concept: weight for concept, weight in topic.items()}
    return {view: {**added, **bag} for view, bag in bags.items()}


def _symmetric(there: float, back: float, own: float, other: float) -> float:
    return float(min(1.0, (there + back) / (own + other))) if own + other > 0 else 0.0


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    return min(1.0, math.fsum(sorted(weight * long[concept] for concept, weight in short.items() if concept in long)))


def _both_filled(values: Sequence[object]) -> NDArray[np.bool_]:
    filled = np.array([bool(value) for value in values], dtype=np.bool_)
    result: NDArray[np.bool_] = filled[:, None] & filled[None, :]
    return result


def _cosines(topics: Sequence[Mapping[str, float]]) -> Floats:
    """Returns the cosines of all pairs of vectors of length 1, n x n."""
    vectors, _ = _matrix(topics)
    result: Floats = np.minimum(1.0, (vectors @ vectors.T).toarray())
    return result


Key = TypeVar("Key", str, tuple[int, bytes])


def _matrix(
    rows: Sequence[Mapping[Key, float]], numbers: Mapping[Key, int] | None = None
) -> tuple[csr_array, Mapping[Key, int]]:
    """Returns sparse vectors as a matrix with its columns: those given (others are left out), else all, in order."""
    if numbers is None:
        numbers = {key: number for number, key in enumerate(sorted({key for row in rows for key in row}))}
    kept = [sorted((numbers[key], value) for key, value in row.items() if key in numbers) for row in rows]
    places = [place for row in kept for place, _ in row]
    values = np.array([value for row in kept for _, value in row], dtype=np.float64)
    starts = np.concatenate([[0], np.cumsum([len(row) for row in kept], dtype=np.int64)])
    return csr_array((values, places, starts), shape=(len(rows), len(numbers))), numbers


def _blended(text: float, topic: float, one: Profile, other: Profile) -> float:
    industry = kinship(one.industry, other.industry) if one.industry and other.industry else text
    return min(1.0, TEXT_SHARE * text + TOPIC_SHARE * topic + INDUSTRY_SHARE * industry)


def needs_for(
    matcher: Matcher, needs: Sequence[Profile], offer_id: str, limit: int = 10, pool: Neighbours | None = None
) -> list[tuple[str, Match]]:
    """Returns the needs that an achievement answers best: need id and the pair's match, the same as ``Matcher.score``.

    Up to a hundred needs all are scored; of more, those that ``pool`` (an index of the needs) finds close to the
    achievement. Pairs without score are left out. Raises KeyError for an offer the matcher does not hold.
    """
    if limit < 1:
        raise ValueError("limit must be at least 1")
    tried = list(needs)
    if len(tried) > NEEDS_TRIED:
        near = set((pool or Neighbours(needs, matcher)).close_to(matcher.offer(offer_id), NEEDS_TRIED))
        tried = [need for need in needs if need.id in near]
    weights = matcher.model.vector
    estimates = [
        (math.fsum(map(float.__mul__, weights, matcher.aspects(need, [offer_id])[offer_id])), need) for need in tried
    ]
    best = sorted(estimates, key=lambda one: (-round(one[0], 9), one[1].id))[: 2 * limit]
    scored = [(need.id, matcher.score(need, offer_id)) for estimate, need in best if estimate > 0]
    return sorted(
        ((need_id, match) for need_id, match in scored if match.score > 0),
        key=lambda one: (-round(one[1].score, 9), one[0]),
    )[:limit]
