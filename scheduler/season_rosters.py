"""Which experts to seat in which session before pairings are decided: annealing on what enterprises would come for.

The relaxed programme says little about rosters (half an expert in each of two sessions costs it nothing), and the whole
one is out of reach for a year of thousands of pairings. So rosters are searched with a cheap estimate of their worth, and
the programme then decides everything else for the rosters given.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from random import Random
from typing import TYPE_CHECKING

from scheduler.season_draft import Draft

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PROPOSALS_PER_PAIRING = 8
TALKS_PER_VISIT = 4
HEAT = 3.0
"""The temperature at the start, in mean pairing scores."""


class Rosters:
    """Rosters under search. `worth[s]` is an (enterprises, experts) array: what the two are worth in session s."""

    def __init__(self, draft: Draft, rng: Random) -> None:
        import numpy as np

        spec = draft.spec
        self._np, self._rng = np, rng
        self.enterprises = sorted({pairing.enterprise for pairing in spec.pairings})
        self.experts = sorted({pairing.expert for pairing in spec.pairings})
        row = {guest: number for number, guest in enumerate(self.enterprises)}
        column = {guest: number for number, guest in enumerate(self.experts)}
        shape = (len(self.enterprises), len(self.experts))
        self.worth: list[Floats] = [np.zeros(shape) for _ in spec.sessions]
        for p, choices in enumerate(draft.choices):
            pairing = spec.pairings[p]
            for s in choices:
                name = spec.sessions[s].id
                if not {(pairing.enterprise, name), (pairing.expert, name)} & spec.away:
                    self.worth[s][row[pairing.enterprise], column[pairing.expert]] += draft.worth(p, s)
        self.fares = [np.array([draft.fare(guest, s) for guest in self.enterprises]) for s in range(len(spec.sessions))]
        self.seats = [_least(session.seats_enterprise, len(self.enterprises)) for session in spec.sessions]
        self.chairs = [_least(session.seats_expert, len(self.experts)) for session in spec.sessions]
        self.often = [_visits(draft, guest) for guest in self.enterprises]
        self.left = [_visits(draft, guest) for guest in self.experts]
        self.able = [[int(k) for k in np.flatnonzero(worth.sum(axis=0))] for worth in self.worth]
        self.roster: list[list[int]] = [[] for _ in spec.sessions]

    def search(self, proposals: int, heat: float) -> frozenset[tuple[str, int]]:
        """Anneals for so many proposals; the best rosters met, as (expert, session by index)."""
        self.begin()
        values = [self._values(s, roster) for s, roster in enumerate(self.roster)]
        now = self._total(values)
        best, best_roster = now, [list(roster) for roster in self.roster]
        for number in range(proposals):
            change = self._proposal()
            if change is None:
                continue
            before = [(s, values[s]) for s, _roster in change]
            for s, roster in change:
                values[s] = self._values(s, roster)
            then = self._total(values)
            temperature = heat * (1.0 - number / proposals) + 1e-9
            if then < now and self._rng.random() >= exp((then - now) / temperature):
                for s, old in before:
                    values[s] = old
                continue
            self._adopt(change)
            now = then
            if now > best:
                best, best_roster = now, [list(roster) for roster in self.roster]
        return frozenset((self.experts[k], s) for s, roster in enumerate(best_roster) for k in roster)

    def begin(self) -> frozenset[tuple[str, int]]:
        """Seats experts by what all their pairings of a session are worth together, the dearest first."""
        totals = [
            (-float(self.worth[s][:, k].sum()) * self._rng.uniform(0.5, 1.5), s, k)
            for s, able in enumerate(self.able)
            for k in able
        ]
        for _worth, s, k in sorted(totals):
            if len(self.roster[s]) < self.chairs[s] and self.left[k] > 0:
                self.roster[s].append(k)
                self.left[k] -= 1
        return frozenset((self.experts[k], s) for s, roster in enumerate(self.roster) for k in roster)

    def _proposal(self) -> list[tuple[int, list[int]]] | None:
        """One expert for another in a session; if the other's visits are used up, the two change places."""
        s = self._rng.randrange(len(self.roster))
        if not self.roster[s] or not self.able[s]:
            return None
        place = self._rng.randrange(len(self.roster[s]))
        leaves, comes = self.roster[s][place], self._rng.choice(self.able[s])
        if comes in self.roster[s]:
            return None
        roster = list(self.roster[s])
        roster[place] = comes
        if self.left[comes] > 0:
            return [(s, roster)]
        t = self._rng.choice([t for t, there in enumerate(self.roster) if comes in there] or [s])
        if t == s or leaves in self.roster[t] or leaves not in self.able[t]:
            return None
        return [(s, roster), (t, [leaves if k == comes else k for k in self.roster[t]])]

    def _adopt(self, change: Sequence[tuple[int, list[int]]]) -> None:
        for s, roster in change:
            for k in self.roster[s]:
                self.left[k] += 1
            for k in roster:
                self.left[k] -= 1
            self.roster[s] = roster

    def _values(self, s: int, roster: Sequence[int]) -> Floats:
        """What each enterprise's visit to a session is worth: its best few talks there less the fare."""
        own = self.worth[s][:, roster]
        if own.shape[1] > TALKS_PER_VISIT:
            own = self._np.partition(own, own.shape[1] - TALKS_PER_VISIT, axis=1)[:, -TALKS_PER_VISIT:]
        values: Floats = own.sum(axis=1) - self.fares[s]
        return values

    def _total(self, values: Sequence[Floats]) -> float:
        """The worth of the visits when the best are seated first, within seats and visits per enterprise."""
        flat = self._np.concatenate(values)
        most = min(3 * sum(self.seats), flat.size)
        order = self._np.argpartition(-flat, most - 1)[:most]
        order = order[self._np.argsort(-flat[order], kind="stable")]
        sessions, guests = self._np.divmod(order, len(self.enterprises))
        seats, often, total = list(self.seats), list(self.often), 0.0
        for s, e, value in zip(sessions.tolist(), guests.tolist(), flat[order].tolist(), strict=True):
            if value <= 0.0:
                break
            if seats[s] > 0 and often[e] > 0:
                seats[s] -= 1
                often[e] -= 1
                total += value
        return total


def find_rosters(draft: Draft, seed: int) -> frozenset[tuple[str, int]]:
    """Rosters for the experts, the same for the same seed; empty when there is nothing to seat."""
    pairings = draft.spec.pairings
    rosters = _rosters(draft, seed)
    if rosters is None:
        return frozenset()
    mean = sum(abs(pairing.score) for pairing in pairings) / len(pairings)
    return rosters.search(PROPOSALS_PER_PAIRING * len(pairings), HEAT * mean)


def first_rosters(draft: Draft, seed: int) -> frozenset[tuple[str, int]]:
    """Rosters to begin a search with; empty when there is nothing to seat."""
    rosters = _rosters(draft, seed)
    return frozenset() if rosters is None else rosters.begin()


def _rosters(draft: Draft, seed: int) -> Rosters | None:
    if not draft.spec.pairings or not draft.spec.sessions:
        return None
    rosters = Rosters(draft, Random(seed))  # noqa: S311 - shuffles a search, protects nothing
    return rosters if any(rosters.seats) else None


def _least(limit: int | None, number: int) -> int:
    return number if limit is None else min(limit, number)


def _visits(draft: Draft, guest: str) -> int:
    known = draft.known.get(guest)
    return _least(None if known is None else known.max_sessions, len(draft.spec.sessions))
