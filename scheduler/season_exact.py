"""The season as an integer programme: who attends which session, and which pairings meet there; with a proven bound."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scheduler.season_draft import Draft, Group
from scheduler.selecting import Programme, solve

FREE_ROSTERS = 600
"""Up to so many possible (pairing, session) the experts' visits are decided too; beyond it they are given."""

GAP = 0.004
Roster = Collection[tuple[str, int]]
Visit = tuple[str, str, int]
"""(side, guest, session by index): a guest's attendance; the sides are "E" and "X"."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A proven upper limit of a plan's worth; `rosters` says whether it holds only for the experts' visits given."""

    worth: float
    rosters: bool


@dataclass(slots=True)
class _Columns:
    """The columns: (pairing, session) first, then visits, then doubtful sessions (held or not), then groups' shares."""

    pairs: list[tuple[int, int]]
    visits: list[Visit]
    doubtful: list[int]
    groups: list[Group]

    def ceiling(self, draft: Draft) -> list[float]:
        """The largest value of each column: one, or a group's even share."""
        single = len(self.pairs) + len(self.visits) + len(self.doubtful)
        return [1.0] * single + [float(draft.shares[group]) for group in self.groups]

    def floor(self, draft: Draft) -> list[int]:
        """The least value of each column: a pinned pairing that has its place keeps it."""
        pairings = draft.spec.pairings
        kept = [int(pairings[p].pinned_to is not None and draft.session_of[p] == s) for p, s in self.pairs]
        return kept + [0] * (len(self.visits) + len(self.doubtful) + len(self.groups))


def improve_exactly(
    draft: Draft, roster: Roster | None, seconds: float, doubtful: Collection[int] = ()
) -> Bound | None:
    """Puts the draft into the best plan found by HiGHS within `seconds` for these experts' visits (None: any visits).

    A `doubtful` session gets the enterprises it needs at least, or none, whichever is worth more in all.

    The relaxed programme gives the bound; visits that it does not want at all are left out before the whole programme
    is solved, which takes a tenth of the time and costs little, as it is nearly whole for given rosters. Returns the
    bound, or None, and an unchanged draft, when nothing was found.
    """
    columns = _columns(draft, roster, doubtful)
    worth = _worth(draft, columns)
    if not columns.pairs:
        return Bound(draft.objective, rosters=roster is not None)
    easier = relaxed(draft, columns, seconds) if roster is not None else None
    if easier is not None:
        values = easier.values[len(columns.pairs) :][: len(columns.visits)]
        wanted = {visit for visit, value in zip(columns.visits, values, strict=True)
                  if value > 1e-4 or visit[2] in columns.doubtful}  # fmt: skip
        columns = _wanted(draft, columns, wanted)
        worth = _worth(draft, columns)
    solution = solve(_programme(draft, columns), worth, columns.floor(draft), seconds, gap=GAP,
                     ceiling=columns.ceiling(draft))  # fmt: skip
    if solution is None:
        return None
    chosen = [columns.pairs[column] for column in solution.chosen if column < len(columns.pairs)]
    _adopt(draft, chosen, whatever=bool(columns.doubtful))
    limit = solution.bound if easier is None else easier.worth
    return Bound(max(limit, draft.objective), rosters=roster is not None)


def _wanted(draft: Draft, columns: _Columns, visits: Collection[Visit]) -> _Columns:
    pairings = draft.spec.pairings
    pairs = [
        (p, s)
        for p, s in columns.pairs
        if ("E", pairings[p].enterprise, s) in visits and ("X", pairings[p].expert, s) in visits
    ]
    return _Columns(pairs, [visit for visit in columns.visits if visit in visits], columns.doubtful, columns.groups)


def is_small(draft: Draft) -> bool:
    """Whether the experts' visits can be decided together with everything else."""
    return sum(len(choices) for choices in draft.choices) <= FREE_ROSTERS


def standing_roster(draft: Draft) -> frozenset[tuple[str, int]]:
    """The experts' visits of the plan as it stands."""
    pairings = draft.spec.pairings
    return frozenset((pairings[p].expert, s) for p, s in enumerate(draft.session_of) if s is not None)


def pinned_roster(draft: Draft) -> frozenset[tuple[str, int]]:
    """The experts' visits that the pinned pairings need."""
    pairings = draft.spec.pairings
    return frozenset(
        (pairings[p].expert, s)
        for p, s in enumerate(draft.session_of)
        if s is not None and pairings[p].pinned_to is not None
    )


