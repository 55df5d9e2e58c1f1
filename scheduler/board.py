"""The working state of a timetable under construction: meetings as edges, slots as colours, Kempe chains between them.

A proper edge colouring: each slot is a matching of the people, so the meetings of two slots form paths and even
cycles (also when the people are one-sided). Swapping the two slots along one such chain keeps everybody single-booked.
"""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.measures import mask_of
from scheduler.model import Meeting, Placed
from scheduler.rules import Ground, open_slots

NOWHERE = -1


class Board:
    """Where each meeting stands, by index. All methods keep C3 to C9, C11 to C13, C17 to C20 true; `work` counts the effort spent."""

    def __init__(self, ground: Ground) -> None:
        spec = ground.spec
        self.ground = ground
        self.meetings: tuple[Meeting, ...] = spec.meetings
        self.index = {meeting.id: number for number, meeting in enumerate(spec.meetings)}
        person_index = {person.id: number for number, person in enumerate(spec.participants)}
        self.a = [person_index[meeting.a] for meeting in spec.meetings]
        self.b = [person_index[meeting.b] for meeting in spec.meetings]
        self.score = [meeting.score for meeting in spec.meetings]
        self.must = [meeting.must_stand for meeting in spec.meetings]
        self.cap = [spec.room(slot) for slot in range(spec.slots)]
        self.windows = ground.windows
        self.quota = [spec.slots if person.quota is None else person.quota for person in spec.participants]
        self.before = [[self.index.get(q, NOWHERE) for q in meeting.after] for meeting in spec.meetings]
        self.later: list[list[int]] = [[] for _ in spec.meetings]
        for number, earlier in enumerate(self.before):
            for q in earlier:
                if q != NOWHERE:
                    self.later[q].append(number)
        self.same_table: dict[int, list[int]] = {}
        self.twins: dict[int, list[int]] = {}
        self._note_groups()
        self.special = [
            bool(self.before[m] or self.later[m] or self.meetings[m].fixed_table is not None)
            for m in range(len(self.meetings))
        ]
        self.domain = self._domains()
        slots, people = spec.slots, len(spec.participants)
        self.at = [NOWHERE] * len(self.meetings)
        self.who = [[NOWHERE] * people for _ in range(slots)]
        self.busy = [0] * people
        self.held = [0] * people
        self.load = [0] * slots
        self.room = mask_of(slot for slot in range(slots) if self.cap[slot] > 0)
        self.work = 0
        self.musts = 0
        self.total = 0

    def _note_groups(self) -> None:
        pairs: dict[frozenset[int], list[int]] = {}
        for number, meeting in enumerate(self.meetings):
            if meeting.fixed_table is not None:
                self.same_table.setdefault(meeting.fixed_table, []).append(number)
            pairs.setdefault(frozenset((self.a[number], self.b[number])), []).append(number)
        if not self.ground.spec.allow_repeat_pairs:
            for group in pairs.values():
                if len(group) > 1:
                    for number in group:
                        self.twins[number] = [other for other in group if other != number]

    def _domains(self) -> list[int]:
        """The slots open to each meeting, narrowed along chains of predecessors (a cycle leaves nothing)."""
        domain = [open_slots(self.ground, meeting) for meeting in self.meetings]
        for number, earlier in enumerate(self.before):
            if NOWHERE in earlier:
                domain[number] = 0
        waiting = [number for number in range(len(domain)) if self.before[number] or self.later[number]]
        while waiting:
            number = waiting.pop()
            mask = domain[number]
            for q in self.before[number]:
                first = (domain[q] & -domain[q]).bit_length() if q != NOWHERE else 0
                mask &= -(1 << first) if first else 0
            if mask != domain[number]:
                domain[number] = mask
                waiting.extend(self.later[number])
        return domain

    # ---- single meetings
    def put(self, m: int, slot: int) -> None:
        """Places an unplaced meeting; the caller has asked `open_to` or knows that it fits."""
        self.at[m] = slot
        bit, a, b = 1 << slot, self.a[m], self.b[m]
        row = self.who[slot]
        row[a] = row[b] = m
        self.busy[a] |= bit
        self.busy[b] |= bit
        self.held[a] += 1
        self.held[b] += 1
        self.load[slot] += 1
        self.musts += self.must[m]
        self.total += self.score[m]
        if self.load[slot] >= self.cap[slot]:
            self.room &= ~bit

    def take(self, m: int) -> None:
        """Takes a placed meeting off the board."""
        slot = self.at[m]
        self.at[m] = NOWHERE
        bit, a, b = 1 << slot, self.a[m], self.b[m]
        row = self.who[slot]
        row[a] = row[b] = NOWHERE
        self.busy[a] &= ~bit
        self.busy[b] &= ~bit
        self.held[a] -= 1
        self.held[b] -= 1
        self.load[slot] -= 1
        self.musts -= self.must[m]
        self.total -= self.score[m]
        if self.load[slot] < self.cap[slot]:
            self.room |= bit

    def allowed(self, m: int) -> bool:
        """Whether an unplaced meeting may be added at all: quotas, repeated pairs, predecessors on the board."""
        a, b = self.a[m], self.b[m]
        return (
            self.held[a] < self.quota[a]
            and self.held[b] < self.quota[b]
            and all(self.at[twin] == NOWHERE for twin in self.twins.get(m, ()))
            and all(self.at[q] != NOWHERE for q in self.before[m])
        )

    def open_to(self, m: int) -> int:
        """The slots (bit mask) in which an unplaced meeting can stand as the board is."""
        mask = self.domain[m] & self.room & ~self.busy[self.a[m]] & ~self.busy[self.b[m]]
        if mask and self.windows:
            mask = self.rested(m, mask)
        return self.narrowed(m, mask) if mask and self.special[m] else mask

    def rested(self, m: int, mask: int) -> int:
        """Those slots of a mask that leave both people a free slot in every window (lunch, a rest)."""
        for day in (self.busy[self.a[m]], self.busy[self.b[m]]):
            for window in self.windows:
                left = window & ~day
                if left & (left - 1) == 0:
                    mask &= ~left
        return mask

    def packed(self, day: int) -> bool:
        """Whether a day (bit mask of busy slots) fills a whole window, which nobody's may."""
        return any(day & window == window for window in self.windows)

    def narrowed(self, m: int, mask: int) -> int:
        """Those slots of a mask that also suit a meeting's neighbours in order and its fixed table."""
        for q in self.before[m]:
            mask &= -(1 << (self.at[q] + 1)) if self.at[q] != NOWHERE else 0
        for q in self.later[m]:
            if self.at[q] != NOWHERE:
                mask &= (1 << self.at[q]) - 1
        table = self.meetings[m].fixed_table
        if table is not None:
            for other in self.same_table[table]:
                if other != m and self.at[other] != NOWHERE:
                    mask &= ~(1 << self.at[other])
        return mask

    # ---- Kempe chains
    def chain(self, m: int, here: int, there: int) -> list[int]:
        """The meetings connected with a placed meeting in the two slots `here` (its own) and `there`."""
        row_here, row_there = self.who[here], self.who[there]
        a, b = self.a, self.b
        found = [m]
        for start in (a[m], b[m]):
            person, row = start, row_there
            while (n := row[person]) != NOWHERE:
                if n == m:
                    self.work += len(found)
                    return found
                found.append(n)
                person = b[n] if a[n] == person else a[n]
                row = row_here if row is row_there else row_there
        self.work += len(found)
        return found

    def swappable(self, chain: Sequence[int], here: int, there: int, spare: int = NOWHERE) -> bool:
        """Whether the two slots may be swapped along a chain; `spare` is a slot that must keep one free table."""
        domain, at = self.domain, self.at
        bit_here, bit_there = 1 << here, 1 << there
        balance = 0
        for n in chain:
            if at[n] == here:
                if not domain[n] & bit_there:
                    return False
                balance += 1
            else:
                if not domain[n] & bit_here:
                    return False
                balance -= 1
        if self.load[there] + balance + (spare == there) > self.cap[there]:
            return False
        return self.load[here] - balance + (spare == here) <= self.cap[here]

    def swap(self, chain: Sequence[int], here: int, there: int) -> bool:
        """Swaps two slots along a swappable chain; False (and nothing changed) if order or fixed tables forbid it."""
        self._turn(chain, here, there)
        for n in chain:
            if self.special[n] and not self.narrowed(n, 1 << self.at[n]):
                self._turn(chain, here, there)
                return False
        if self.windows and any(self.packed(self.busy[p]) for n in chain for p in (self.a[n], self.b[n])):
            self._turn(chain, here, there)
            return False
        return True

    def _turn(self, chain: Sequence[int], here: int, there: int) -> None:
        both = (1 << here) | (1 << there)
        a, b, at = self.a, self.b, self.at
        rows = {here: self.who[here], there: self.who[there]}
        for n in chain:
            row = rows[at[n]]
            row[a[n]] = row[b[n]] = NOWHERE
        for n in chain:
            was = at[n]
            now = there if was == here else here
            at[n] = now
            row = rows[now]
            row[a[n]] = row[b[n]] = n
            self.load[was] -= 1
            self.load[now] += 1
        people = {person for n in chain for person in (a[n], b[n])}
        for person in people:
            mask = self.busy[person] & ~both
            if rows[here][person] != NOWHERE:
                mask |= 1 << here
            if rows[there][person] != NOWHERE:
                mask |= 1 << there
            self.busy[person] = mask
        for slot in (here, there):
            if self.load[slot] < self.cap[slot]:
                self.room |= 1 << slot
            else:
                self.room &= ~(1 << slot)

    # ---- the whole
    def worth(self) -> tuple[int, int]:
        """(number of meetings that must stand and do, total score): what a better board has more of."""
        return self.musts, self.total

    def restore(self, at: Sequence[int]) -> None:
        """Makes the board stand as in an earlier copy of `at`."""
        moved = [m for m, slot in enumerate(self.at) if slot != at[m]]
        for m in moved:
            if self.at[m] != NOWHERE:
                self.take(m)
        for m in moved:
            if at[m] != NOWHERE:
                self.put(m, at[m])

    def placed(self) -> list[Placed]:
        """The board as placements without tables, in the order of slots and then of the meetings given."""
        standing = [(slot, m) for m, slot in enumerate(self.at) if slot != NOWHERE]
        return [Placed(self.meetings[m].id, slot) for slot, m in sorted(standing)]
