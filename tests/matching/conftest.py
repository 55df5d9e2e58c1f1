"""What the tests of matching share: one segmenter, a small judged collection, and texts that mean harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching.files import read_judgements, read_profiles
from matching.matcher import Matcher
from matching.model import Profile
from matching.text import Segmenter

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def segmenter(tmp_path_factory: pytest.TempPathFactory) -> Segmenter:
    return Segmenter(tmp_path_factory.mktemp("jieba"))


@pytest.fixture(scope="session")
def data() -> Path:
    return DATA


@pytest.fixture(scope="session")
def needs() -> list[Profile]:
    return read_profiles(DATA / "needs.jsonl")


@pytest.fixture(scope="session")
def offers() -> list[Profile]:
    return read_profiles(DATA / "achievements.jsonl")


@pytest.fixture(scope="session")
def judgements() -> dict[str, dict[str, int]]:
    return read_judgements(DATA / "qrels.tsv")


@pytest.fixture(scope="session")
def matcher(offers: list[Profile], segmenter: Segmenter) -> Matcher:
    return Matcher(offers, segmenter)
