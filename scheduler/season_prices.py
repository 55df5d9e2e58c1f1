"""Which experts to seat in which session, under prices for seats and talks; needs numba (extra "fast").

The estimate of season_rosters counts an enterprise's best few talks in each session alone. Here an enterprise chooses its
sessions and talks as the season lets it, and what too many want has its price, so that the estimate stays near the truth.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scheduler.season_draft import Draft

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

PROPOSALS, PROPOSALS_PER_PAIRING = 50_000, 12
"""How many swaps are tried at least, and per pairing: four times as many find hardly better rosters."""
HEAT, STEP, TALK, SEAT = 0.8, 0.04, 0.2, 1.2
"""Temperature and step of the prices at the start, the first prices of a talk and a seat, in mean scores: measured."""
STATE = 2_147_483_647


class Market:
    """The season as arrays for the compiled walk: what every enterprise could do, by enterprise and session."""

    def __init__(self, draft: Draft) -> None:
        spec = draft.spec
        self.enterprises = sorted({pairing.enterprise for pairing in spec.pairings})
        self.experts = sorted({pairing.expert for pairing in spec.pairings})
        self._row = {guest: number for number, guest in enumerate(self.enterprises)}
        self._column = {guest: number for number, guest in enumerate(self.experts)}
        self._draft = draft
        self.options: list[list[tuple[int, int, int, float]]] = [[] for _ in self.enterprises]
        self.acquainted: dict[tuple[int, int], set[int]] = defaultdict(set)
        numbers: dict[int, dict[int, int]] = defaultdict(dict)
        for p, choices in enumerate(draft.choices):
            pairing = spec.pairings[p]
            e, x = self._row[pairing.enterprise], self._column[pairing.expert]
            own = numbers[e].setdefault(p, len(numbers[e]))
            for s in choices:
                name = spec.sessions[s].id
                if not {(pairing.enterprise, name), (pairing.expert, name)} & spec.away:
                    self.options[e].append((s, own, x, draft.worth(p, s)))
                    self.acquainted[x, s].add(e)
        self.sizes = [len(numbers[e]) for e in range(len(self.enterprises))]
        self.pairings = max(self.sizes, default=0)

    def walk(self, roster: frozenset[tuple[str, int]], seed: int, proposals: int) -> frozenset[tuple[str, int]]:
        """Anneals from a roster of (expert, session by index); returns the last one, visits of pinned pairings kept."""
        import numpy as np

        from scheduler.season_compiled import anneal

        spec, draft = self._draft.spec, self._draft
        sessions, number = len(spec.sessions), len(self.enterprises)
        scores = [pairing.score for pairing in spec.pairings]
        mean = sum(scores) / len(scores)
        here = np.zeros((sessions, len(self.experts)), dtype=np.bool_)
        fixed = np.zeros_like(here)
        for guest, s in roster:
            here[s, self._column[guest]] = True
        for p, pairing in enumerate(spec.pairings):
            if pairing.pinned_to is not None:
                for s in draft.choices[p]:
                    here[s, self._column[pairing.expert]] = fixed[s, self._column[pairing.expert]] = True
        able = np.zeros_like(here)
        for x, s in self.acquainted:
            able[s, x] = True
        left = np.array([self._most(guest, "max_sessions", sessions) for guest in self.experts]) - here.sum(axis=0)
        fares = np.array([[draft.fare(guest, s) for s in range(sessions)] for guest in self.experts])
        anneal(
            seed * 7919 % (STATE - 1) + 1, proposals, HEAT * mean, STEP * mean, self._options(),
            (np.full((len(self.experts), sessions), TALK * mean), np.full(sessions, SEAT * mean)),
            (self._seats(), np.array([session.slots for session in spec.sessions])),
            (here, able, fixed, left, fares), self._known(),
            (np.zeros(self.pairings), np.zeros(self.pairings), np.zeros(sessions, dtype=np.int64), np.zeros(number),
             np.full(number, -1.0), np.zeros(number, dtype=np.int64)),
        )  # fmt: skip
        return frozenset((self.experts[x], s) for s in range(sessions) for x in np.flatnonzero(here[s]).tolist())

    def _options(self) -> tuple[object, ...]:
        import numpy as np

        flat = [one for options in self.options for one in sorted(options, key=lambda one: (one[0], -one[3], one[1]))]
        first = np.cumsum([0, *(len(options) for options in self.options)])
        sessions = len(self._draft.spec.sessions)
        fares = np.array([[self._draft.fare(guest, s) for s in range(sessions)] for guest in self.enterprises])
        visits = np.array([self._most(guest, "max_sessions", sessions) for guest in self.enterprises])
        talks = np.array([self._most(guest, "max_meetings", self.pairings) for guest in self.enterprises])
        columns = [np.array([one[k] for one in flat], dtype=np.int64) for k in range(3)]
        return (
            first,
            *columns,
            np.array([one[3] for one in flat], dtype=np.float64),
            fares,
            visits,
            talks,
            np.array(self.sizes),
        )

    def _known(self) -> tuple[Whole, Whole, Whole]:
        import numpy as np

        shape = (len(self.experts), len(self._draft.spec.sessions))
        begin, end = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        flat: list[int] = []
        for (x, s), enterprises in sorted(self.acquainted.items()):
            begin[x, s] = len(flat)
            flat += sorted(enterprises)
            end[x, s] = len(flat)
        return begin, end, np.array(flat, dtype=np.int64)

    def _seats(self) -> Whole:
        import numpy as np

        number = len(self.enterprises)
        limits = [(session.seats_enterprise, session.seats) for session in self._draft.spec.sessions]
        return np.array([min(number if one is None else one for one in both) for both in limits], dtype=np.int64)

    def _most(self, guest: str, limit: str, otherwise: int) -> int:
        known = self._draft.known.get(guest)
        most = None if known is None else getattr(known, limit)
        return otherwise if most is None else min(most, otherwise)


def priced_rosters(draft: Draft, roster: frozenset[tuple[str, int]], seed: int) -> frozenset[tuple[str, int]]:
    """Better rosters than these, the same for the same seed; the same ones when there is nobody to seat."""
    market = Market(draft)
    if not market.acquainted or not roster:
        return roster
    return market.walk(roster, seed, max(PROPOSALS, PROPOSALS_PER_PAIRING * len(draft.spec.pairings)))
