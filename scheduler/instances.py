"""The JSON formats: reads "timetable-instance/1" and timetables strictly, writes timetables."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from scheduler.model import AgendaItem, Meeting, Participant, Placed, SessionSpec, Side, Timetable
from scheduler.rules import flaws

FORMAT = "timetable-instance/1"
MAX_BYTES = 64 * 1024 * 1024
MAX_SLOTS = 10_000
_Item = TypeVar("_Item")


class BadInstance(ValueError):
    """A file that cannot be read as what it should be; the message says in Chinese where and why."""


def load(path: Path) -> object:
    """The JSON value in a file. Raises BadInstance for files that are missing, too large or not JSON in UTF-8."""
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise BadInstance(f"{path}：无法读取（{error.strerror}）") from error
    if size > MAX_BYTES:
        raise BadInstance(f"{path}：文件超过 {MAX_BYTES // 1024 // 1024} MB")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInstance(f"{path}：不是有效的 JSON（{error}）") from error


def read_spec(data: object) -> SessionSpec:
    """An instance as a spec. Raises BadInstance when a field is missing, mistyped or contradicts another (I1 to I6)."""
    whole = Fields(data, "实例")
    if (given := whole.raw.get("format", FORMAT)) != FORMAT:
        raise BadInstance(f"实例：format 应为 {FORMAT}，实际为 {given!r}")
    slots = whole.number("n_slots")
    if not 0 <= slots <= MAX_SLOTS:
        raise BadInstance(f"实例：n_slots 应在 0 到 {MAX_SLOTS} 之间，实际为 {slots}")
    tables = whole.need("tables")
    spec = SessionSpec(
        slots=slots,
        tables=(_whole(tables, "实例：tables"),) * slots
        if not isinstance(tables, list)
        else tuple(_whole(number, "实例：tables") for number in tables),
        participants=tuple(
            _participant(item, f"participants[{i}]") for i, item in enumerate(whole.items("participants"))
        ),
        meetings=tuple(_meeting(item, f"meetings[{i}]") for i, item in enumerate(whole.items("meetings"))),
        sessions=tuple(
            tuple(_whole(slot, f"sessions[{i}]") for slot in _list(part, f"sessions[{i}]"))
            for i, part in enumerate(whole.optional_list("sessions"))
        ),
        fairness_d=whole.maybe_number("fairness_d"),
        allow_repeat_pairs=whole.flag("allow_repeat_pairs", default=False),
        count_across_sessions=whole.flag("count_across_sessions", default=True),
        name=whole.text("name", default=""),
        closed=frozenset(_two(item, f"closed[{i}]", _whole) for i, item in enumerate(whole.optional_list("closed"))),
        no_thanks=frozenset(
            frozenset(_two(item, f"no_thanks[{i}]", _text)) for i, item in enumerate(whole.optional_list("no_thanks"))
        ),
        agenda=tuple(_agenda_item(item, f"agenda[{i}]") for i, item in enumerate(whole.optional_list("agenda"))),
        lunch=frozenset(_whole(slot, "实例：lunch") for slot in whole.optional_list("lunch")),
        most_in_row=whole.maybe_number("most_in_row"),
    )
    if any(number < 0 for number in spec.tables):
        raise BadInstance("实例：tables 不能为负数")
    if found := flaws(spec):
        raise BadInstance("实例：" + "；".join(f"{flaw.code} {flaw.message}" for flaw in found[:10]))
    return spec


def read_placed(data: object) -> tuple[list[Placed], dict[str, object]]:
    """A timetable file as (placed meetings, claims). Raises BadInstance when it is malformed."""
    whole = Fields(data, "时间表")
    placed = []
    for number, item in enumerate(whole.items("assignments")):
        row = Fields(item, f"assignments[{number}]")
        placed.append(Placed(row.text("meeting"), row.number("slot"), row.maybe_number("table")))
    claims = whole.raw.get("claims")
    if claims is not None and not isinstance(claims, dict):
        raise BadInstance("时间表：claims 应为对象")
    return placed, dict(claims or {})


def written(spec: SessionSpec, timetable: Timetable) -> dict[str, Any]:
    """A timetable as a JSON value; `claims` hold the recomputed figures and the proven bound of the score."""
    return {
        "instance": spec.name,
        "status": timetable.status,
        "seed": timetable.seed,
        "assignments": [
            {"meeting": place.meeting, "slot": place.slot, "table": place.table} for place in timetable.placed
        ],
        "unplaced": [{"meeting": left.meeting, "reason": left.reason} for left in timetable.unplaced],
        "claims": {**timetable.claims, "bound": timetable.bound},
    }


def described(spec: SessionSpec) -> dict[str, Any]:
    """A spec as a JSON value that `read_spec` reads back."""
    return {
        "format": FORMAT,
        "name": spec.name,
        "n_slots": spec.slots,
        "sessions": [list(part) for part in spec.sessions],
        "count_across_sessions": spec.count_across_sessions,
        "allow_repeat_pairs": spec.allow_repeat_pairs,
        "fairness_d": spec.fairness_d,
        "tables": list(spec.tables),
        "closed": sorted([slot, table] for slot, table in spec.closed),
        "no_thanks": sorted(sorted(pair) for pair in spec.no_thanks),
        "agenda": [
            {
                "label": item.label,
                "slots": sorted(item.slots),
                "people": None if item.people is None else sorted(item.people),
            }
            for item in spec.agenda
        ],
        "lunch": sorted(spec.lunch),
        "most_in_row": spec.most_in_row,
        "participants": [
            {
                "id": person.id,
                "side": person.side,
                "available": None if person.available is None else sorted(person.available),
                "quota": person.quota,
            }
            for person in spec.participants
        ],
        "meetings": [{**asdict(meeting), "after": list(meeting.after)} for meeting in spec.meetings],
    }


def _participant(item: object, where: str) -> Participant:
    row = Fields(item, where)
    side = row.text("side", default="P")
    if side not in ("E", "X", "P"):
        raise BadInstance(f"{where}：side 应为 E、X 或 P，实际为 {side!r}")
    available = row.raw.get("available")
    return Participant(
        id=row.text("id"),
        side=_SIDES[side],
        available=None
        if available is None
        else frozenset(_whole(slot, f"{where}：available") for slot in _list(available, f"{where}：available")),
        quota=row.maybe_number("quota"),
    )


def _agenda_item(item: object, where: str) -> AgendaItem:
    row = Fields(item, where)
    people = row.raw.get("people")
    return AgendaItem(
        label=row.text("label"),
        slots=frozenset(_whole(slot, f"{where}：slots") for slot in row.items("slots")),
        people=None if people is None else frozenset(_text(one, f"{where}：people") for one in row.items("people")),
    )


def _meeting(item: object, where: str) -> Meeting:
    row = Fields(item, where)
    return Meeting(
        id=row.text("id"),
        a=row.text("a"),
        b=row.text("b"),
        score=row.maybe_number("score") or 0,
        mandatory=row.flag("mandatory", default=False),
        fixed_slot=row.maybe_number("fixed_slot"),
        fixed_table=row.maybe_number("fixed_table"),
        session=row.maybe_number("session"),
        after=tuple(_text(earlier, f"{where}：after") for earlier in row.optional_list("after")),
        locked=row.flag("locked", default=False),
    )


_SIDES: Mapping[str, Side] = {"E": "E", "X": "X", "P": "P"}


class Fields:
    """Typed access to one JSON object; every refusal names the place."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, dict):
            raise BadInstance(f"{where}：应为对象，实际为 {type(data).__name__}")
        self.raw: dict[str, Any] = data
        self._where = where

    def need(self, name: str) -> object:
        if name not in self.raw:
            raise BadInstance(f"{self._where}：缺少 {name}")
        return self.raw[name]

    def number(self, name: str) -> int:
        return _whole(self.need(name), f"{self._where}：{name}")

    def maybe_number(self, name: str) -> int | None:
        value = self.raw.get(name)
        return None if value is None else _whole(value, f"{self._where}：{name}")

    def amount(self, name: str, default: float | None = None) -> float:
        value = self.raw.get(name)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise BadInstance(f"{self._where}：{name} 应为数，实际为 {value!r}")
        return float(value)

    def text(self, name: str, default: str | None = None) -> str:
        if default is not None and self.raw.get(name) is None:
            return default
        return _text(self.need(name), f"{self._where}：{name}")

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.raw.get(name)
        if value is not None and not isinstance(value, bool):
            raise BadInstance(f"{self._where}：{name} 应为 true 或 false，实际为 {value!r}")
        return default if value is None else value

    def items(self, name: str) -> list[Any]:
        return _list(self.need(name), f"{self._where}：{name}")

    def optional_list(self, name: str) -> list[Any]:
        value = self.raw.get(name)
        return [] if value is None else _list(value, f"{self._where}：{name}")


def _two(value: object, where: str, read: Callable[[object, str], _Item]) -> tuple[_Item, _Item]:
    pair = _list(value, where)
    if len(pair) != 2:
        raise BadInstance(f"{where} 应为两项，实际有{len(pair)}项")
    return read(pair[0], where), read(pair[1], where)


def _whole(value: object, where: str) -> int:
    if type(value) is not int:
        raise BadInstance(f"{where} 应为整数，实际为 {value!r}")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise BadInstance(f"{where} 应为文字，实际为 {value!r}")
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadInstance(f"{where} 应为数组，实际为 {type(value).__name__}")
    return value
