"""Owns the rules of an event's data: what a draft must hold, and the short code that names an event (2022-CAS-1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time

from app.domain.clock import LOCAL
from app.domain.drafts import EventDraft, Schedule
from app.domain.errors import Complaint
from app.domain.offers import MOST_HOURS
from app.domain.slots import slot_times
from app.domain.vocabulary import EventKind, Topic

LONGEST_TITLE, LONGEST_PLACE, LONGEST_SUMMARY, LONGEST_AGENDA = 120, 200, 2000, 20
MOST_SEATS, MOST_SLOTS, MOST_TABLES = 5000, 40, 200
SHORTEST_TALK, LONGEST_TALK = 5, 240

CODES = {
    ("dialogue", ""): "DIALOGUE",
    ("docking", "cas"): "CAS",
    ("docking", "xuchang_university"): "XCU",
    ("topic", "policy"): "POLICY",
    ("topic", "training"): "TRAINING",
    ("topic", "capacity"): "CAPACITY",
    ("topic", "county"): "COUNTY",
}
_CODE = re.compile(r"(\d{4})-([A-Z]+)-(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Taken:
    """What already stands on an event: seats given away, slots and tables that meetings use, guests who were told.

    `kept` of the seats are kept for guests of the waiting list who have not confirmed yet.
    """

    seats: int = 0
    kept: int = 0
    slots: int = 0
    tables: int = 0
    told: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """The chosen venue's limits."""

    name: str
    capacity: int
    tables: int


NOTHING_TAKEN = Taken()


def code_of(year: int, kind: str, line: str, number: int) -> str:
    """2022-CAS-1: the year, the series or topic, and the number within it."""
    return f"{year}-{CODES[kind, line]}-{number}"


def read_code(text: str) -> tuple[int, str, str, int] | None:
    """(year, kind, series or topic, number) of a code; None for anything else."""
    match = _CODE.fullmatch(text.strip().upper())
    if match is None:
        return None
    kinds = [key for key, word in CODES.items() if word == match[2]]
    return (int(match[1]), *kinds[0], int(match[3])) if kinds else None


def instant(schedule: Schedule, at: time | None) -> datetime | None:
    """The wall-clock time on the schedule's day as an instant."""
    if schedule.held_on is None or at is None:
        return None
    return datetime.combine(schedule.held_on, at, LOCAL)


def check_event(draft: EventDraft, room: Room | None, taken: Taken = NOTHING_TAKEN) -> tuple[Complaint, ...]:
    """What is wrong with an event's data, in Chinese, by field of the draft."""
    return (
        *_check_words(draft),
        *check_schedule(draft.schedule),
        *_check_seats(draft, room, taken),
        *_check_offers(draft),
        *_check_talks(draft, taken),
    )


def _check_words(draft: EventDraft) -> list[Complaint]:
    found: list[Complaint] = []
    if draft.kind is None:
        found.append(Complaint("line", "请选择活动的类别。"))
    if not draft.title:
        found.append(Complaint("title", "请填写活动名称。"))
    for name, text, longest in (
        ("title", draft.title, LONGEST_TITLE),
        ("place", draft.schedule.place, LONGEST_PLACE),
        ("summary", draft.summary, LONGEST_SUMMARY),
    ):
        if len(text) > longest:
            found.append(Complaint(name, f"最多 {longest} 个字，现在有 {len(text)} 个字，请精简。"))
    if draft.topic is Topic.COUNTY and draft.county_id is None:
        found.append(Complaint("county", "县域企业服务专题由县（市、区）承办，请选定一个县（市、区）。"))
    if len(draft.agenda) > LONGEST_AGENDA:
        found.append(Complaint("agenda", f"议程最多 {LONGEST_AGENDA} 行，现在有 {len(draft.agenda)} 行。"))
    return found


def check_schedule(schedule: Schedule) -> tuple[Complaint, ...]:
    """What is wrong with a date and its hours; a schedule without a date is fine, for a mere plan."""
    found: list[Complaint] = []
    if schedule.held_on is None and (schedule.starts or schedule.ends or schedule.talks_start):
        found.append(Complaint("held_on", "填了时间，还缺日期：请选择举办日期。"))
    if schedule.held_on is not None and schedule.starts is None:
        found.append(Complaint("starts", "请填写开始时间，例如 09:00。"))
    if schedule.held_on is not None and schedule.ends is None:
        found.append(Complaint("ends", "请填写结束时间，例如 12:00。"))
    if schedule.starts and schedule.ends and schedule.ends <= schedule.starts:
        found.append(Complaint("ends", f"结束时间应晚于开始时间（{schedule.starts:%H:%M}）。"))
    if schedule.starts and schedule.talks_start and schedule.talks_start < schedule.starts:
        found.append(Complaint("talks_start", f"洽谈不能早于活动开始（{schedule.starts:%H:%M}）。"))
    return tuple(found)


