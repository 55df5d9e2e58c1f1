"""What if: a session moved to another day, a venue lost or made smaller, a session added; with the change in worth."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scheduler.season import SeasonPlan, SeasonSession, SeasonSpec, plan_season


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a change would come to: the new plan, the change in worth and in the number of pairings, who moves.

    `moved` are pairings that go to another session, `lost` those without one now, `won` those that have one now.
    """

    plan: SeasonPlan
    worth: float
    pairings: int
    moved: tuple[str, ...]
    lost: tuple[str, ...]
    won: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The consequence in Chinese, in one sentence."""
        change = f"增加{self.worth:.4g}" if self.worth > 0 else f"减少{-self.worth:.4g}" if self.worth < 0 else "不变"
        return (
            f"总价值{change}；{len(self.moved)}个匹配改到别的场次，"
            f"{len(self.lost)}个匹配失去场次，{len(self.won)}个匹配新得场次"
        )


def session_moved(spec: SeasonSpec, session: str, day: date, away: Collection[str] = ()) -> SeasonSpec:
    """The season with a session on another day; `away` are the guests who cannot come on that day."""
    _known(spec, session)
    elsewhere = {(guest, where) for guest, where in spec.away if where != session}
    return replace(
        spec,
        sessions=tuple(replace(one, held_on=day) if one.id == session else one for one in spec.sessions),
        away=frozenset(elsewhere | {(guest, session) for guest in away}),
    )


def venue_lost(spec: SeasonSpec, session: str) -> SeasonSpec:
    """The season without a session; pairings pinned to it may go anywhere they suit."""
    _known(spec, session)
    return replace(
        spec,
        sessions=tuple(one for one in spec.sessions if one.id != session),
        pairings=tuple(replace(one, pinned_to=None) if one.pinned_to == session else one for one in spec.pairings),
        away=frozenset((guest, where) for guest, where in spec.away if where != session),
    )


def venue_changed(
    spec: SeasonSpec,
    session: str,
    *,
    tables: int | None = None,
    seats_enterprise: int | None = None,
    seats: int | None = None,
) -> SeasonSpec:
    """The season with another number of tables, of seats for enterprises or of all seats at a session (None: as it is)."""
    _known(spec, session)
    return replace(
        spec,
        sessions=tuple(
            replace(
                one,
                tables=one.tables if tables is None else tables,
                seats_enterprise=one.seats_enterprise if seats_enterprise is None else seats_enterprise,
                seats=one.seats if seats is None else seats,
            )
            if one.id == session
            else one
            for one in spec.sessions
        ),
    )


def session_added(spec: SeasonSpec, session: SeasonSession, away: Collection[str] = ()) -> SeasonSpec:
    """The season with one more session, to which `away` cannot come."""
    return replace(
        spec,
        sessions=(*spec.sessions, session),
        away=spec.away | {(guest, session.id) for guest in away},
    )


def what_if(
    plan: SeasonPlan, changed: SeasonSpec, *, seed: int = 0, seconds: float = 20.0, settled: Sequence[str] = ()
) -> Consequence:
    """Plans the changed season and compares; pairings of the `settled` sessions stay where the plan has them."""
    pinned = {pairing: session for pairing, session in plan.assigned.items() if session in settled}
    held = {session.id for session in changed.sessions}
    spec = replace(
        changed,
        pairings=tuple(
            replace(one, pinned_to=pinned[one.id]) if pinned.get(one.id) in held else one for one in changed.pairings
        ),
    )
    then = plan_season(spec, seed=seed, seconds=seconds)
    both = [pairing for pairing in plan.assigned if pairing in then.assigned]
    return Consequence(
        plan=then,
        worth=round(then.objective - plan.objective, 6),
        pairings=len(then.assigned) - len(plan.assigned),
        moved=tuple(pairing for pairing in both if plan.assigned[pairing] != then.assigned[pairing]),
        lost=tuple(pairing for pairing in plan.assigned if pairing not in then.assigned),
        won=tuple(pairing for pairing in then.assigned if pairing not in plan.assigned),
    )


def _known(spec: SeasonSpec, session: str) -> None:
    if all(one.id != session for one in spec.sessions):
        raise ValueError(f"对接会 {session} 不存在")
