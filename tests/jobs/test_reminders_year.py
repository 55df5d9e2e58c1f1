"""A season played through with a clock of its own: every reminder once, in time, true; and what happens without the look."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.domain import clock
from app.services import reminding
from benchmarks.reminders_season import Size
from benchmarks.reminders_year import difference, play

SMALL = Size(6, 200, 24, date(2022, 4, 11), date(2022, 5, 6), timedelta(hours=1))
SEED = 7


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Iterator[Path]:
    """A folder with an empty database, and the real clock afterwards."""
    shutil.copyfile(sqlite_template, tmp_path / "market.db")
    yield tmp_path
    clock.set_clock(None)


def test_nothing_is_missing_nothing_too_much_nothing_late_nothing_wrong(folder: Path) -> None:
    played = play(SMALL, SEED, folder)
    assert difference(played, SMALL).counts == {"missing": 0, "extra": 0, "late": 0, "wrong": 0}
    assert played.letters == played.received
    assert len(played.sent) > 250


def test_without_the_look_at_the_moment_of_sending_letters_are_wrong(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "still_true", lambda _session, _letter_id, _now: True)
    found = difference(play(SMALL, SEED, folder), SMALL).counts
    assert found["extra"] > 0  # sent when they were of no use any more
