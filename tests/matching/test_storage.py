"""A matcher on disk: the same answers when opened, from whichever way it was made, and after changes."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matching import snapshot, storage
from matching.archive import line_of, profile_of
from matching.features import Reader
from matching.lexicon import Lexicon
from matching.matcher import Matcher
from matching.model import Match, Profile, Settings
from matching.roles import Roles
from matching.text import Segmenter

ODD = Profile("odd", title="\ud800\x00", body="<b>😀</b>", keywords=("", "a"), modes=("技术转让",), institute="某所")


def answers(matcher: Matcher, needs: list[Profile]) -> list[list[Match]]:
    return [*matcher.rank_all(needs, 12), [matcher.score(needs[0], offer.id) for offer in matcher.offers]]


def test_a_profile_comes_back_from_its_line() -> None:
    assert profile_of(line_of(ODD)) == ODD


def test_an_opened_matcher_answers_as_the_one_that_was_saved(
    offers: list[Profile], needs: list[Profile], segmenter: Segmenter, tmp_path: Path
) -> None:
    matcher = Matcher([*offers, ODD], segmenter)
    folder = matcher.save(tmp_path)
    snapshot.verify(folder)
    opened = Matcher.open(folder, segmenter)
    assert opened.fingerprint == matcher.fingerprint
    assert list(opened.offers) == list(matcher.offers)
    assert opened.offers[1:3] == list(matcher.offers)[1:3]
    assert answers(opened, needs) == answers(matcher, needs)
    assert opened.explain(needs[0], "A01") == matcher.explain(needs[0], "A01")


@pytest.mark.parametrize("processes", [1, 2])
def test_a_matcher_built_on_disk_is_the_same(
    offers: list[Profile], needs: list[Profile], segmenter: Segmenter, tmp_path: Path, processes: int
) -> None:
    if processes > 1 and "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("processes cannot be forked here")
    fresh = Matcher([*offers, ODD], segmenter)
    opened = Matcher.open(Matcher([], segmenter).build(tmp_path, [ODD, *offers[::-1]], processes), segmenter)
    assert opened.fingerprint == fresh.fingerprint
    assert list(opened.offers) == list(fresh.offers)
    assert answers(opened, needs) == answers(fresh, needs)
    held, anew = opened._held.candidates, fresh._held.candidates
    assert held.latent.space.offers.tobytes() == anew.latent.space.offers.tobytes()
    assert [fact.examples for fact in held.facts] == [fact.examples for fact in anew.facts]


def test_changes_over_an_opened_matcher_can_be_saved_again(
    offers: list[Profile], needs: list[Profile], segmenter: Segmenter, tmp_path: Path
) -> None:
    opened = Matcher.open(Matcher(offers, segmenter).save(tmp_path), segmenter)
    for number in range(3):  # what was merged lies over an archive, and is merged again
        opened.remove(offers[number].id)
        opened.put(replace(ODD, id=f"Z{number}"))
        opened.put(replace(offers[5], maturity=f"第{number}阶段"))
        opened.merge()
    left = [*offers[3:5], replace(offers[5], maturity="第2阶段"), *offers[6:]]
    fresh = Matcher([*left, *(replace(ODD, id=f"Z{number}") for number in range(3))], segmenter)
    assert opened.fingerprint == fresh.fingerprint
    assert answers(opened, needs) == answers(fresh, needs)
    again = Matcher.open(opened.save(tmp_path), segmenter)
    assert answers(again, needs) == answers(fresh, needs)


def test_a_reader_follows_the_pointer(
    offers: list[Profile], needs: list[Profile], segmenter: Segmenter, tmp_path: Path
) -> None:
    reading = snapshot.Reading(tmp_path, lambda folder: Matcher.open(folder, segmenter))
    matcher = Matcher(offers, segmenter)
    matcher.save(tmp_path)
    first = reading.get()
    assert reading.get() is first
    matcher.remove("A01")
    matcher.save(tmp_path)
    assert reading.get().fingerprint == matcher.fingerprint != first.fingerprint
    assert first.rank(needs[0], 1)
    assert len(snapshot.clean(tmp_path)) == 1
    reading.close()


def test_what_was_made_otherwise_is_refused(offers: list[Profile], segmenter: Segmenter, tmp_path: Path) -> None:
    folder = Matcher(offers, segmenter).save(tmp_path)
    with pytest.raises(snapshot.Damaged, match="other settings"):
        Matcher.open(folder, segmenter, Settings(title_repeats=2))
    np.save(folder / "profile_ends.npy", np.load(folder / "profile_ends.npy")[:-1])
    with pytest.raises(snapshot.Damaged, match="bytes"):
        Matcher.open(folder, segmenter)
    with pytest.raises(snapshot.Damaged):
        Matcher.open(tmp_path / "nothing", segmenter)


def test_two_offers_with_one_id_are_refused_on_disk_as_well(segmenter: Segmenter, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="same id"):
        Matcher([], segmenter).build(tmp_path, [Profile("A"), Profile("A")])


def test_an_empty_catalogue_can_be_saved(needs: list[Profile], segmenter: Segmenter, tmp_path: Path) -> None:
    opened = Matcher.open(Matcher([], segmenter).build(tmp_path, []), segmenter)
    assert opened.rank(needs[0], 3) == []
    opened.put(replace(needs[0], id="A"))
    assert [match.offer_id for match in opened.rank(needs[0], 3)] == ["A"]


class Busy:
    """A lock for which somebody waits: the change comes in as soon as it is free."""

    def __init__(self, change: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._changes = [change]

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        if self._changes:
            self._changes.pop()()


def test_a_change_that_comes_while_saving_is_in_the_next_snapshot(
    offers: list[Profile], segmenter: Segmenter, tmp_path: Path
) -> None:
    matcher = Matcher(offers, segmenter)
    matcher.put(ODD)
    before = matcher.copy()
    before.merge()
    vars(matcher)["_changing"] = Busy(lambda: matcher.remove("A01"))
    saved = Matcher.open(matcher.save(tmp_path), segmenter)
    assert saved.fingerprint == before.fingerprint
    assert [offer.id for offer in saved.offers] == sorted([*(offer.id for offer in offers), "odd"])
    assert [offer.id for offer in Matcher.open(matcher.save(tmp_path), segmenter).offers] == [
        offer.id for offer in saved.offers if offer.id != "A01"
    ]


def test_what_is_read_apart_does_not_pile_up(offers: list[Profile], segmenter: Segmenter) -> None:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("processes cannot be forked here")
    taken = 0

    def endless() -> Iterator[Profile]:
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield replace(offers[0], id=f"A{number}")

    lexicon = Lexicon.shipped()
    reader = Reader(segmenter, Settings(), lexicon, Roles(lexicon.cues))
    stream = storage.read(endless(), reader, 2)
    assert [offer.id for offer, _ in itertools.islice(stream, 1_000)] == [f"A{number}" for number in range(1_000)]
    assert taken <= 1_000 + 64 * 8
    stream.close()
