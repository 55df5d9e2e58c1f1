"""The season: assigns the year's pairings to docking sessions within seats, slots and tables; says why one is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

OTHER = "other"
SUPPLY_LABELS: Mapping[str, str] = {"cas": "中科院", "xuchang_university": "许昌学院", OTHER: "其他院所高校"}
SEARCH_WORK = 1_500_000
REBUILD_WORK = 1_000_000
REBUILD_WORK_PER_PAIRING = 2_000


@dataclass(frozen=True, slots=True)
class SeasonSession:
    """A docking session: a timetable of `slots` times `tables`, and seats (None: no limit).

    `series` is the supply kind it is held for ("" takes every kind), `themes` industries, `hosts` institutes.
    `seats_enterprise` and `seats_expert` limit the guests of each side, `seats` all of them.
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
class SeasonSpec:
    """The year's sessions and pairings; `away` holds (guest, session) where a guest cannot come.

    A theme or a host that fits raises a pairing's worth by its share; every guest's visit to a session costs
    `visit_cost` times the mean score, which draws one guest's pairings together. `allow_repeat_pairs` lets the same
    two guests have two meetings in one session.
    """

    sessions: tuple[SeasonSession, ...]
    pairings: tuple[SeasonPairing, ...]
    away: frozenset[tuple[str, str]] = frozenset()
    theme_bonus: float = 0.2
    host_bonus: float = 0.1
    visit_cost: float = 0.15
    allow_repeat_pairs: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A pairing without a session, with the reason in Chinese."""

    pairing: str
    reason: str


@dataclass(frozen=True, slots=True)
class SeasonPlan:
    """Which session each pairing goes to (by id), what is left out and why, and the plan's worth."""

    assigned: Mapping[str, str]
    left_out: tuple[LeftOut, ...]
    objective: float

    def of_session(self, session_id: str) -> tuple[str, ...]:
        """The pairings of one session, in the order given."""
        return tuple(pairing for pairing, session in self.assigned.items() if session == session_id)


def plan_season(spec: SeasonSpec, *, seed: int = 0) -> SeasonPlan:
    """Assigns every pairing it can, best scores first, then improves by moves until none helps.

    Every session then holds at most slots * tables pairings and at most `slots` for any guest, so that a timetable
    exists for everybody who stays all day (see docs/scheduling.md). The same spec and seed give the same plan. Raises
    ValueError with a Chinese message for repeated ids or a pairing pinned to an unknown session.
    """
    _refuse_nonsense(spec)
    draft = _Draft(spec)
    by_worth = sorted(range(len(spec.pairings)), key=lambda p: (-spec.pairings[p].score, spec.pairings[p].id))
    for p in sorted(by_worth, key=lambda p: spec.pairings[p].pinned_to is None):
        draft.place_best(p)
    _improve(draft, by_worth)
    _rebuild_parts(draft, by_worth, Random(seed))  # noqa: S311 - shuffles a search, protects nothing
    left = tuple(
        LeftOut(pairing.id, _why(draft, p)) for p, pairing in enumerate(spec.pairings) if draft.session_of[p] is None
    )
    assigned = {
        pairing.id: spec.sessions[s].id
        for p, pairing in enumerate(spec.pairings)
        if (s := draft.session_of[p]) is not None
    }
    return SeasonPlan(assigned, left, round(draft.objective, 6))


def obstacle(spec: SeasonSpec, assigned: Mapping[str, str], pairing_id: str, session_id: str) -> str:
    """Why a pairing cannot go to a session, all others standing as assigned; "" when it can (for moves by hand)."""
    draft = _Draft(spec)
    position = {session.id: s for s, session in enumerate(spec.sessions)}
    wanted = position[session_id]
    here = next(p for p, pairing in enumerate(spec.pairings) if pairing.id == pairing_id)
    for p, pairing in enumerate(spec.pairings):
        if p != here and pairing.id in assigned:
            draft.put(p, position[assigned[pairing.id]])
    if wanted not in draft.choices[here]:
        return _wrong_kind(spec.pairings[here])
    return draft.blocked(here, wanted)


