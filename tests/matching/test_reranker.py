"""The additive model and its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matching import reranker
from matching.aspects import ASPECTS, BY_HAND
from matching.calibration import Calibration
from matching.reranker import BadModel, Example, Model, backing, settled, weighted


def test_a_model_survives_its_file() -> None:
    model = Model(dict(BY_HAND), Calibration(20.0, -4.0), 3, {"needs": 12.0})
    assert Model.from_json(model.to_json()) == model


def test_the_shipped_model_is_sound_and_says_how_it_was_trained() -> None:
    model = Model.shipped()
    assert model.training["needs"] > 0
    assert model.level(1.0) == "强"
    assert model.level(0.0) == "无"


def test_without_a_shipped_file_the_weights_are_those_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reranker, "SHIPPED", tmp_path / "none.json")
    Model.shipped.cache_clear()
    try:
        assert Model.shipped() == Model.by_hand()
    finally:
        Model.shipped.cache_clear()


def changed(**parts: object) -> str:
    return json.dumps({**json.loads(Model.by_hand().to_json()), **parts}, ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        changed(format=99),
        changed(weights={"用词": 1.0}),
        changed(weights={**BY_HAND, "用词": float("nan")}),
        changed(calibration={"slope": -1, "intercept": 0}),
        changed(calibration={"slope": 31.0, "intercept": -5.0}),
        changed(fingerprint="0"),
    ],
)
def test_what_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(BadModel):
        Model.from_json(text)


@pytest.mark.parametrize("change", [{"用词": -0.1}, {"用词": 5.0}])
def test_weights_must_be_shares(change: dict[str, float]) -> None:
    with pytest.raises(BadModel):
        Model({**BY_HAND, **change}, Calibration(1.0, 0.0))


def test_weighted_scales_and_drops_negative_weights() -> None:
    weights = weighted([3.0, 1.0, -2.0] + [0.0] * (len(ASPECTS) - 3))
    assert [weights[name] for name in ASPECTS[:3]] == pytest.approx([0.75, 0.25, 0.0])
    with pytest.raises(BadModel):
        weighted([0.0] * len(ASPECTS))


def test_fingerprints_tell_rankings_apart_not_trainings() -> None:
    one = Model.by_hand()
    assert one.with_figures({"needs": 3.0}).fingerprint == one.fingerprint
    assert Model(one.weights, Calibration(31.0, -5.0)).fingerprint != one.fingerprint


def test_the_best_of_a_need_is_trusted_by_what_stands_near_it() -> None:
    assert backing(0.4, 0.4) == 1.0
    assert backing(0.4, 0.3) > backing(0.4, 0.1) > backing(0.4, 0.0) > 0.6
    assert backing(0.0, 0.0) == 1.0
    for second in (0.0, 0.1, 0.2999, 0.3):
        assert 0.3 * backing(0.3, second) >= second


def test_only_the_best_score_of_each_need_is_settled() -> None:
    values = {"N1": (0.4, 0.1, 0.2), "N2": (0.3,)}
    rest = (0.0,) * (len(ASPECTS) - 1)
    judged = [
        Example(need, f"A{number}", 0, (value, *rest))
        for need, line in values.items()
        for number, value in enumerate(line)
    ]
    model = Model({name: float(name == ASPECTS[0]) for name in ASPECTS}, Calibration(1.0, 0.0))
    assert settled(model, judged) == pytest.approx([0.4 * backing(0.4, 0.2), 0.1, 0.2, 0.2])
