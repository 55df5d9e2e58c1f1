"""The ranker of a process: what it saves, and how another one begins with that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.services import following, profiles, ranking
from app.services.following import Corpus
from app.services.ranking import SNAPSHOTS, Ranker
from tests.cast import Cast
from tests.offers import offer


@pytest.fixture
def corpus(session: Session, cast: Cast) -> Corpus:
    offer(session, cast)
    session.commit()
    found = following.corpus(session)
    session.rollback()
    return found


def no_fitting(monkeypatch: pytest.MonkeyPatch) -> None:
    def fitted(*_given: object) -> None:
        raise AssertionError("a matcher was fitted")

    monkeypatch.setattr(Ranker, "_fit", fitted)


def test_another_process_begins_with_what_one_saved(
    monkeypatch: pytest.MonkeyPatch, corpus: Corpus, tmp_path: Path
) -> None:
    made = Ranker(corpus.offers, corpus.recipe, tmp_path)
    made.save()
    no_fitting(monkeypatch)
    opened = Ranker(corpus.offers, corpus.recipe, tmp_path, saved=True)
    assert opened.matcher.fingerprint == made.matcher.fingerprint
    assert opened.ranked(corpus.needs) == made.ranked(corpus.needs)


def test_what_changed_since_is_read_and_the_rest_is_not(
    monkeypatch: pytest.MonkeyPatch, corpus: Corpus, tmp_path: Path
) -> None:
    Ranker(corpus.offers, corpus.recipe, tmp_path).save()
    first, second, *others = corpus.offers
    now = (replace(first, title="主轴热误差在线补偿", body="在线补偿主轴热误差。"), *others, replace(second, id=99))
    fresh = Ranker(now, corpus.recipe, tmp_path)
    no_fitting(monkeypatch)
    opened = Ranker(now, corpus.recipe, tmp_path, saved=True)
    assert {one.id for one in opened.matcher.offers} == {str(one.id) for one in now}
    opened.matcher.merge()
    for need in map(profiles.of_need, corpus.needs):
        assert opened.matcher.rank(need, 5) == fresh.matcher.rank(need, 5)


def test_what_cannot_be_used_is_fitted_anew(corpus: Corpus, tmp_path: Path) -> None:
    fitted = Ranker(corpus.offers, corpus.recipe, tmp_path, saved=True)  # nothing was saved yet
    fitted.save()
    for path in (tmp_path / SNAPSHOTS).rglob("*"):
        if path.is_file() and path.suffix in (".json", ".npy"):
            path.write_bytes(b"?")
    again = Ranker(corpus.offers, corpus.recipe, tmp_path, saved=True)
    assert again.matcher.fingerprint == fitted.matcher.fingerprint


def test_a_full_disk_keeps_nobody_from_working(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, corpus: Corpus, tmp_path: Path
) -> None:
    def full(_root: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ranking, "clean", full)
    Ranker(corpus.offers, corpus.recipe, tmp_path).save()
    assert "could not be saved" in caplog.text