class _Draft:
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
        self.choices = [
            [s for s, session in enumerate(spec.sessions) if _suits(pairing, session)] for pairing in spec.pairings
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
        new = (not self.degree[s, "E", pairing.enterprise]) + (not self.degree[s, "X", pairing.expert])
        return self.worth(p, s) - self.visit * new

    def blocked(self, p: int, s: int) -> str:
        """What keeps an unassigned pairing out of a session it suits; "" when nothing does."""
        self.work += 1
        pairing, session = self.spec.pairings[p], self.spec.sessions[s]
        enterprise, expert = self.degree[s, "E", pairing.enterprise], self.degree[s, "X", pairing.expert]
        new = (not enterprise) + (not expert)
        if (pairing.enterprise, session.id) in self.spec.away:
            return "企业不能到会"
        if (pairing.expert, session.id) in self.spec.away:
            return "专家不能到会"
        if not self.spec.allow_repeat_pairs and self.pairs[s, pairing.enterprise, pairing.expert]:
            return "双方在该场已有一次洽谈"
        if len(self.held[s]) >= session.slots * session.tables:
            return "洽谈桌次已排满"
        for side, taken, limit, who in (
            ("E", enterprise, session.seats_enterprise, "企业"),
            ("X", expert, session.seats_expert, "专家"),
        ):
            if taken >= session.slots:
                return f"{who}的时段已排满"
            if not taken and limit is not None and self.guests[s, side] >= limit:
                return f"{who}席位已满"
        if session.seats is not None and self.guests[s, "E"] + self.guests[s, "X"] + new > session.seats:
            return "会场席位已满"
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


def _suits(pairing: SeasonPairing, session: SeasonSession) -> bool:
    if pairing.pinned_to is not None:
        return session.id == pairing.pinned_to
    return session.series in ("", pairing.supply) or pairing.supply == OTHER


def _refuse_nonsense(spec: SeasonSpec) -> None:
    for what, ids in (
        ("对接会", [session.id for session in spec.sessions]),
        ("匹配", [pairing.id for pairing in spec.pairings]),
    ):
        for name, number in Counter(ids).items():
            if number > 1:
                raise ValueError(f"{what} {name} 出现了{number}次")
    known = {session.id for session in spec.sessions}
    for pairing in spec.pairings:
        if pairing.pinned_to is not None and pairing.pinned_to not in known:
            raise ValueError(f"匹配 {pairing.id} 指定的对接会 {pairing.pinned_to} 不存在")


def _improve(draft: _Draft, order: Sequence[int]) -> None:
    better = True
    while better and draft.work < SEARCH_WORK:
        before = draft.objective
        for p in order:
            if draft.session_of[p] is None:
                if not draft.place_best(p):
                    _displace(draft, p)
            else:
                _relocate(draft, [p])
        for group in _visits(draft):
            _relocate(draft, group)
        better = draft.objective > before + 1e-9
    for p in order:
        if draft.session_of[p] is None:
            draft.place_best(p)


def _relocate(draft: _Draft, group: Sequence[int]) -> None:
    """Moves pairings that stand in one session to the session where they are together worth most."""
    start, home = draft.objective, draft.session_of[group[0]]
    assert home is not None
    best, best_gain = home, start + 1e-9
    for p in group:
        draft.take(p)
    for s in draft.choices[group[0]]:
        if s == home:
            continue
        moved = _put_all(draft, group, s)
        if len(moved) == len(group) and draft.objective > best_gain:
            best, best_gain = s, draft.objective
        for p in reversed(moved):
            draft.take(p)
    for p in group:
        draft.put(p, best)


def _put_all(draft: _Draft, group: Sequence[int], s: int) -> list[int]:
    """Puts pairings into a session until one does not fit; returns those put."""
    moved: list[int] = []
    for p in group:
        if s not in draft.choices[p] or draft.blocked(p, s):
            break
        draft.put(p, s)
        moved.append(p)
    return moved


def _visits(draft: _Draft) -> list[list[int]]:
    """The pairings of each guest in each session, where there are several that could move."""
    groups: dict[tuple[int, str, str], list[int]] = {}
    for p, s in enumerate(draft.session_of):
        if s is not None:
            pairing = draft.spec.pairings[p]
            groups.setdefault((s, "E", pairing.enterprise), []).append(p)
            groups.setdefault((s, "X", pairing.expert), []).append(p)
    seen: set[int] = set()
    chosen = []
    for _key, group in sorted(groups.items()):
        if len(group) > 1 and not seen.intersection(group):
            seen.update(group)
            chosen.append(group)
    return chosen


def _displace(draft: _Draft, p: int) -> None:
    """Lets a left-out pairing take the place of a cheaper one if the plan gains, the other moving where it can."""
    start = draft.objective
    for s in draft.choices[p]:
        for q in sorted(draft.held[s], key=lambda q: (draft.worth(q, s), q)):
            if draft.work >= SEARCH_WORK or draft.worth(q, s) >= draft.worth(p, s) + draft.visit:
                break
            if draft.spec.pairings[q].pinned_to is not None:
                continue
            draft.take(q)
            if not draft.blocked(p, s):
                draft.put(p, s)
                draft.place_best(q, but=s)
                if draft.objective > start + 1e-9:
                    return
                if draft.session_of[q] is not None:
                    draft.take(q)
                draft.take(p)
            draft.put(q, s)


def _rebuild_parts(draft: _Draft, order: Sequence[int], rng: Random) -> None:
    """Takes a few guests out of one session again and again and refills in a shuffled order; keeps what is no worse."""
    rank = {p: number for number, p in enumerate(order)}
    limit = draft.work + min(REBUILD_WORK, REBUILD_WORK_PER_PAIRING * len(order))
    while draft.work < limit and draft.held:
        start = draft.objective
        s = rng.randrange(len(draft.held))
        draft.work += 10
        loose = [p for p in draft.held[s] if draft.spec.pairings[p].pinned_to is None]
        side = rng.choice(("enterprise", "expert"))
        guests = sorted({getattr(draft.spec.pairings[p], side) for p in loose})
        if not guests:
            continue
        leaving = set(rng.sample(guests, min(len(guests), rng.randint(1, 4))))
        was = list(draft.session_of)
        out = [p for p in loose if getattr(draft.spec.pairings[p], side) in leaving]
        for p in out:
            draft.take(p)
        waiting = [p for p in order if draft.session_of[p] is None and s in draft.choices[p]]
        noise = {p: rank[p] * rng.uniform(0.3, 1.7) for p in waiting}
        for p in sorted(waiting, key=noise.__getitem__):
            draft.place_best(p)
        if draft.objective < start - 1e-9:
            draft.restore(was)


def _wrong_kind(pairing: SeasonPairing) -> str:
    if pairing.pinned_to is not None:
        return "已指定到另一场对接会"
    return f"该场不面向{SUPPLY_LABELS.get(pairing.supply, pairing.supply)}的成果"


def _why(draft: _Draft, p: int) -> str:
    choices = draft.choices[p]
    if not choices:
        supply = draft.spec.pairings[p].supply
        return f"今年没有面向{SUPPLY_LABELS.get(supply, supply)}成果的对接会"
    counted = Counter(draft.blocked(p, s) for s in choices)
    parts = "，".join(
        f"{number}场{reason}" for reason, number in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    )
    return f"可去的{len(choices)}场对接会都排不下：{parts}"
