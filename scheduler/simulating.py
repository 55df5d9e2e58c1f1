"""Simulates the day of a timetable many times: who stays away or is late, and what reserve meetings make up for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scheduler.ground import Ground
from scheduler.model import Meeting, Placed, SessionSpec
from scheduler.rules import open_slots

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Masks = NDArray[np.uint64]

DAYS = 1_000
MAX_SLOTS = 63
SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
WORTHWHILE = 0.125
"""The chance of being held that makes a reserve meeting worth planning."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How people behave: enterprises and experts stay away, or are late by `late_slots` on average (geometric).

    A quarter of the participants staying away has been seen at real brokerage events.
    """

    absent: float = 0.25
    absent_experts: float = 0.05
    late: float = 0.15
    late_slots: float = 1.5


@dataclass(frozen=True, slots=True)
class Policy:
    """How one plans for it: reserve meetings, slots booked twice, planned meetings left out as a buffer (shares).

    A reserve meeting takes place in any slot in which both turn out to be free. A slot booked twice has a second
    enterprise waiting for the same expert, who is turned away when the first one comes.
    """

    reserve: float = 0.0
    booked_twice: float = 0.0
    left_out: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Means over the simulated days; `bad_day` is the tenth percentile of the meetings held.

    `reserves` and `twice` are the numbers of reserve meetings and second bookings planned.
    """

    policy: Policy
    planned: int
    reserves: int
    twice: int
    held: float
    score: float
    turned_away: float
    bad_day: float


@dataclass(frozen=True, slots=True)
class Advice:
    """The outcomes of all policies and the recommended number of reserve meetings, with the reason in Chinese."""

    outcomes: tuple[Outcome, ...]
    reserves: int
    sentence: str


