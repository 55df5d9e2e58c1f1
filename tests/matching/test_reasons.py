"""A level above 弱 needs something that can be quoted."""

from __future__ import annotations

import pytest

from matching.aspects import FIGURES, LATENT, RELATED
from matching.calibration import Level
from matching.explain import OTHER_WORDS
from matching.model import Reason
from matching.reasons import rated

ODDMENTS = (Reason("term", OTHER_WORDS, 0.03), Reason("signal", FIGURES, 0.11), Reason("signal", LATENT, 0.03))


@pytest.mark.parametrize("level", ["强", "较强"])
def test_figures_and_a_like_topic_alone_are_no_good_pair(level: Level) -> None:
    assert rated(level, ODDMENTS) == "弱"


@pytest.mark.parametrize("quoted", [Reason("term", "碳化硅≈SiC", 0.1), Reason("signal", RELATED, 0.1)])
def test_a_word_or_a_meaning_that_can_be_quoted_keeps_the_level(quoted: Reason) -> None:
    assert rated("强", (*ODDMENTS, quoted)) == "强"


@pytest.mark.parametrize("level", ["弱", "无"])
def test_lower_levels_stay(level: Level) -> None:
    assert rated(level, ODDMENTS) == level
