"""The season: assigns the year's pairings to docking sessions within seats, slots and tables; says why one is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from scheduler.season_draft import OTHER, Draft, SeasonPairing, SeasonSession, SeasonSpec
from scheduler.season_search import fill, improve, rebuild_parts

__all__ = ["OTHER", "LeftOut", "SeasonPairing", "SeasonPlan", "SeasonSession", "SeasonSpec", "obstacle", "plan_season"]

SUPPLY_LABELS: Mapping[str, str] = {"cas": "中科院", "xuchang_university": "许昌学院", OTHER: "其他院所高校"}


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
    draft = Draft(spec)
    by_worth = sorted(range(len(spec.pairings)), key=lambda p: (-spec.pairings[p].score, spec.pairings[p].id))
    for p in sorted(by_worth, key=lambda p: spec.pairings[p].pinned_to is None):
        draft.place_best(p)
    improve(draft, by_worth)
    rebuild_parts(draft, by_worth, Random(seed))  # noqa: S311 - shuffles a search, protects nothing
    fill(draft, by_worth)
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


def _why(draft: Draft, p: int) -> str:
    choices = draft.choices[p]
    if not choices:
        supply = draft.spec.pairings[p].supply
        return f"今年没有面向{SUPPLY_LABELS.get(supply, supply)}成果的对接会"
    counted = Counter(draft.blocked(p, s) for s in choices)
    parts = "，".join(
        f"{number}场{reason}" for reason, number in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    )
    return f"可去的{len(choices)}场对接会都排不下：{parts}"
