"""The season's tasks and its plan under construction: sessions, pairings, who fits where, what a move is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

Group = tuple[str, int | str]
"""("session", by index) or ("county", name): pairings that have an even share of the season."""

OTHER = "other"
"""The supply kind of institutes that have no series of their own."""


@dataclass(frozen=True, slots=True)
class SeasonSession:
    """A docking session: a timetable of `slots` times `tables`, and seats (None: no limit).

    `series` is the supply kind it is held for ("" takes every kind), `themes` industries, `hosts` institutes.
    `seats_enterprise` and `seats_expert` limit the guests of each side, `seats` all of them. With fewer than
    `min_enterprises` enterprises it is not worth holding.
    """

    id: str
    series: str
    slots: int
    tables: int
    themes: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    seats_enterprise: int | None = None
    seats_expert: int | None = None
    seats: int | None = None
    held_on: date | None = None
    county: str = ""
    min_enterprises: int = 0


@dataclass(frozen=True, slots=True)
class SeasonPairing:
    """A kept pairing. `expert` is who comes for the achievement: an expert, or the institute itself.

    `supply` is the institute's kind; OTHER may go to a session of any series. `pinned_to` holds it in one session.
    """

    id: str
    enterprise: str
    institute: str
    expert: str
    supply: str
    industry: str
    score: float
    pinned_to: str | None = None


@dataclass(frozen=True, slots=True)
class SeasonGuest:
    """What is known about an enterprise or expert: where from, how many visits and talks in the year (None: any).

    `visit_cost` is what each visit costs in the plan's worth; None means the season's.
    """

    id: str
    county: str = ""
    max_sessions: int | None = None
    max_meetings: int | None = None
    visit_cost: float | None = None


@dataclass(frozen=True, slots=True)
class SeasonSpec:
    """The year's sessions and pairings; `away` holds (guest, session) where a guest cannot come.

    A theme or a host that fits raises a pairing's worth by its share; every guest's visit to a session costs
    `visit_cost` times the mean score, which draws one guest's pairings together, and `travel_cost` more if the session
    is in another county than the guest. `allow_repeat_pairs` lets the same two guests have two meetings in one
    session. Guests that `guests` does not name have no limits of their own. A pairing is worth `balance_bonus` more while
    its session has fewer than its even share of all pairings, and again while the enterprise's county has fewer than its
    share of what the season has room for.
    """

    sessions: tuple[SeasonSession, ...]
    pairings: tuple[SeasonPairing, ...]
    away: frozenset[tuple[str, str]] = frozenset()
    theme_bonus: float = 0.2
    host_bonus: float = 0.1
    visit_cost: float = 0.15
    allow_repeat_pairs: bool = False
    guests: tuple[SeasonGuest, ...] = ()
    travel_cost: float = 0.0
    balance_bonus: float = 0.0


class Draft:
    """The plan under construction, by index; `work` counts the effort spent."""

    def __init__(self, spec: SeasonSpec) -> None:
        self.spec = spec
        self.session_of: list[int | None] = [None] * len(spec.pairings)
        self.held: list[list[int]] = [[] for _ in spec.sessions]
        self.degree: Counter[tuple[int, str, str]] = Counter()
        self.guests: Counter[tuple[int, str]] = Counter()
        self.pairs: Counter[tuple[int, str, str]] = Counter()
        self.objective = 0.0
        self.work = 0
        scores = [pairing.score for pairing in spec.pairings]
        self.visit = spec.visit_cost * sum(scores) / len(scores) if scores else 0.0
        self.known = {guest.id: guest for guest in spec.guests}
        self.visits: Counter[str] = Counter()
        self.meetings: Counter[str] = Counter()
        self._fares: dict[tuple[str, int], float] = {}
        self.shares = shares(spec) if spec.balance_bonus else {}
        self.served: Counter[Group] = Counter()
        self.choices = [
            [s for s, session in enumerate(spec.sessions) if suits(pairing, session)] for pairing in spec.pairings
        ]

    def worth(self, p: int, s: int) -> float:
        """What a pairing is worth in a session, without the visits it causes."""
        pairing, session = self.spec.pairings[p], self.spec.sessions[s]
        share = 1.0
        share += self.spec.theme_bonus if pairing.industry in session.themes else 0.0
        share += self.spec.host_bonus if pairing.institute in session.hosts else 0.0
        return pairing.score * share

    def gain(self, p: int, s: int) -> float:
        """How much the plan is worth more with an unassigned pairing in a session."""
        pairing = self.spec.pairings[p]
        gain = self.worth(p, s)
        if not self.degree[s, "E", pairing.enterprise]:
            gain -= self.fare(pairing.enterprise, s)
        if not self.degree[s, "X", pairing.expert]:
            gain -= self.fare(pairing.expert, s)
        if self.shares:
            behind = sum(self.served[group] < self.shares[group] for group in self.groups(p, s))
            gain += behind * self.spec.balance_bonus
        return gain

    def groups(self, p: int, s: int) -> list[Group]:
        """The groups with an even share that a pairing in a session counts for."""
        known = self.known.get(self.spec.pairings[p].enterprise)
        groups: list[Group] = [("session", s), ("county", known.county if known else "")]
        return [group for group in groups if group in self.shares]

    def fare(self, guest: str, s: int) -> float:
        """What a guest's visit to a session costs."""
        fare = self._fares.get((guest, s))
        if fare is None:
            known = self.known.get(guest)
            fare = self.visit if known is None or known.visit_cost is None else known.visit_cost
            county = self.spec.sessions[s].county
            if known is not None and known.county and county and known.county != county:
                fare += self.spec.travel_cost
            self._fares[guest, s] = fare
        return fare

    def blocked(self, p: int, s: int) -> str:
        """What keeps an unassigned pairing out of a session it suits; "" when nothing does."""
        self.work += 1
        pairing, session = self.spec.pairings[p], self.spec.sessions[s]
        enterprise, expert = self.degree[s, "E", pairing.enterprise], self.degree[s, "X", pairing.expert]
        new = (not enterprise) + (not expert)
        for guest, who in ((pairing.enterprise, "企业"), (pairing.expert, "专家")):
            if (guest, session.id) in self.spec.away:
                return f"{who}不能到会"
        if not self.spec.allow_repeat_pairs and self.pairs[s, pairing.enterprise, pairing.expert]:
            return "双方在该场已有一次洽谈"
        if len(self.held[s]) >= session.slots * session.tables:
            return "洽谈桌次已排满"
        for side, guest, taken, limit, who in (
            ("E", pairing.enterprise, enterprise, session.seats_enterprise, "企业"),
            ("X", pairing.expert, expert, session.seats_expert, "专家"),
        ):
            if taken >= session.slots:
                return f"{who}的时段已排满"
            if not taken and limit is not None and self.guests[s, side] >= limit:
                return f"{who}席位已满"
            if self.known and (spent := self._spent(guest, who, first=not taken)):
                return spent
        if session.seats is not None and self.guests[s, "E"] + self.guests[s, "X"] + new > session.seats:
            return "会场席位已满"
        return ""

    def _spent(self, guest: str, who: str, *, first: bool) -> str:
        """Which limit of the year a guest has reached; `first` if the pairing would be their first in a session."""
        known = self.known.get(guest)
        if known is None:
            return ""
        if known.max_meetings is not None and self.meetings[guest] >= known.max_meetings:
            return f"{who}全年洽谈已满{known.max_meetings}次"
        if first and known.max_sessions is not None and self.visits[guest] >= known.max_sessions:
            return f"{who}全年到会已满{known.max_sessions}场"
        return ""

    def put(self, p: int, s: int) -> None:
        """Assigns an unassigned pairing."""
        self.objective += self.gain(p, s)
        self._count(p, s, 1)
        self.held[s].append(p)
        self.session_of[p] = s

    def take(self, p: int) -> int:
        """Unassigns a pairing and returns the session it was in."""
        s = self.session_of[p]
        assert s is not None
        self.session_of[p] = None
        self.held[s].remove(p)
        self._count(p, s, -1)
        self.objective -= self.gain(p, s)
        return s

    def _count(self, p: int, s: int, change: int) -> None:
        pairing = self.spec.pairings[p]
        self.pairs[s, pairing.enterprise, pairing.expert] += change
        for side, guest in (("E", pairing.enterprise), ("X", pairing.expert)):
            was = self.degree[s, side, guest]
            self.degree[s, side, guest] = was + change
            self.guests[s, side] += (was + change > 0) - (was > 0)
            self.visits[guest] += (was + change > 0) - (was > 0)
            self.meetings[guest] += change
        for group in self.groups(p, s) if self.shares else ():
            self.served[group] += change

    def close(self, s: int) -> None:
        """Takes every pairing out of a session and keeps it closed."""
        for p in list(self.held[s]):
            self.take(p)
        self.choices = [[choice for choice in choices if choice != s] for choices in self.choices]

    def restore(self, session_of: Sequence[int | None]) -> None:
        """Makes the plan stand as in an earlier copy of `session_of`."""
        moved = [p for p, s in enumerate(self.session_of) if s != session_of[p]]
        for p in moved:
            if self.session_of[p] is not None:
                self.take(p)
        for p in moved:
            if (s := session_of[p]) is not None:
                self.put(p, s)

    def place_best(self, p: int, but: int | None = None) -> bool:
        """Assigns a pairing where it gains most, the emptier session first; False when no session has room."""
        open_to = [s for s in self.choices[p] if s != but and not self.blocked(p, s)]
        if not open_to:
            return False
        self.put(p, max(open_to, key=lambda s: (self.gain(p, s), -len(self.held[s]), -s)))
        return True


def shares(spec: SeasonSpec) -> dict[Group, int]:
    """The even share of each session in the pairings, and of each county in what the season has room for."""
    number, room = len(spec.pairings), sum(session.slots * session.tables for session in spec.sessions)
    if not number or not spec.sessions:
        return {}
    found: dict[Group, int] = {
        ("session", s): min(session.slots * session.tables, number // len(spec.sessions))
        for s, session in enumerate(spec.sessions)
    }
    home = {guest.id: guest.county for guest in spec.guests}
    of_county = Counter(home.get(pairing.enterprise, "") for pairing in spec.pairings)
    for county, own in of_county.items():
        if county:
            found["county", county] = own * min(room, number) // number
    return found


def suits(pairing: SeasonPairing, session: SeasonSession) -> bool:
    if pairing.pinned_to is not None:
        return session.id == pairing.pinned_to
    return session.series in ("", pairing.supply) or pairing.supply == OTHER
