"""The search for a better season plan: single moves, moves of a guest's whole visit, trades, rebuilt parts."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from scheduler.season_draft import Draft

SEARCH_WORK = 1_500_000
REBUILD_WORK = 1_000_000
REBUILD_WORK_PER_PAIRING = 2_000


def improve(draft: Draft, order: Sequence[int]) -> None:
    """Moves and trades pairings (`order`: best first) until nothing helps."""
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


def fill(draft: Draft, order: Sequence[int]) -> None:
    """Assigns every left-out pairing that some session still has room for."""
    grown = True
    while grown:
        placed = [p for p in order if draft.session_of[p] is None and draft.place_best(p)]
        grown = bool(placed)


def _relocate(draft: Draft, group: Sequence[int]) -> None:
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


def _put_all(draft: Draft, group: Sequence[int], s: int) -> list[int]:
    """Puts pairings into a session until one does not fit; returns those put."""
    moved: list[int] = []
    for p in group:
        if s not in draft.choices[p] or draft.blocked(p, s):
            break
        draft.put(p, s)
        moved.append(p)
    return moved


def _visits(draft: Draft) -> list[list[int]]:
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


def _displace(draft: Draft, p: int) -> None:
    """Lets a left-out pairing take the place of a cheaper one if the plan gains, the other moving where it can."""
    start = draft.objective
    pairing = draft.spec.pairings[p]
    for s in draft.choices[p]:
        most = max(draft.fare(pairing.enterprise, s), draft.fare(pairing.expert, s))
        for q in sorted(draft.held[s], key=lambda q: (draft.worth(q, s), q)):
            if draft.work >= SEARCH_WORK or draft.worth(q, s) >= draft.worth(p, s) + most:
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


def rebuild_parts(draft: Draft, order: Sequence[int], rng: Random) -> None:
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