def relaxed_bound(draft: Draft, roster: Roster | None, seconds: float) -> float | None:
    """The worth of the relaxed programme; without rosters no plan of the season is worth more. None: out of time."""
    columns = _columns(draft, roster, ())
    if not columns.pairs:
        return 0.0
    found = relaxed(draft, columns, seconds)
    return None if found is None else found.worth


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The optimum of a relaxed programme and the value of each column in it."""

    worth: float
    values: list[float]


def relaxed(draft: Draft, columns: _Columns, seconds: float) -> Relaxed | None:
    """Solves the relaxation by the interior point method, which is the fast one here; None when time ran out."""
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    programme, worth = _programme(draft, columns), _worth(draft, columns)
    places = (np.array(programme.rows), np.array(programme.columns))
    size = (len(programme.limits), len(worth))
    matrix = coo_array((np.array(programme.values, dtype=float), places), shape=size).tocsr()
    result = linprog(  # type: ignore[call-overload] # the stubs do not know that HiGHS takes sparse arrays
        -np.array(worth),
        A_ub=matrix,
        b_ub=np.array(programme.limits, dtype=float),
        bounds=list(zip(columns.floor(draft), columns.ceiling(draft), strict=True)),
        method="highs-ipm",
        options={"time_limit": seconds},
    )
    return Relaxed(-float(result.fun), result.x.tolist()) if result.status == 0 else None


def _columns(draft: Draft, roster: Roster | None, doubtful: Collection[int]) -> _Columns:
    spec = draft.spec
    pairs = []
    for p, choices in enumerate(draft.choices):
        pairing = spec.pairings[p]
        for s in choices:
            away = {(pairing.enterprise, spec.sessions[s].id), (pairing.expert, spec.sessions[s].id)} & spec.away
            if not away and (roster is None or (pairing.expert, s) in roster):
                pairs.append((p, s))
    visits: dict[Visit, None] = {}
    for p, s in pairs:
        visits["E", spec.pairings[p].enterprise, s] = None
        visits["X", spec.pairings[p].expert, s] = None
    there = {s for _p, s in pairs}
    return _Columns(pairs, list(visits), sorted(there.intersection(doubtful)), list(draft.shares))


def _worth(draft: Draft, columns: _Columns) -> list[float]:
    return [
        *(draft.worth(p, s) for p, s in columns.pairs),
        *(-draft.fare(guest, s) for _side, guest, s in columns.visits),
        *(0.0 for _s in columns.doubtful),
        *(draft.spec.balance_bonus for _group in columns.groups),
    ]


def _programme(draft: Draft, columns: _Columns) -> Programme:
    spec = draft.spec
    programme = Programme()
    visit = {one: len(columns.pairs) + number for number, one in enumerate(columns.visits)}
    groups: dict[str, dict[object, list[int]]] = defaultdict(lambda: defaultdict(list))
    for column, (p, s) in enumerate(columns.pairs):
        pairing = spec.pairings[p]
        groups["pairing"][p].append(column)
        groups["session"][s].append(column)
        groups["twice"][s, pairing.enterprise, pairing.expert].append(column)
        for side, guest in (("E", pairing.enterprise), ("X", pairing.expert)):
            programme.at_most(0, [column], [visit[side, guest, s]])
            groups["visit"][side, guest, s].append(column)
            groups["guest"][guest].append(column)
    for column, (side, guest, s) in enumerate(columns.visits, len(columns.pairs)):
        groups["seats"][side, s].append(column)
        groups["visits"][guest].append(column)
    _limit(programme, groups["pairing"].values(), 1)
    if not spec.allow_repeat_pairs:
        _limit(programme, groups["twice"].values(), 1)
    for s, session in enumerate(spec.sessions):
        _limit(programme, [groups["session"][s]], session.slots * session.tables)
        _limit(programme, [groups["seats"]["E", s]], session.seats_enterprise)
        _limit(programme, [groups["seats"]["X", s]], session.seats_expert)
        _limit(programme, [[*groups["seats"]["E", s], *groups["seats"]["X", s]]], session.seats)
    for one, own in _visits_of(groups["visit"]):
        slots = spec.sessions[one[2]].slots
        if len(own) > slots:  # at most so many times the visit, which is tighter than the number alone
            programme.at_most(0, own, [visit[one]] * slots)
    for known in spec.guests:
        _limit(programme, [groups["guest"].get(known.id, [])], known.max_meetings)
        _limit(programme, [groups["visits"].get(known.id, [])], known.max_sessions)
    _add_doubtful(programme, draft, columns, groups["visit"])
    _add_shares(programme, draft, columns)
    return programme


def _add_doubtful(programme: Programme, draft: Draft, columns: _Columns, talks: Mapping[object, Sequence[int]]) -> None:
    """A doubtful session is held, and then enough enterprises come, each for a talk; or it is not, and nobody comes."""
    first = len(columns.pairs)
    for held, s in enumerate(columns.doubtful, first + len(columns.visits)):
        coming = [
            column for column, (side, _guest, there) in enumerate(columns.visits, first) if (side, there) == ("E", s)
        ]
        for column in coming:
            programme.at_most(0, [column], [held])
            programme.at_most(0, [column], talks[columns.visits[column - first]])
        programme.at_most(0, [held] * draft.spec.sessions[s].min_enterprises, coming)


def _add_shares(programme: Programme, draft: Draft, columns: _Columns) -> None:
    """What a group has of its even share is no more than the pairings it has."""
    own: dict[Group, list[int]] = defaultdict(list)
    for column, (p, s) in enumerate(columns.pairs) if columns.groups else ():
        for group in draft.groups(p, s):
            own[group].append(column)
    first = len(columns.pairs) + len(columns.visits) + len(columns.doubtful)
    for column, group in enumerate(columns.groups, first):
        programme.at_most(0, [column], own[group])


def _visits_of(grouped: dict[object, list[int]]) -> Iterable[tuple[Visit, list[int]]]:
    return grouped.items()  # type: ignore[return-value]


def _limit(programme: Programme, groups: Iterable[list[int]], limit: int | None) -> None:
    for columns in groups:
        if limit is not None and len(columns) > limit:
            programme.at_most(limit, columns)


def _adopt(draft: Draft, chosen: list[tuple[int, int]], *, whatever: bool) -> None:
    """Makes the draft stand as chosen, unless it was worth more before (and `whatever` is not to be done)."""
    was, before = list(draft.session_of), draft.objective
    target: list[int | None] = [None] * len(was)
    for p, s in chosen:
        target[p] = s
    draft.restore(target)
    if draft.objective < before and not whatever:
        draft.restore(was)
