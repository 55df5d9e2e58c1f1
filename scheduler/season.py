"""The season: assigns the year's pairings to docking sessions within seats, slots and tables; says why one is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from random import Random

from scheduler.season_draft import OTHER, Draft, SeasonGuest, SeasonPairing, SeasonSession, SeasonSpec, suits
from scheduler.season_exact import (
    Bound,
    Roster,
    improve_exactly,
    is_small,
    pinned_roster,
    relaxed_bound,
    standing_roster,
)
from scheduler.season_prices import priced_rosters
from scheduler.season_rosters import find_rosters, first_rosters
from scheduler.season_search import fill, improve, rebuild_parts

__all__ = [
    "OTHER", "LeftOut", "SeasonGuest", "SeasonPairing", "SeasonPlan", "SeasonSession", "SeasonSpec", "obstacle",
    "plan_season",
]  # fmt: skip

SEARCHED = 1_000
"""Up to so many pairings the search by moves pays; beyond it the programme does better in less time."""

SUPPLY_LABELS: Mapping[str, str] = {"cas": "中科院", "xuchang_university": "许昌学院", OTHER: "其他院所高校"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A pairing without a session, with the reason in Chinese."""

    pairing: str
    reason: str


@dataclass(frozen=True, slots=True)
class SeasonPlan:
    """Which session each pairing goes to (by id), what is left out and why, and the plan's worth.

    `bound` is a proven upper limit of the worth for the experts' visits of the plan (`rosters_given`) or for any
    (None: nothing was proven); `not_held` are sessions that too few enterprises would attend, and the bound is that of
    the season without them.
    """

    assigned: Mapping[str, str]
    left_out: tuple[LeftOut, ...]
    objective: float
    bound: float | None = field(default=None, compare=False)
    rosters_given: bool = field(default=False, compare=False)
    not_held: tuple[str, ...] = ()

    def of_session(self, session_id: str) -> tuple[str, ...]:
        """The pairings of one session, in the order given."""
        return tuple(pairing for pairing, session in self.assigned.items() if session == session_id)

    @property
    def gap(self) -> float | None:
        """How far the worth may be below the best possible, as a share of the bound; None without a bound."""
        if self.bound is None:
            return None
        return 0.0 if self.bound <= 1e-6 else max(0.0, 1.0 - self.objective / self.bound)


def plan_season(spec: SeasonSpec, *, seed: int = 0, seconds: float = 20.0) -> SeasonPlan:
    """Assigns every pairing it can: a search by moves, then the integer programme for the best experts' visits found.

    Every session then holds at most slots * tables pairings and at most `slots` for any guest, so that a timetable
    exists for everybody who stays all day (see docs/scheduling.md). The same spec and seed give the same plan, unless
    `seconds`, the limit for the programme, cuts it short. A session that fewer than `min_enterprises` enterprises would
    attend gets enough of them from others or is not held, whichever is worth more. Raises ValueError with a Chinese message for repeated ids or a pairing pinned to an
    unknown session.
    """
    _refuse_nonsense(spec)
    draft = Draft(spec)
    by_worth = sorted(range(len(spec.pairings)), key=lambda p: (-spec.pairings[p].score, spec.pairings[p].id))
    roster, bound = _arrange(draft, by_worth, seed, seconds, ())
    not_held, bound = _settle(draft, by_worth, seed, seconds, roster, bound)
    left = tuple(
        LeftOut(pairing.id, _why(draft, p, not_held))
        for p, pairing in enumerate(spec.pairings)
        if draft.session_of[p] is None
    )
    assigned = {
        pairing.id: spec.sessions[s].id
        for p, pairing in enumerate(spec.pairings)
        if (s := draft.session_of[p]) is not None
    }
    return SeasonPlan(
        assigned,
        left,
        round(draft.objective, 6),
        None if bound is None else max(bound.worth, draft.objective),
        bound is not None and bound.rosters,
        tuple(spec.sessions[s].id for s in not_held),
    )


def _settle(
    draft: Draft, by_worth: Sequence[int], seed: int, seconds: float, roster: Roster | None, bound: Bound | None
) -> tuple[list[int], Bound | None]:
    """Gives every session that is held the enterprises it needs, or closes it; returns the closed ones and the bound."""
    not_held: list[int] = []
    doubtful: set[int] = set()
    while small := _too_small(draft):
        doubtful.update(small)
        bound = improve_exactly(draft, roster, seconds / 2, doubtful) or bound
        closed = [s for s in sorted(doubtful) if not draft.held[s]]
        if not closed and (still := [s for s in _too_small(draft) if s in small]):
            closed = still[:1]  # nothing was found in time
        for s in closed:
            draft.close(s)
        not_held += closed
        doubtful.difference_update(closed)
        if closed and roster is not None:
            roster, again = _arrange(draft, by_worth, seed, seconds / 2, doubtful)
            bound = again or bound
        fill(draft, by_worth)
    return not_held, bound