class Simulation:
    """A timetable under simulated days; every policy meets the same days (common random numbers).

    Works on bit masks of slots, one per person and day, so that a day costs a few array operations.
    """

    def __init__(
        self,
        spec: SessionSpec,
        placed: Sequence[Placed],
        habits: Habits = Habits(),
        *,
        days: int = DAYS,
        seed: int = 0,
    ) -> None:
        import numpy as np

        if spec.slots > MAX_SLOTS:
            raise ValueError(f"模拟最多支持{MAX_SLOTS}个时段，这一场有{spec.slots}个")
        self._np = np
        self._spec, self._days = spec, days
        self._ground = Ground(spec)
        self._number = {person.id: number for number, person in enumerate(spec.participants)}
        meetings = self._ground.meetings
        self._planned = sorted(placed, key=lambda place: (-meetings[place.meeting].score, place.meeting))
        standing = {place.meeting for place in placed}
        possible = [
            one for one in spec.meetings if one.id not in standing and one.score >= 0 and open_slots(self._ground, one)
        ]
        self._spare = self._in_rounds(sorted(possible, key=lambda one: (-one.score, one.id)), habits.absent)
        self._present = self._days_of(habits, seed)

    def _in_rounds(self, wishes: Sequence[Meeting], absent: float) -> list[Meeting]:
        """The spare wishes in the order in which they are worth planning.

        The first round gives every enterprise one and every expert as many as meetings of theirs are likely to fail,
        so that reserves do not crowd around the few who are wished most; the best scores come first in each round.
        """
        held: dict[str, int] = {}
        for place in self._planned:
            meeting = self._ground.meetings[place.meeting]
            for person in (meeting.a, meeting.b):
                held[person] = held.get(person, 0) + 1
        number: dict[str, int] = {}
        rounds: dict[str, int] = {}
        for wish in wishes:
            turns = []
            for person in (wish.a, wish.b):
                turns.append(number.get(person, 0) // max(1, round(absent * held.get(person, 0))))
                number[person] = number.get(person, 0) + 1
            rounds[wish.id] = max(turns)
        return sorted(wishes, key=lambda one: (rounds[one.id], -one.score, one.id))

    def _days_of(self, habits: Habits, seed: int) -> Masks:
        """(people, days) masks of the slots in which each person is there."""
        np = self._np
        rng = np.random.default_rng(seed)
        people = len(self._spec.participants)
        shape = (people, self._days)
        expert = np.array([person.side == "X" for person in self._spec.participants], dtype=bool)
        away = np.where(expert, habits.absent_experts, habits.absent)[:, None]
        absent = rng.random(shape) < away
        late = rng.random(shape) < habits.late
        delay = np.minimum(rng.geometric(1.0 / max(habits.late_slots, 1.0), shape), self._spec.slots)
        first = np.where(late, delay, 0).astype(np.uint64)
        there = np.array([self._ground.there[person.id] for person in self._spec.participants], dtype=np.uint64)
        one = np.uint64(1)
        masks = there[:, None] & ~((one << first) - one)
        present: Masks = np.where(absent, np.uint64(0), masks)
        return present

    def run(self, policy: Policy) -> Outcome:
        """Simulates a policy."""
        np = self._np
        keep = len(self._planned) - round(policy.left_out * len(self._planned))
        planned = self._planned[:keep]
        left = [self._ground.meetings[place.meeting] for place in self._planned[keep:]]
        busy = np.zeros_like(self._present)
        held_by = np.zeros(self._present.shape, dtype=np.int32)
        load = np.zeros((self._spec.slots, self._days), dtype=np.int32)
        score = np.zeros(self._days)
        held = np.zeros(self._days)
        happened: dict[str, object] = {}
        for place in planned:
            meeting = self._ground.meetings[place.meeting]
            a, b = self._number[meeting.a], self._number[meeting.b]
            bit = np.uint64(1 << place.slot)
            both = (self._present[a] & self._present[b] & bit) != 0
            happened[place.meeting] = both
            self._hold(meeting, both, np.where(both, bit, np.uint64(0)), busy, held_by)
            load[place.slot] += both
            held += both
            score += meeting.score * both
        turned, twice, spare = self._second(
            policy, planned, [*self._spare, *left], happened, busy, held_by, held, score
        )
        reserves = spare[: round(policy.reserve * len(self._planned))]
        self._reserve(reserves, busy, held_by, load, held, score)
        return Outcome(
            policy,
            len(planned),
            len(reserves),
            twice,
            float(held.mean()),
            float(score.mean()),
            float(turned.mean()),
            float(np.percentile(held, 10)),
        )

    def _hold(self, meeting: Meeting, who: object, bits: Masks, busy: Masks, held_by: NDArray[np.int32]) -> None:
        for person in (self._number[meeting.a], self._number[meeting.b]):
            busy[person] |= bits
            held_by[person] += who

    def _second(
        self,
        policy: Policy,
        planned: Sequence[Placed],
        spare: list[Meeting],
        happened: dict[str, object],
        busy: Masks,
        held_by: NDArray[np.int32],
        held: NDArray[np.float64],
        score: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], int, list[Meeting]]:
        """Books experts' slots twice: (people turned away per day, number of second bookings, spare wishes left)."""
        np = self._np
        turned = np.zeros(self._days)
        wanted = round(policy.booked_twice * len(planned))
        taken: dict[str, int] = {}
        for place in planned:
            meeting = self._ground.meetings[place.meeting]
            for person in (meeting.a, meeting.b):
                taken[person] = taken.get(person, 0) | 1 << place.slot
        used: set[str] = set()
        for place in sorted(planned, key=lambda place: self._ground.meetings[place.meeting].score):
            if len(used) >= wanted:
                break
            main = self._ground.meetings[place.meeting]
            bit = 1 << place.slot
            for second in spare:
                guest = second.a if second.b == main.b else None
                if guest is None or second.id in used or taken.get(guest, 0) & bit:
                    continue
                if not open_slots(self._ground, second) & bit:
                    continue
                used.add(second.id)
                taken[guest] = taken.get(guest, 0) | bit
                a, b = self._number[second.a], self._number[second.b]
                ready = (self._present[a] & np.uint64(bit)) != 0
                first = happened[main.id]
                now = ready & ((self._present[b] & ~busy[b] & np.uint64(bit)) != 0)
                turned += ready & first
                self._hold(second, now, np.where(now, np.uint64(bit), np.uint64(0)), busy, held_by)
                held += now
                score += second.score * now
                break
        return turned, len(used), [one for one in spare if one.id not in used]

    def _reserve(
        self,
        reserves: Sequence[Meeting],
        busy: Masks,
        held_by: NDArray[np.int32],
        load: NDArray[np.int32],
        held: NDArray[np.float64],
        score: NDArray[np.float64],
    ) -> None:
        """Holds each reserve meeting, best first, in the first slot of each day in which both and a table are free."""
        np = self._np
        rooms = np.array([self._spec.room(slot) for slot in range(self._spec.slots)])[:, None]
        quota = [self._spec.slots if one.quota is None else one.quota for one in self._spec.participants]
        all_days = np.arange(self._days)
        bits = np.array([1 << slot for slot in range(self._spec.slots)], dtype=np.uint64)[:, None]
        room = np.bitwise_or.reduce(np.where(load < rooms, bits, np.uint64(0)), axis=0)
        for meeting in reserves:
            a, b = self._number[meeting.a], self._number[meeting.b]
            mask = self._present[a] & self._present[b] & ~busy[a] & ~busy[b] & room
            mask &= np.uint64(open_slots(self._ground, meeting))
            mask = np.where((held_by[a] < quota[a]) & (held_by[b] < quota[b]), mask, np.uint64(0))
            low = mask & (~mask + np.uint64(1))
            who = low != 0
            if not who.any():
                continue
            self._hold(meeting, who, low, busy, held_by)
            slots = np.log2(np.where(who, low, np.uint64(1)).astype(np.float64)).astype(np.int64)
            load[slots[who], all_days[who]] += 1
            full = who & (load[slots, all_days] >= rooms[slots, 0])
            room = np.where(full, room & ~low, room)
            held += who
            score += meeting.score * who


