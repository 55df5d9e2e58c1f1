"""The values of a timetable: participants, meetings, where they are placed, and what clashes. Frozen, no behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Side = Literal["E", "X", "P"]
"""E enterprise, X expert, P one-sided (anybody may meet anybody)."""

Status = Literal["optimal", "feasible", "incomplete"]
"""optimal: the score equals a proven upper bound; feasible: it may be below it; incomplete: a rule
could not be kept, such as a mandatory meeting that does not fit."""


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who can sit at one table at a time.

    `available` holds the slots (0-based) in which the person is there, None for all; `quota` is the largest number of
    meetings, None for no limit.
    """

    id: str
    side: Side = "P"
    available: frozenset[int] | None = None
    quota: int | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A one-to-one conversation that may be timetabled.

    `score` is what it is worth (any whole number). `mandatory` meetings and those with a `fixed_slot` must take place.
    `session` is the index of the part of the day it belongs to, `after` the ids of meetings that must come earlier,
    `locked` says that a published place must not change.
    """

    id: str
    a: str
    b: str
    score: int = 0
    mandatory: bool = False
    fixed_slot: int | None = None
    fixed_table: int | None = None
    session: int | None = None
    after: tuple[str, ...] = ()
    locked: bool = False

    @property
    def must_stand(self) -> bool:
        """Whether a timetable without this meeting is broken."""
        return self.mandatory or self.fixed_slot is not None


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """Something that keeps people from meeting: a speech, a visit, lunch.

    `slots` (0-based) are those it takes, `people` the ids of those it concerns, None for everybody.
    """

    label: str
    slots: frozenset[int]
    people: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """Everything that decides the one-to-one timetable of one docking session.

    `slots` is the number of slots T (slots are 0..T-1), `tables` the number of tables in each slot (length T),
    `sessions` the parts of the day as tuples of slots (empty: one part). `fairness_d` limits how far the numbers of
    breaks of any two people may differ; `count_across_sessions` says whether a gap over the boundary between two
    parts is a break.

    `closed` holds (slot, table) places that cannot be used, such as a broken table; `no_thanks` pairs of ids that must
    not meet; `agenda` what else keeps people busy. Everybody keeps one slot of `lunch` free (empty: no such rule) and
    sits in at most `most_in_row` slots of one part in a row (None: no such rule).
    """

    slots: int
    tables: tuple[int, ...]
    participants: tuple[Participant, ...]
    meetings: tuple[Meeting, ...]
    sessions: tuple[tuple[int, ...], ...] = ()
    fairness_d: int | None = None
    allow_repeat_pairs: bool = False
    count_across_sessions: bool = True
    name: str = ""
    closed: frozenset[tuple[int, int]] = frozenset()
    no_thanks: frozenset[frozenset[str]] = frozenset()
    agenda: tuple[AgendaItem, ...] = ()
    lunch: frozenset[int] = frozenset()
    most_in_row: int | None = None

    def room(self, slot: int) -> int:
        """How many tables of an existing slot can be used."""
        lost = sum(1 for where, table in self.closed if where == slot and 0 <= table < self.tables[slot])
        return self.tables[slot] - lost


@dataclass(frozen=True, slots=True)
class Placed:
    """A meeting in a slot at a table (both 0-based); a table of None is not decided yet."""

    meeting: str
    slot: int
    table: int | None = None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A meeting that has no place, with the one true reason in Chinese."""

    meeting: str
    reason: str


@dataclass(frozen=True, slots=True)
class Timetable:
    """What `scheduler.timetable.build` found.

    `bound` is a proven upper limit of the total score; `claims` are the recomputed figures of `scheduler.measures`.
    `breaks_bound` is a number of breaks that no timetable of the same meetings can go below; `elapsed` is in seconds.
    """

    placed: tuple[Placed, ...]
    unplaced: tuple[Unplaced, ...]
    status: Status
    bound: int
    seed: int
    claims: Mapping[str, int] = field(default_factory=dict)
    breaks_bound: int = 0
    elapsed: float = field(default=0.0, compare=False)

    @property
    def gap(self) -> float:
        """How far the total score may be below the best possible, as a share of the bound: 0.0 is proven best."""
        return max(0.0, 1.0 - self.claims.get("score", 0) / self.bound) if self.bound > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Clash:
    """One broken rule: its code (C1..C20), its name and a message in Chinese, and whom it concerns."""

    code: str
    rule: str
    message: str
    meetings: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Naming:
    """How messages call people, slots, tables and meetings; the defaults show ids and count from one."""

    person: Callable[[str], str] = str
    slot: Callable[[int], str] = lambda slot: f"第{slot + 1}时段"
    table: Callable[[int], str] = lambda table: f"{table + 1}号桌"
    meeting: Callable[[str], str] = lambda meeting: f"洽谈 {meeting}"


PLAIN_NAMES = Naming()