def _check_seats(draft: EventDraft, room: Room | None, taken: Taken) -> list[Complaint]:
    found: list[Complaint] = []
    if not 1 <= draft.capacity <= MOST_SEATS:
        found.append(Complaint("capacity", f"座位数请填 1 到 {MOST_SEATS} 之间的整数。"))
    elif draft.capacity < taken.seats:
        found.append(Complaint("capacity", _too_few(draft.capacity, taken)))
    elif room is not None and draft.capacity > room.capacity:
        found.append(Complaint("capacity", f"“{room.name}”最多容纳 {room.capacity} 人，请减少座位或换会场。"))
    if not 0 <= draft.tables <= MOST_TABLES:
        found.append(Complaint("tables", f"洽谈桌数请填 0 到 {MOST_TABLES} 之间的整数。"))
    elif room is not None and draft.tables > room.tables:
        found.append(Complaint("tables", f"“{room.name}”只有 {room.tables} 张洽谈桌，请减少桌数或换会场。"))
    elif draft.tables < taken.tables:
        message = f"已排的洽谈用到了 {taken.tables} 号桌，不能减到 {draft.tables} 张；请先调整时间表。"
        found.append(Complaint("tables", message))
    return found


def _too_few(capacity: int, taken: Taken) -> str:
    """Why there may not be so few seats, and what the desk can choose to do."""
    firm = taken.seats - taken.kept
    if not taken.kept:
        return f"已有 {firm} 人应邀，座位不能少于这个数。确需减少，请先与来宾商量，在来宾名单里改人数或登记谢绝。"
    kept = f"已有 {firm} 人应邀，另为候补保留着 {taken.kept} 个座位待确认，座位不能少于 {taken.seats}。"
    if capacity >= firm:
        return kept + "可以勾选“收回待确认的空位”后再保存，这些来宾会回到候补并收到说明。"
    return kept + f"收回待确认的空位后也不能少于 {firm}；确需更少，请先与来宾商量，在来宾名单里改人数或登记谢绝。"


def _check_offers(draft: EventDraft) -> list[Complaint]:
    found: list[Complaint] = []
    if not 0 <= draft.seats_per_firm <= MOST_SEATS:
        found.append(Complaint("seats_per_firm", f"每家企业座位上限请填 0 到 {MOST_SEATS} 之间的整数，0 表示不限。"))
    if not 0 <= draft.offer_hours <= MOST_HOURS:
        message = f"候补确认时限请填 0 到 {MOST_HOURS} 小时，0 表示由工作人员逐一安排。"
        found.append(Complaint("offer_hours", message))
    return found


def _check_talks(draft: EventDraft, taken: Taken) -> list[Complaint]:
    found: list[Complaint] = []
    if not SHORTEST_TALK <= draft.slot_minutes <= LONGEST_TALK:
        found.append(Complaint("slot_minutes", f"每场洽谈请填 {SHORTEST_TALK} 到 {LONGEST_TALK} 分钟。"))
    if not 0 <= draft.slot_count <= MOST_SLOTS:
        found.append(Complaint("slot_count", f"时段数请填 0 到 {MOST_SLOTS} 之间的整数。"))
    elif draft.slot_count < taken.slots:
        message = f"已排的洽谈用到了第 {taken.slots} 时段，不能减到 {draft.slot_count} 个；请先调整时间表。"
        found.append(Complaint("slot_count", message))
    if draft.kind is EventKind.DOCKING:
        for name, number, what in (("slot_count", draft.slot_count, "时段"), ("tables", draft.tables, "洽谈桌")):
            if number == 0:
                found.append(Complaint(name, f"对接会要安排一对一洽谈，至少要有 1 个{what}。"))
    if any(
        not 0 < slot < max(draft.slot_count, 1) or not 1 <= minutes <= LONGEST_TALK for slot, minutes in draft.pauses
    ):
        found.append(Complaint("pauses", "休息只能排在第 2 时段到最后一个时段之前，时长 1 到 240 分钟。"))
    if not found and draft.slot_count and draft.schedule.held_on is not None:
        found += _check_day(draft)
    return found


def _check_day(draft: EventDraft) -> list[Complaint]:
    """Whether the slots fit between the beginning of the talks and the end of the event."""
    first = instant(draft.schedule, draft.schedule.talks_start or draft.schedule.starts)
    ends_at = instant(draft.schedule, draft.schedule.ends)
    if first is None or ends_at is None:
        return []
    last = slot_times(first, draft.slot_minutes, draft.slot_count, draft.pauses)[-1][1]
    if last <= ends_at:
        return []
    day = "" if last.date() == ends_at.date() else "次日 "
    message = (
        f"{draft.slot_count} 个时段要排到{day}{last:%H:%M}，超过了结束时间 {ends_at:%H:%M}；"
        "请减少时段、缩短时长，或推迟结束时间。"
    )
    return [Complaint("slot_count", message)]
