"""One event's timetable as the formats that an independent checker reads, and as lines for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.models.event import Event
from app.queries import timetables as queries
from app.services import timetabling
from app.services.timetabling import Task
from scheduler.instances import FORMAT, written
from scheduler.measures import figures
from scheduler.model import Clash, Timetable, Unplaced
from scheduler.rules import clashes

UNCOUNTABLE = frozenset({"C1", "C2", "C3", "C4"})
"""With one of these broken, figures of a timetable mean nothing."""


@dataclass(frozen=True, slots=True)
class Published:
    """The task as it stands, the timetable with its recomputed figures, and what it breaks (nothing, we trust)."""

    task: Task
    timetable: Timetable
    clashes: tuple[Clash, ...]

    def files(self) -> dict[str, Any]:
        """`instance` in "timetable-instance/1" and `timetable`, as JSON values."""
        return {"instance": _instance(self.task), "timetable": written(self.task.spec, self.timetable)}

    def lines(self) -> list[str]:
        """One line per meeting by slot and table, then those without a place, then what clashes."""
        names, wishes = self.task.names, {wish.id: wish for wish in self.task.spec.meetings}
        shown = [
            f"{names.slot(place.slot)} {names.table(place.table or 0)}："
            f"{names.person(wishes[place.meeting].a)} — {names.person(wishes[place.meeting].b)}"
            for place in sorted(self.timetable.placed, key=lambda one: (one.slot, one.table or 0))
            if place.meeting in wishes
        ]
        shown += [f"未排上：配对 {left.meeting[1:]}：{left.reason}" for left in self.timetable.unplaced]
        shown += [f"冲突 {clash.code}：{clash.message}" for clash in self.clashes]
        return shown or ["还没有洽谈安排。"]


def published(session: Session, event: Event) -> Published:
    """The event's timetable as the tables have it."""
    task = timetabling.read(session, event)
    found = tuple(clashes(task.spec, task.placed, task.names))
    countable = not UNCOUNTABLE & {clash.code for clash in found}
    placed = {place.meeting for place in task.placed}
    reasons = {f"P{pairing.id}": pairing.unplaced for pairing in queries.of_event(session, event.id)}
    left = [Unplaced(wish.id, reasons.get(wish.id, "")) for wish in task.spec.meetings if wish.id not in placed]
    left += [Unplaced(f"P{pairing_id}", reason) for pairing_id, reason in sorted(task.excluded.items())]
    claims = figures(task.spec, task.placed) if countable else {}
    kept = event.timetable if event.timetable.get("mark") == task.mark else {}
    score = claims.get("score", 0)
    bound = max(int(kept.get("bound", 0)), score)
    timetable = Timetable(
        placed=task.placed,
        unplaced=tuple(left),
        status="incomplete" if found else "optimal" if kept and score == bound else "feasible",
        bound=bound,
        seed=int(kept.get("seed", timetabling.SEED)),
        claims=claims,
    )
    return Published(task, timetable, found)


def _instance(task: Task) -> dict[str, Any]:
    spec = task.spec
    return {
        "format": FORMAT,
        "name": spec.name,
        "source": "xuchang-docking",
        "n_slots": spec.slots,
        "sessions": [list(part) for part in spec.sessions],
        "count_across_sessions": spec.count_across_sessions,
        "tables": list(spec.tables),
        "fairness_d": spec.fairness_d,
        "participants": [
            {"id": one.id, "side": one.side, "quota": one.quota,
             "available": list(range(spec.slots)) if one.available is None else sorted(one.available)}
            for one in spec.participants
        ],
        "meetings": [
            {"id": wish.id, "a": wish.a, "b": wish.b, "score": wish.score, "mandatory": wish.mandatory,
             "fixed_slot": wish.fixed_slot, "fixed_table": wish.fixed_table, "session": wish.session,
             "after": list(wish.after), "locked": wish.locked}
            for wish in spec.meetings
        ],
    }  # fmt: skip
