"""The latent space of a catalogue."""

from __future__ import annotations

import numpy as np
import pytest

from matching import latent
from matching.latent import Latent

METAL = ["铸造", "熔炼", "合金", "铝", "炉"]
PLANT = ["育苗", "栽培", "花卉", "土壤", "肥"]
OFFERS = [{word: 1.0 for word in topic if word != topic[number]} for topic in (METAL, PLANT) for number in range(5)]


@pytest.fixture
def two_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latent, "DIMENSIONS", 2)


@pytest.mark.usefixtures("two_axes")
def test_offers_of_the_same_topic_lie_closer() -> None:
    space = Latent(OFFERS, saturation=1.0)
    found = space.aspect({"铸造": 1.0}, np.arange(10))
    assert found[:5].min() > 0.9
    assert found[5:].max() < 0.1
    assert found[0] > 0.9, "an offer without the word lies in its topic"


def test_a_need_of_unknown_words_lies_nowhere() -> None:
    assert Latent(OFFERS, saturation=1.0).aspect({"电梯": 1.0}, np.arange(10)).tolist() == [0.0] * 10


def test_the_same_catalogue_gives_the_same_space() -> None:
    need = {"铸造": 2.0, "土壤": 1.0}
    first, second = (Latent(OFFERS, saturation=1.0).aspect(need, np.arange(10)) for _ in range(2))
    assert first.tolist() == second.tolist()


@pytest.mark.usefixtures("two_axes")
def test_a_large_catalogue_is_learned_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latent, "SAMPLE", 10)
    found = Latent(OFFERS * 3, saturation=1.0).aspect({"铸造": 1.0}, np.arange(30))
    assert found[:5].min() > found[5:10].max()


@pytest.mark.parametrize("offers", [[], [{}], [{"铝": 1.0}], [{"铝": 1.0}, {"铝": 1.0}], [{}, {}, {}]])
def test_catalogues_too_small_for_a_space(offers: list[dict[str, float]]) -> None:
    assert Latent(offers, saturation=1.0).aspect({"铝": 1.0}, np.arange(len(offers))).tolist() == [0.0] * len(offers)
