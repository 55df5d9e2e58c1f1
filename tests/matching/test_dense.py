"""The optional language model: additive, bounded, off by default; real loading code on a tiny model made here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from matching.dense import (
    LABEL,
    BiEncoder,
    CrossEncoder,
    DenseMatcher,
    DenseSettings,
    DenseUnavailable,
    Encoder,
    load,
    reading,
)
from matching.explain import sentence
from matching.matcher import Matcher
from matching.model import Profile
from matching.text import Segmenter

installed = pytest.mark.skipif(
    find_spec("sentence_transformers") is None, reason="sentence-transformers (extra dense) is not installed"
)

NEED = Profile("N", title="铝灰 处置 回收", body="希望回收铝灰")
OFFERS = [
    Profile("A", title="铝灰 处置 回收"),
    Profile("B", title="铝灰 处置"),
    Profile("C", title="铝灰"),
    Profile("D", title="主轴"),
]


class Likes:
    """An encoder that likes one text."""

    def __init__(self, liked: str, value: float = 1.0) -> None:
        self.liked, self.value = liked, value
        self.asked: list[str] = []
        self.fingerprint = f"likes {liked}"

    def likeness(self, need: str, offers: Sequence[str]) -> list[float]:
        self.asked += offers
        return [self.value if offer == self.liked else 0.0 for offer in offers]


def made(segmenter: Segmenter, encoder: Encoder, weight: float = 0.5, depth: int = 2) -> DenseMatcher:
    settings = DenseSettings(Path("unused"), weight=weight, depth=depth)
    return DenseMatcher(OFFERS, segmenter, dense=settings, encoder=encoder)


def test_the_model_reorders_what_it_looks_at_and_the_parts_add_up(segmenter: Segmenter) -> None:
    plain = Matcher(OFFERS, segmenter)
    matcher = made(segmenter, Likes("铝灰 处置"))
    matches = matcher.rank(NEED, 10)
    assert [match.offer_id for match in plain.rank(NEED, 10)] == ["A", "B", "C"]
    assert [(match.offer_id, match.rank) for match in matches] == [("B", 1), ("A", 2), ("C", 3)]
    assert (matches[0].reasons[-1].label, matches[0].reasons[-1].weight) == (LABEL, 0.5)
    for match in matches:
        assert 0.0 <= match.score <= 1.0
        assert math.isclose(math.fsum(reason.weight for reason in match.reasons), match.score, abs_tol=1e-9)
        assert matcher.score(NEED, match.offer_id) == match
        assert matcher.explain(NEED, match.offer_id).score == match.score
    assert sentence(NEED, matches[0]).endswith("。")


def test_it_is_asked_about_the_best_only(segmenter: Segmenter) -> None:
    encoder = Likes("铝灰")
    matches = made(segmenter, encoder).rank(NEED, 10)
    assert [match.offer_id for match in matches] == ["A", "B", "C"]
    assert set(encoder.asked) == {"铝灰 处置 回收", "铝灰 处置"}
    assert made(segmenter, encoder).score(NEED, "D").score == 0.0


def test_its_share_is_bounded(segmenter: Segmenter) -> None:
    plain = {match.offer_id: match.score for match in Matcher(OFFERS, segmenter).rank(NEED, 10)}
    for match in made(segmenter, Likes("铝灰 处置"), weight=0.1).rank(NEED, 10):
        assert 0.9 * plain[match.offer_id] - 1e-9 <= match.score <= 0.9 * plain[match.offer_id] + 0.1 + 1e-9
    with pytest.raises(ValueError, match="likeness"):
        made(segmenter, Likes("铝灰 处置", 1.5)).rank(NEED, 1)


def test_another_model_is_another_fingerprint(segmenter: Segmenter) -> None:
    prints = {
        Matcher(OFFERS, segmenter).fingerprint,
        made(segmenter, Likes("一")).fingerprint,
        made(segmenter, Likes("二")).fingerprint,
        made(segmenter, Likes("二"), weight=0.2).fingerprint,
    }
    assert len(prints) == 4


def test_nothing_to_rank(segmenter: Segmenter) -> None:
    assert made(segmenter, Likes("一")).rank(Profile("N", title="陶瓷"), 3) == []
    with pytest.raises(ValueError, match="limit"):
        made(segmenter, Likes("一")).rank(NEED, 0)


@pytest.mark.parametrize("change", [{"weight": 0.0}, {"weight": 0.6}, {"depth": 0}, {"kind": "other"}])
def test_settings_are_checked(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        DenseSettings(Path(), **change)  # type: ignore[arg-type]


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    for kind in ("cross", "bi"):
        with pytest.raises(DenseUnavailable, match="no model"):
            load(DenseSettings(tmp_path, kind=kind))


@pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="sentence-transformers is installed")
def test_without_the_extra(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(DenseUnavailable, match="extra dense"):
        load(DenseSettings(tmp_path))


def test_what_the_model_reads() -> None:
    assert reading(Profile("N", title="<b>题</b>", body="文" * 5000, indicators="≤6μm")).startswith("题。≤6μm。文")
    assert len(reading(Profile("N", body="文" * 5000))) == 800


def tiny_model(folder: Path, *, outputs: int | None) -> Path:
    """Writes a Bert with random weights and a vocabulary of a few characters."""
    hub = import_module("transformers")
    folder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"铝灰处置回收主轴希望。"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    import_module("torch").manual_seed(7)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = hub.BertConfig(vocab_size=len(vocabulary), max_position_embeddings=64, num_labels=outputs or 2, **shape)
    model = hub.BertForSequenceClassification(config) if outputs else hub.BertModel(config)
    model.save_pretrained(folder)
    hub.BertTokenizer(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    return folder


@installed
def test_a_cross_encoder_from_a_folder(tmp_path: Path, segmenter: Segmenter) -> None:
    folder = tiny_model(tmp_path / "cross", outputs=1)
    encoder = CrossEncoder(folder)
    values = encoder.likeness("铝灰", ["铝灰处置", "主轴", "铝灰处置"])
    assert all(0.0 < value < 1.0 for value in values)
    assert values[0] == pytest.approx(values[2], abs=1e-6)
    assert abs(values[0] - values[1]) > 1e-6
    settings = DenseSettings(folder, weight=0.2, depth=3)
    one, two = (DenseMatcher(OFFERS, segmenter, dense=settings) for _ in range(2))
    assert one.rank(NEED, 3) == two.rank(NEED, 3)
    assert one.fingerprint == two.fingerprint
    assert {LABEL} <= {reason.label for reason in one.rank(NEED, 1)[0].reasons}


@installed
def test_a_bi_encoder_from_a_folder(tmp_path: Path, segmenter: Segmenter) -> None:
    folder = tiny_model(tmp_path / "bi", outputs=None)
    encoder = BiEncoder(folder)
    values = encoder.likeness("铝灰", ["铝灰", "主轴回收"])
    assert values[0] == pytest.approx(1.0, abs=1e-5)
    assert 0.0 <= values[1] < values[0]
    assert encoder.likeness("铝灰", ["主轴回收"]) == pytest.approx(values[1:], abs=1e-6)
    matches = DenseMatcher(OFFERS, segmenter, dense=DenseSettings(folder, kind="bi")).rank(NEED, 3)
    assert matches[0].offer_id == "A"


@installed
def test_models_of_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DenseUnavailable, match="one output"):
        CrossEncoder(tiny_model(tmp_path / "three", outputs=3))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text("{}")
    for kind in (CrossEncoder, BiEncoder):
        with pytest.raises(DenseUnavailable, match="holds no"):
            kind(broken)