def recommend(
    spec: SessionSpec,
    placed: Sequence[Placed],
    habits: Habits = Habits(),
    *,
    days: int = DAYS,
    seed: int = 0,
) -> Advice:
    """Compares policies on the same simulated days and recommends how many reserve meetings to plan.

    The recommendation is the largest number tried up to which further reserve meetings are held at least every eighth
    time: each costs two people a preparation.
    """
    simulation = Simulation(spec, placed, habits, days=days, seed=seed)
    outcomes = [simulation.run(Policy(reserve=share)) for share in SHARES]
    nothing = chosen = outcomes[0]
    for one in outcomes[1:]:
        if one.reserves == chosen.reserves or one.held - chosen.held < WORTHWHILE * (one.reserves - chosen.reserves):
            break
        chosen = one
    others = [
        simulation.run(Policy(booked_twice=0.1)),
        simulation.run(Policy(reserve=chosen.policy.reserve, booked_twice=0.1)),
        simulation.run(Policy(reserve=chosen.policy.reserve, left_out=0.1)),
    ]
    planned = max(nothing.planned, 1)
    sentence = (
        f"按{habits.absent:.0%}的企业缺席模拟{days}天：{nothing.planned}场洽谈平均只能开成{nothing.held:.1f}场"
        f"（{nothing.held / planned:.0%}）。"
    )
    if chosen.reserves:
        sentence += f"建议预备{chosen.reserves}场候补洽谈，平均可开成{chosen.held:.1f}场（十天里九天不少于{chosen.bad_day:.0f}场）"
        if chosen is not outcomes[-1]:
            sentence += "；再多预备，每场候补开成的机会不到八分之一"
    else:
        sentence += "候补洽谈开成的机会太小，不必预备"
    return Advice((*outcomes, *others), chosen.reserves, sentence)
