"""Learning weights from judged pairs, and comparing models."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from matching.aspects import ASPECTS, FIGURES, LATENT, MODE, SAME, SIGNALS, TEXT
from matching.matcher import Matcher
from matching.model import Profile
from matching.reranker import Example, Model, weighted
from matching.training import compare, cross_validated, examples, fold_of, paired_p, train


def judged(telling: str, needs: int = 30, seed: int = 5) -> list[Example]:
    """Examples where one aspect alone tells the answer; the others are noise."""
    dice = random.Random(seed)
    found: list[Example] = []
    for need in range(needs):
        for offer in range(12):
            grade = 3 if offer == 0 and need % 5 else 0
            values = {name: dice.random() * 0.3 for name in ASPECTS}
            values[telling] = (0.5 if grade else 0.2) + dice.random() * 0.1
            found.append(Example(f"N{need}", f"A{offer}", grade, tuple(values[name] for name in ASPECTS)))
    return found


@pytest.mark.parametrize("telling", [SAME, FIGURES, LATENT])
def test_training_finds_what_tells_the_answer(telling: str) -> None:
    model = train(judged(telling), pull=0.001)
    assert max(model.weights, key=lambda name: model.weights[name]) == telling


@pytest.mark.parametrize("telling", SIGNALS)
def test_a_fact_that_others_may_have_too_breaks_ties_whatever_the_judgements_say(telling: str) -> None:
    model = train(judged(telling), pull=0.001)
    assert model.weights[telling] < 0.1 * model.weights[TEXT]


def test_a_strong_pull_keeps_the_weights_by_hand() -> None:
    model = train(judged(MODE), pull=1e6)
    assert dict(model.weights) == pytest.approx(dict(Model.by_hand().weights), abs=0.01)


def test_versions_count_up_and_training_is_repeatable() -> None:
    first = train(judged(TEXT))
    second = train(judged(TEXT), first)
    assert (first.version, second.version) == (1, 2)
    assert second.fingerprint == first.fingerprint
    assert first.training["needs"] == 30


@pytest.mark.parametrize("grade", [0, 3])
def test_training_needs_answers_and_others(grade: int) -> None:
    with pytest.raises(ValueError, match="training needs"):
        train([replace(example, grade=grade) for example in judged(TEXT)])


def test_a_comparison_prefers_the_model_that_ranks_unseen_needs_better() -> None:
    pairs = judged(FIGURES, needs=60)
    good = train(pairs, pull=0.001)
    bad = Model(weighted(0.0 if name == FIGURES else 1.0 for name in ASPECTS), good.calibration)
    comparison = compare(good, bad, pairs)
    assert comparison.needs == 48
    assert comparison.better
    assert comparison.ndcg > comparison.ndcg_other + 0.2
    assert comparison.p_value < 0.01


def test_cross_validation_scores_every_pair_once_whatever_the_order() -> None:
    pairs = judged(SAME)
    first, second = cross_validated(pairs), cross_validated(pairs[::-1])
    assert len(first) == len(pairs)
    assert first == pytest.approx(second, abs=1e-4)


def test_the_desks_part_of_a_need_is_in_the_needs_fold() -> None:
    assert fold_of("desk:N7", 6) == fold_of("N7", 6) == fold_of("1:N7", 6)
    assert len({fold_of(f"N{number}", 6) for number in range(60)}) == 6


def test_equal_qualities_are_not_different() -> None:
    assert paired_p([]) == paired_p([0.1]) == paired_p([0.0, 0.0]) == 1.0


def test_examples_are_the_judged_pairs_and_the_best_of_the_rest(
    matcher: Matcher, needs: list[Profile], judgements: dict[str, dict[str, int]]
) -> None:
    found = examples(matcher, needs, judgements, contrast=3)
    for need in needs:
        mine = [example for example in found if example.need_id == need.id]
        assert {one.offer_id: one.grade for one in mine if one.judged} == judgements.get(need.id, {})
        assert sum(not one.judged for one in mine) <= 3
    assert all(0.0 <= value <= 1.0 for example in found for value in example.aspects)
