"""The index against a plain sum over all documents, and what must not show: order, changes, threads, engines."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import kernels
from matching.index import Index
from matching.segment import Scheme, Segment

Bags = Mapping[str, Mapping[str, float]]

ENGINES: list[Literal["numpy", "numba"]] = ["numpy"]
if kernels.available():
    ENGINES.append("numba")


def corpus(documents: int, seed: int = 1) -> list[tuple[str, Bags]]:
    """Documents with words of very different frequency, some common to almost all, some texts repeated."""
    chance = random.Random(seed)
    made: list[tuple[str, Bags]] = []
    for number in range(documents):
        if made and chance.random() < 0.1:
            made.append((f"d{number:05d}", chance.choice(made)[1]))
            continue
        words: dict[str, float] = {}
        for _ in range(chance.randrange(30)):
            term = f"词{int(chance.paretovariate(0.6)) % 400}"
            words[term] = words.get(term, 0.0) + chance.choice((1.0, 1.0, 0.3, 3.0))
        made.append((f"d{number:05d}", {"words": words, "characters": {term[-1]: 1.0 for term in words}}))
    chance.shuffle(made)
    return made


def plain(documents: list[tuple[str, Bags]], need: Bags, scheme: Scheme) -> dict[str, float]:
    """The scores by definition, without an index."""
    scores = dict.fromkeys((document for document, _ in documents), 0.0)
    for view, share in scheme.shares:
        holders: dict[str, int] = {}
        lengths = [math.fsum(bags.get(view, {}).values()) for _, bags in documents]
        average = sum(lengths) / len(lengths) or 1.0
        for _, bags in documents:
            for term in bags.get(view, {}):
                holders[term] = holders.get(term, 0) + 1
        weights = {}
        for term, count in need.get(view, {}).items():
            held = holders.get(term, 0)
            rarity = math.log1p((len(documents) - held + 0.5) / (held + 0.5)) ** scheme.rarity_power
            weights[term] = rarity * count * (1 + scheme.saturation) / (count + scheme.saturation)
        total = sum(weights.values())
        for (document, bags), length in zip(documents, lengths, strict=True):
            penalty = scheme.saturation * (1 - scheme.length_penalty + scheme.length_penalty * length / average)
            for term, count in bags.get(view, {}).items():
                value = min(1.0, count * (1 + scheme.saturation) / (count + penalty))
                scores[document] += share * weights.get(term, 0.0) / total * value if total else 0.0
    return scores


def needs_of(documents: list[tuple[str, Bags]], amount: int) -> list[Bags]:
    """Texts like the documents, with a word that none of them has."""
    return [
        {view: {**bag, "unheard-of": 1.0} for view, bag in bags.items()}
        for _, bags in corpus(amount, seed=99)
        if bags["words"]
    ]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Literal["numpy", "numba"]:
    """Each engine that this machine has."""
    chosen: Literal["numpy", "numba"] = request.param
    return chosen


def same_arrays(left: Segment, right: Segment) -> bool:
    """Says whether two segments hold the same bits."""
    return all(
        left.arrays[name].dtype == right.arrays[name].dtype
        and left.arrays[name].shape == right.arrays[name].shape
        and left.arrays[name].tobytes() == right.arrays[name].tobytes()
        for name in Segment.NAMES
    )


@pytest.mark.parametrize("scheme", [Scheme(), Scheme(2.0, 1.0, 1.5, (("words", 0.7), ("characters", 0.2)))])
@pytest.mark.parametrize("size", [1, 70, 900])
def test_scores_are_what_the_definition_says(engine: Literal["numpy", "numba"], size: int, scheme: Scheme) -> None:
    documents = corpus(size)
    index = Index.build(documents, scheme, engine=engine)
    for need in needs_of(documents, 12):
        wanted = plain(documents, need, scheme)
        query = index.weigh(need)
        assert dict(zip(index.ids, index.scores(query).tolist(), strict=True)) == pytest.approx(
            wanted, abs=1e-7
        )  # counts are kept as float32
        for k in (1, 10, 100, 5000):
            ids, scores = index.top(query, k)
            everything = index.scores(query)
            order = np.lexsort((np.arange(size), -everything))[:k]
            order = order[everything[order] > 0]
            assert ids == [index.ids[row] for row in order]
            assert scores.tolist() == everything[order].tolist()


def test_both_engines_and_any_number_of_threads_give_the_same_bits() -> None:
    documents = corpus(4_100)
    answers = []
    for engine in ENGINES:
        index = Index.build(documents, engine=engine)
        queries = [index.weigh(need) for need in needs_of(documents, 200)]
        found = [index.top_many(queries, 10, threads) for threads in (1, 2, 5)]
        found.append([index.top(query, 10) for query in queries])
        answers += [[(ids, scores.tobytes()) for ids, scores in best] for best in found]
    assert all(answer == answers[0] for answer in answers)


def test_the_order_of_the_documents_does_not_show() -> None:
    documents = corpus(500)
    index, turned = Index.build(documents), Index.build(documents[::-1])
    assert same_arrays(index.segment, turned.segment)
    assert index.fingerprint == turned.fingerprint
    assert Index.build(documents[1:]).fingerprint != index.fingerprint


@pytest.mark.parametrize("base", [0, 1, 300])
def test_adding_and_removing_leaves_no_trace_after_a_merge(engine: Literal["numpy", "numba"], base: int) -> None:
    documents = corpus(base + 40)
    index = Index.build(documents[:base], engine=engine)
    before = index.fingerprint
    arrays = index.segment
    for document, bags in documents[base:]:
        index.add(document, bags)
    assert index.fingerprint != before
    for document, _ in documents[base:]:
        index.remove(document)
    assert index.fingerprint == before
    index.merge()
    assert same_arrays(index.segment, arrays)


def test_a_merge_is_a_fresh_build(engine: Literal["numpy", "numba"]) -> None:
    documents = dict(corpus(400))
    names = sorted(documents)
    index = Index.build([(name, documents[name]) for name in names[:300]], engine=engine)
    for name in names[300:]:
        index.add(name, documents[name])
    for name in names[::7]:
        index.remove(name)
    changed: Bags = {"words": {"新词": 2.0, "词1": 1.0}, "characters": {"新": 2.0}}
    index.replace(names[1], changed)
    index.replace("zz", changed)
    left = {name: bags for name, bags in documents.items() if name not in set(names[::7])} | {
        names[1]: changed,
        "zz": changed,
    }
    fresh = Index.build(left.items(), engine=engine, averages=index.averages)
    assert index.ids == fresh.ids == tuple(sorted(left))
    assert len(index) == len(left)
    for need in needs_of([], 30):
        live, anew = index.weigh(need), fresh.weigh(need)
        assert live.weights.tobytes() == anew.weights.tobytes()
        assert index.scores(live).tobytes() == fresh.scores(anew).tobytes()
        for k in (1, 10, 1000):
            one, other = index.top(live, k), fresh.top(anew, k)
            assert (one[0], one[1].tobytes()) == (other[0], other[1].tobytes())
    kept = index.weigh(needs_of([], 30)[3])
    before = index.top(kept, 5)
    index.merge()
    assert same_arrays(index.segment, Index.build(left.items()).segment)
    assert index.top(kept, 5)[0][0] == before[0][0]


def test_contributions_sum_to_the_score(engine: Literal["numpy", "numba"]) -> None:
    documents = corpus(300)
    index = Index.build(documents[:-20], engine=engine)
    for document, bags in documents[-20:]:
        index.add(document, bags)
    for need in needs_of(documents, 20):
        query = index.weigh(need)
        for document, score in zip(index.ids, index.scores(query).tolist(), strict=True):
            assert sum(index.contributions(query, document).values()) == score
    with pytest.raises(KeyError):
        index.contributions(query, "nobody")


def test_scores_lie_within_0_and_1_and_a_text_covers_itself() -> None:
    index = Index.build([("a", {"words": {"x": 50.0}, "characters": {"x": 50.0}}), ("b", {})])
    ids, scores = index.top(index.weigh({"words": {"x": 50.0}, "characters": {"x": 50.0}}), 5)
    assert ids == ["a"]
    assert scores[0] == pytest.approx(1.0)
    assert scores[0] <= 1.0 + 1e-12


def test_equal_scores_are_ordered_by_id(engine: Literal["numpy", "numba"]) -> None:
    bags: Bags = {"words": {"x": 1.0}, "characters": {"x": 1.0}}
    index = Index.build([(f"n{number:04d}", bags) for number in range(900, 100, -1)], engine=engine)
    index.add("n0000", bags)
    index.remove("n0102")
    assert index.top(index.weigh(bags), 4)[0] == ["n0000", "n0101", "n0103", "n0104"]


def test_many_different_counts_are_kept_exactly(engine: Literal["numpy", "numba"]) -> None:
    chance = random.Random(5)
    documents: list[tuple[str, Bags]] = [
        (f"d{number}", {"words": {f"w{chance.randrange(40)}": chance.uniform(0.1, 9.0) for _ in range(8)}})
        for number in range(120)
    ]
    index = Index.build(documents, engine=engine)
    assert index.segment.postings.forward.dtype == np.uint64
    query = index.weigh({"words": {f"w{number}": 1.0 for number in range(9)}})
    wanted = plain(documents, {"words": {f"w{number}": 1.0 for number in range(9)}}, Scheme())
    assert dict(zip(index.ids, index.scores(query).tolist(), strict=True)) == pytest.approx(wanted, abs=1e-7)
    index.add("x", {"words": {"w1": 0.77}})
    index.remove("x")
    index.merge()
    assert same_arrays(index.segment, Index.build(documents).segment)


def test_empty_things_have_empty_answers(engine: Literal["numpy", "numba"]) -> None:
    index = Index.build([], engine=engine)
    assert index.top(index.weigh({"words": {"x": 1.0}}), 3)[0] == []
    assert index.scores(index.weigh({})).tolist() == []
    index.add("a", {"words": {"x": 1.0}})
    assert index.top(index.weigh({"words": {"x": 1.0}}), 3)[0] == ["a"]
    index.merge()
    assert index.top(index.weigh({"words": {"x": 1.0, "y": 1.0}}), 3)[0] == ["a"]
    assert index.top(index.weigh({"words": {"y": 1.0}}), 3)[0] == []
    index.remove("a")
    assert index.top(index.weigh({"words": {"x": 1.0}}), 3)[0] == []
    index.merge()
    assert len(index) == 0


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        Index.build([("a", {}), ("a", {})])
    with pytest.raises(ValueError, match="finite"):
        Index.build([("a", {"words": {"x": math.nan}})])
    index = Index.build([("a", {"words": {"x": 1.0}})])
    with pytest.raises(ValueError, match="already"):
        index.add("a", {})
    with pytest.raises(ValueError, match="finite"):
        index.replace("a", {"words": {"x": math.inf}})
    assert "a" in index
    with pytest.raises(KeyError):
        index.remove("b")
    with pytest.raises(ValueError, match="at least 1"):
        index.top(index.weigh({}), 0)
    with pytest.raises(ValueError, match="sum"):
        index.query({"words": {"x": 2.0}})
    with pytest.raises(ValueError, match="shares"):
        Scheme(shares=(("words", 0.9), ("words", 0.1)))
    with pytest.raises(ValueError, match="positive"):
        Scheme(saturation=0.0)


def test_small_catalogues_never_wait_for_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "load", lambda *_: pytest.fail("numba was wanted"))
    index = Index.build(corpus(200))
    index.warm()
    assert index.top(index.weigh(corpus(3)[0][1]), 3)


def test_the_program_runs_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "available", lambda: False)
    monkeypatch.setattr(kernels, "load", lambda *_: pytest.fail("numba was wanted"))
    documents = corpus(4_100)
    index = Index.build(documents)
    assert index.top(index.weigh(documents[0][1]), 3)[0]


BAGS = st.dictionaries(st.text(max_size=3), st.floats(0, 100, width=32), max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.text(max_size=4), st.fixed_dictionaries({"words": BAGS, "characters": BAGS}), max_size=12), BAGS
)
def test_any_text_can_be_held_and_sought(documents: dict[str, Bags], words: Mapping[str, float]) -> None:
    index = Index.build(documents.items())
    assert index.ids == tuple(sorted(documents, key=lambda document: document.encode("utf-8", "surrogatepass")))
    query = index.weigh({"words": words, "characters": words})
    scores = index.scores(query)
    assert ((scores >= 0) & (scores <= 1 + 1e-9)).all()
    ids, best = index.top(query, 4)
    assert best.tolist() == sorted(scores[scores > 0].tolist(), reverse=True)[:4]
    assert all(document in index for document in ids)
