"""Proposes days and themes for the sessions of a season that have none, and says how balanced the season is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scheduler.calendar import WorkCalendar, quarter
from scheduler.programme import propose_dates
from scheduler.season_draft import SeasonSession, SeasonSpec, suits

THEMES = 3


@dataclass(frozen=True, slots=True)
class Balance:
    """Pairings of a plan by quarter, by the session's county, and the fewest and most in one session."""

    quarters: Mapping[int, int]
    counties: Mapping[str, int]
    fewest: int
    most: int


def with_dates(
    spec: SeasonSpec,
    first: date,
    last: date,
    calendar: WorkCalendar,
    taken: Collection[date] = (),
    windows: Mapping[str, tuple[date, date]] | None = None,
) -> SeasonSpec:
    """The season with a working day for every session that has none, spread evenly, in the order given.

    `windows` (session id to first and last day) are kept; sessions with the narrowest window choose first. No two
    sessions are on one day. Raises ValueError with a Chinese message when the working days do not suffice.
    """
    windows = windows or {}
    used = {*taken, *(session.held_on for session in spec.sessions if session.held_on is not None)}
    days: dict[str, date] = {}
    waiting = [session for session in spec.sessions if session.held_on is None]
    bounded = [session for session in waiting if session.id in windows]
    for session in sorted(bounded, key=lambda one: (windows[one.id][1] - windows[one.id][0], one.id)):
        start, end = windows[session.id]
        days[session.id] = propose_dates(max(first, start), min(last, end), 1, calendar, used)[0]
        used.add(days[session.id])
    others = [session for session in waiting if session.id not in windows]
    for session, day in zip(others, propose_dates(first, last, len(others), calendar, used), strict=True):
        days[session.id] = day
    return replace(
        spec,
        sessions=tuple(replace(one, held_on=days[one.id]) if one.id in days else one for one in spec.sessions),
    )


def unworkable(sessions: Sequence[SeasonSession], calendar: WorkCalendar) -> list[tuple[str, str]]:
    """(session, reason in Chinese) for every session on a day that is not worked, or on the same day as another."""
    found = []
    days = Counter(session.held_on for session in sessions if session.held_on is not None)
    for session in sessions:
        if session.held_on is None:
            continue
        if not calendar.is_working(session.held_on):
            name = calendar.holiday_name(session.held_on) or "周末"
            found.append((session.id, f"{session.held_on}是{name}，不是工作日"))
        if days[session.held_on] > 1:
            found.append((session.id, f"{session.held_on}有{days[session.held_on]}场对接会"))
    return found


def with_themes(spec: SeasonSpec, number: int = THEMES) -> SeasonSpec:
    """The season with theme industries for every session that has none.

    Each session in turn takes the industries whose pairings that suit it are worth most; what a session has room for
    is taken off an industry's account, so that later sessions turn to what is still waiting.
    """
    chosen: list[SeasonSession] = []
    served: Counter[str] = Counter()
    for session in spec.sessions:
        if session.themes:
            chosen.append(session)
            served.update(dict.fromkeys(session.themes, session.slots * session.tables // len(session.themes)))
            continue
        waiting: dict[str, float] = {}
        skipped = Counter(served)
        for pairing in sorted(spec.pairings, key=lambda one: (-one.score, one.id)):
            if pairing.industry and suits(replace(pairing, pinned_to=None), session):
                if skipped[pairing.industry] > 0:
                    skipped[pairing.industry] -= 1
                else:
                    waiting[pairing.industry] = waiting.get(pairing.industry, 0.0) + pairing.score
        themes = sorted(waiting, key=lambda industry: (-waiting[industry], industry))[:number]
        served.update(dict.fromkeys(themes, session.slots * session.tables // max(len(themes), 1)))
        chosen.append(replace(session, themes=frozenset(themes)))
    return replace(spec, sessions=tuple(chosen))


def balance(spec: SeasonSpec, assigned: Mapping[str, str]) -> Balance:
    """How the pairings of a plan spread over quarters, counties and sessions."""
    held = Counter(assigned.values())
    quarters: Counter[int] = Counter()
    counties: Counter[str] = Counter()
    for session in spec.sessions:
        if session.held_on is not None:
            quarters[quarter(session.held_on)] += held[session.id]
        if session.county:
            counties[session.county] += held[session.id]
    sizes = [held[session.id] for session in spec.sessions]
    return Balance(dict(quarters), dict(counties), min(sizes, default=0), max(sizes, default=0))
