"""Re-checks what the reasons of unplaced meetings claim, from the spec and the placements alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scheduler.model import Meeting, Placed, SessionSpec

SLOT = r"第(\d+)时段"


def untrue(spec: SessionSpec, placed: Sequence[Placed], meeting: str, reason: str) -> str:
    """What is wrong with a reason given with plain names; "" when every word of it is true or it claims nothing else."""
    return Claim(spec, placed, meeting).untrue(reason)


class Claim:
    """One unplaced meeting and what the plainest recomputation says about it."""

    def __init__(self, spec: SessionSpec, placed: Sequence[Placed], meeting: str) -> None:
        self.spec = spec
        self.meetings = {m.id: m for m in spec.meetings}
        self.people = {p.id: p for p in spec.participants}
        self.m = self.meetings[meeting]
        self.at = {place.meeting: place.slot for place in placed}
        self.in_slot = [[m for m, slot in self.at.items() if slot == t] for t in range(spec.slots)]

    def there(self, person: str, slot: int) -> bool:
        available = self.people[person].available
        return available is None or slot in available

    def usable(self, slot: int) -> int:
        return sum((slot, table) not in self.spec.closed for table in range(self.spec.tables[slot]))

    def held(self, person: str) -> list[str]:
        return [m for m in self.at if person in (self.meetings[m].a, self.meetings[m].b)]

    def busy(self, person: str, slot: int) -> Meeting | None:
        return next((self.meetings[m] for m in self.held(person) if self.at[m] == slot), None)

    def open_slots(self) -> list[int]:
        """The slots in which the meeting alone, and its order and fixed table with those placed, could stand."""
        m, spec = self.m, self.spec
        found = []
        for slot in range(spec.slots):
            part = next((k for k, slots in enumerate(spec.sessions) if slot in slots), None)
            engaged = any(
                slot in item.slots and (item.people is None or item.people & {m.a, m.b}) for item in spec.agenda
            )
            tables = {table for table in range(spec.tables[slot]) if (slot, table) not in spec.closed}
            same_table = m.fixed_table is not None and any(
                self.meetings[n].fixed_table == m.fixed_table for n in self.in_slot[slot]
            )
            later = [n for n in self.at if m.id in self.meetings[n].after]
            if (
                self.there(m.a, slot)
                and self.there(m.b, slot)
                and not engaged
                and tables
                and m.fixed_slot in (None, slot)
                and m.session in (None, part)
                and (m.fixed_table is None or m.fixed_table in tables)
                and not same_table
                and all(q in self.at and self.at[q] < slot for q in m.after)
                and all(self.at[n] > slot for n in later)
            ):
                found.append(slot)
        return found

    def untrue(self, reason: str) -> str:
        for check in (self._presence, self._quota, self._only, self._all_of_one, self._counted):
            wrong = check(reason)
            if wrong:
                return f"{self.m.id}：{reason}｜{wrong}"
        return ""

    def _presence(self, reason: str) -> str:
        if reason.endswith("没有同时在场的时段"):
            both = [t for t in range(self.spec.slots) if self.there(self.m.a, t) and self.there(self.m.b, t)]
            return "they are there together" if both else ""
        if reason.endswith("谢绝了这次洽谈"):
            return "" if {self.m.a, self.m.b} in self.spec.no_thanks else "nobody declined"
        return ""

    def _quota(self, reason: str) -> str:
        found = re.fullmatch(r"(\w+)已排满上限(\d+)场洽谈", reason)
        if not found:
            return ""
        person, number = found[1], int(found[2])
        return "" if len(self.held(person)) >= number == self.people[person].quota else "quota"

    def _only(self, reason: str) -> str:
        found = re.match(rf"双方只有{SLOT}都可以见面，而(.*)", reason)
        if not found:
            return ""
        slot = int(found[1]) - 1
        if self.open_slots() != [slot]:
            return f"open in {self.open_slots()}"
        if found[2].startswith("那时"):
            return "" if len(self.in_slot[slot]) == self.usable(slot) else "tables are free"
        for person, partner, compared in re.findall(r"(\w+?)那时与(\w+)洽谈(?:（(.*?)）)?", found[2]):
            other = self.busy(person, slot)
            if other is None or {other.a, other.b} != {person, partner}:
                return f"{person} does not meet {partner}"
            if wrong := self._compared([other], compared):
                return wrong
        return ""

    def _all_of_one(self, reason: str) -> str:
        found = re.fullmatch(r"双方可用的(\d+)个时段都已占用：(\w+)在这些时段都已有别的洽谈(?:（(.*)）)?", reason)
        if not found:
            return ""
        slots = self.open_slots()
        others = [self.busy(found[2], slot) for slot in slots]
        if len(slots) != int(found[1]) or None in others:
            return f"open in {slots}"
        return self._compared([other for other in others if other is not None], found[3] or "")

    def _compared(self, others: Sequence[Meeting], compared: str) -> str:
        if "更高" in compared and not all(other.score > self.m.score for other in others):
            return "not better"
        if "不低于" in compared and not all(other.score >= self.m.score for other in others):
            return "worse"
        if "必须" in compared and not all(other.must_stand for other in others):
            return "need not stand"
        return ""

    def _counted(self, reason: str) -> str:
        found = re.match(r"双方可用的(\d+)个时段都已占用：(\d.*)", reason)
        if not found:
            return ""
        slots = self.open_slots()
        number = {
            f"{self.m.a}已有别的洽谈": sum(self.busy(self.m.a, t) is not None for t in slots),
            f"{self.m.b}已有别的洽谈": sum(
                self.busy(self.m.b, t) is not None and self.busy(self.m.a, t) is None for t in slots
            ),
            "洽谈桌已排满": sum(
                self.busy(self.m.a, t) is None
                and self.busy(self.m.b, t) is None
                and len(self.in_slot[t]) >= self.usable(t)
                for t in slots
            ),
        }
        if len(slots) != int(found[1]):
            return f"open in {slots}"
        for count, what in re.findall(r"(\d+)个时段(\w+)", found[2]):
            if what in number and number[what] != int(count):
                return f"{what}: {number[what]}"
        return ""