def _arrange(
    draft: Draft, by_worth: Sequence[int], seed: int, seconds: float, doubtful: Collection[int]
) -> tuple[Roster | None, Bound | None]:
    """Fills the draft as well as it can; returns the experts' visits it is made for (None: any) and what is proven."""
    pairings = draft.spec.pairings
    for p in sorted(by_worth, key=lambda p: pairings[p].pinned_to is None):
        if draft.session_of[p] is None:
            draft.place_best(p)
    if len(pairings) <= SEARCHED:
        improve(draft, by_worth)
        rebuild_parts(draft, by_worth, Random(seed))  # noqa: S311 - shuffles a search, protects nothing
    roster = None if is_small(draft) else _better_roster(draft, seed, seconds) | pinned_roster(draft)
    bound = improve_exactly(draft, roster, seconds, doubtful)
    fill(draft, by_worth)
    return roster, bound


def _better_roster(draft: Draft, seed: int, seconds: float) -> frozenset[tuple[str, int]]:
    """The experts' visits of which the relaxed programme makes most.

    Up to SEARCHED pairings those of the draft compete with those of the annealing. Beyond it there is the annealing
    alone, under prices where numba is installed.
    """
    if len(draft.spec.pairings) <= SEARCHED:
        rosters = [standing_roster(draft), find_rosters(draft, seed)]
    elif find_spec("numba") is None:
        rosters = [find_rosters(draft, seed) or standing_roster(draft)]
    else:
        rosters = [priced_rosters(draft, first_rosters(draft, seed), seed)]
    if len(rosters) == 1:
        return rosters[0]
    return max(rosters, key=lambda roster: relaxed_bound(draft, roster, seconds / 4) or 0.0)


def _too_small(draft: Draft) -> list[int]:
    """The held sessions with fewer enterprises than they need, the one that falls furthest short first.

    One with a pinned pairing is not among them: somebody has been invited to it.
    """
    pairings = draft.spec.pairings
    short = [
        (draft.guests[s, "E"] - session.min_enterprises, s)
        for s, session in enumerate(draft.spec.sessions)
        if 0 < draft.guests[s, "E"] < session.min_enterprises
        and all(pairings[p].pinned_to is None for p in draft.held[s])
    ]
    return [s for _missing, s in sorted(short)]


def obstacle(spec: SeasonSpec, assigned: Mapping[str, str], pairing_id: str, session_id: str) -> str:
    """Why a pairing cannot go to a session, all others standing as assigned; "" when it can (for moves by hand)."""
    draft = Draft(spec)
    position = {session.id: s for s, session in enumerate(spec.sessions)}
    wanted = position[session_id]
    here = next(p for p, pairing in enumerate(spec.pairings) if pairing.id == pairing_id)
    for p, pairing in enumerate(spec.pairings):
        if p != here and pairing.id in assigned:
            draft.put(p, position[assigned[pairing.id]])
    if wanted not in draft.choices[here]:
        return _wrong_kind(spec.pairings[here])
    return draft.blocked(here, wanted)


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


def _wrong_kind(pairing: SeasonPairing) -> str:
    if pairing.pinned_to is not None:
        return "已指定到另一场对接会"
    return f"该场不面向{SUPPLY_LABELS.get(pairing.supply, pairing.supply)}的成果"


def _why(draft: Draft, p: int, not_held: Sequence[int]) -> str:
    choices = draft.choices[p]
    closed = sum(suits(draft.spec.pairings[p], draft.spec.sessions[s]) for s in not_held)
    if not choices:
        supply = draft.spec.pairings[p].supply
        pinned = draft.spec.pairings[p].pinned_to
        if closed:
            return f"可去的{closed}场对接会到会企业都太少，不宜举办"
        if pinned is not None:
            return "已指定到另一场对接会"
        return f"今年没有面向{SUPPLY_LABELS.get(supply, supply)}成果的对接会"
    counted = Counter(draft.blocked(p, s) for s in choices)
    if closed:
        counted["到会企业太少，不宜举办"] = closed
    parts = "，".join(
        f"{number}场{reason}" for reason, number in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    )
    return f"可去的{counted.total()}场对接会都排不下：{parts}"
