"""The bridge to scheduler.incidents: what has happened on the day changes a session's task, and is said in Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.domain.placements import Condition
from scheduler import incidents
from scheduler.model import Naming, Placed, SessionSpec


def applied(spec: SessionSpec, conditions: Iterable[Condition], placed: Sequence[Placed]) -> SessionSpec:
    """The task with these conditions; those about people who no longer take part are left out.

    Locked meetings of `placed` that cannot stand any more lose their lock.
    """
    people = {one.id for one in spec.participants}
    for one in conditions:
        if one.person and one.person not in people:
            continue
        match one.kind:
            case "cancelled":
                spec = incidents.cancelled(spec, one.person, placed, one.slot)
            case "late":
                spec = incidents.late(spec, one.person, one.slot, placed)
            case "leaving":
                spec = incidents.leaving(spec, one.person, one.slot, placed)
            case "table":
                spec = incidents.without_table(spec, one.table, placed, range(one.slot, spec.slots))
            case "slot" if one.slot < spec.slots:
                spec = incidents.without_slot(spec, one.slot, placed)
    return spec


def sentence(condition: Condition, names: Naming) -> str:
    """What has happened, for people to read."""
    slot, person = names.slot(condition.slot), names.person(condition.person)
    begins = condition.slot == 0
    match condition.kind:
        case "cancelled":
            return f"{person}不能到会" if begins else f"{person}从{slot}起离开"
        case "late":
            return f"{person}{slot}才到"
        case "leaving":
            return f"{person}在{slot}之前离开"
        case "table":
            return names.table(condition.table) + ("停用" if begins else f"从{slot}起停用")
        case _:
            return f"{slot}取消洽谈"
