"""Owns what a version of a timetable holds: where each pairing's talk stands, and what has happened on the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Placement:
    """The talk of one pairing with one expert in a slot at a table; both count from 0."""

    pairing_id: int
    slot: int
    table: int
    expert_id: int
    locked: bool = False


def read_placements(rows: Iterable[Sequence[int]]) -> tuple[Placement, ...]:
    """The placements that a version keeps as JSON: [pairing, slot, table, expert, 1 if locked]."""
    return tuple(Placement(int(one[0]), int(one[1]), int(one[2]), int(one[3]), bool(one[4])) for one in rows)


def written_placements(places: Iterable[Placement]) -> list[list[int]]:
    """The same as JSON values, by slot and table."""
    ordered = sorted(places, key=lambda one: (one.slot, one.table, one.pairing_id))
    return [[one.pairing_id, one.slot, one.table, one.expert_id, int(one.locked)] for one in ordered]


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that has happened and that no invitation or event says.

    `kind` "cancelled": `person` (the scheduler's id) is gone from slot `slot` on; "late": is there only from it on;
    "leaving": only before it; "table": `table` cannot be used from slot `slot` on; "slot": nobody meets in `slot`.
    """

    kind: str
    slot: int = 0
    person: str = ""
    table: int = -1


KINDS = ("cancelled", "late", "leaving", "table", "slot")


def read_conditions(rows: Iterable[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """The conditions that a version keeps as JSON; kinds of a later release are left out."""
    return tuple(
        Condition(str(one["kind"]), int(one["slot"]), str(one["person"]), int(one["table"]))
        for one in rows
        if one["kind"] in KINDS
    )


def written_conditions(conditions: Iterable[Condition]) -> list[dict[str, Any]]:
    """The same as JSON values."""
    return [{"kind": one.kind, "slot": one.slot, "person": one.person, "table": one.table} for one in conditions]
