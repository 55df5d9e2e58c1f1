"""Why a meeting has no place: one true sentence in Chinese, read off the finished board."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.board import NOWHERE, Board
from scheduler.measures import slots_of
from scheduler.model import Naming, Unplaced


def unplaced(board: Board, names: Naming) -> list[Unplaced]:
    """Every meeting that is not on the board, in the order given, with the first reason that holds."""
    return [
        Unplaced(board.meetings[m].id, _reason(board, m, names)) for m, slot in enumerate(board.at) if slot == NOWHERE
    ]


def _reason(board: Board, m: int, names: Naming) -> str:
    return (
        _impossible(board, m, names)
        or _limited(board, m, names)
        or _in_wrong_order(board, m, names)
        or _crowded(board, m, names)
    )


def _impossible(board: Board, m: int, names: Naming) -> str:
    """Reasons that no other meeting has anything to do with."""
    meeting, ground = board.meetings[m], board.ground
    unknown = [q for q in meeting.after if q not in board.index]
    if unknown:
        return f"须在{names.meeting(unknown[0])}之后进行，但名单中没有这场洽谈"
    if board.domain[m]:
        return ""
    slots = range(ground.spec.slots)
    together = [slot for slot in slots if not ground.absent(meeting, slot)]
    if not together:
        return f"{names.person(meeting.a)}与{names.person(meeting.b)}没有同时在场的时段"
    fixed = meeting.fixed_slot
    if fixed is not None and fixed not in together:
        if not 0 <= fixed < ground.spec.slots:
            return f"指定的第{fixed + 1}时段不存在"
        away = "、".join(names.person(person) for person in ground.absent(meeting, fixed))
        return f"指定的{names.slot(fixed)}里{away}不在场"
    allowed = [slot for slot in together if fixed is None or slot == fixed]
    in_part = [slot for slot in allowed if meeting.session is None or ground.part_of.get(slot) == meeting.session]
    if not in_part:
        return "双方同时在场的时段都不属于这场洽谈所在的半场"
    if not any(_has_table(board, m, slot) for slot in in_part):
        return "双方同时在场的时段里没有可用的洽谈桌"
    return "先后次序的要求使这场洽谈没有可用的时段"


def _has_table(board: Board, m: int, slot: int) -> bool:
    table = board.meetings[m].fixed_table
    return board.cap[slot] > 0 if table is None else 0 <= table < board.cap[slot]


def _limited(board: Board, m: int, names: Naming) -> str:
    """Quotas, repeated pairs, a score below zero."""
    meeting = board.meetings[m]
    for person, person_id in ((board.a[m], meeting.a), (board.b[m], meeting.b)):
        quota = board.ground.people[person_id].quota
        if quota is not None and board.held[person] >= quota:
            return f"{names.person(person_id)}已排满上限{quota}场洽谈"
    if any(board.at[twin] != NOWHERE for twin in board.twins.get(m, ())):
        return f"{names.person(meeting.a)}与{names.person(meeting.b)}已安排另一场洽谈，同一对只见一次"
    if meeting.score < 0 and not meeting.must_stand:
        return "这场洽谈的分值低于零，不安排更好"
    return ""


def _in_wrong_order(board: Board, m: int, names: Naming) -> str:
    for q in board.before[m]:
        if board.at[q] == NOWHERE:
            return f"须在{names.meeting(board.meetings[q].id)}之后进行，而后者没有排上"
    if board.special[m] and not board.narrowed(m, board.domain[m]):
        if board.before[m] or board.later[m]:
            return "已排的洽谈使这场洽谈的先后次序或指定桌号无法满足"
        return "双方同时在场的时段里，指定的洽谈桌都已占用"
    return ""


def _crowded(board: Board, m: int, names: Naming) -> str:
    """Every slot open to both is taken by one of them, or by other people at every table."""
    meeting = board.meetings[m]
    mask = board.narrowed(m, board.domain[m]) if board.special[m] else board.domain[m]
    open_slots = list(slots_of(mask))
    a_busy = [slot for slot in open_slots if board.busy[board.a[m]] >> slot & 1]
    b_busy = [slot for slot in open_slots if slot not in a_busy and board.busy[board.b[m]] >> slot & 1]
    full = [
        slot for slot in open_slots if slot not in a_busy and slot not in b_busy and board.load[slot] >= board.cap[slot]
    ]
    number = len(open_slots)
    if len(a_busy) + len(b_busy) + len(full) < number:
        return "排入后各人的空档次数会相差过大"
    parts = [
        *_counted(a_busy, f"{names.person(meeting.a)}已有别的洽谈"),
        *_counted(b_busy, f"{names.person(meeting.b)}已有别的洽谈"),
        *_counted(full, "洽谈桌已排满"),
    ]
    return f"双方可用的{number}个时段都已占用：{'，'.join(parts)}"


def _counted(slots: Sequence[int], what: str) -> list[str]:
    return [f"{len(slots)}个时段{what}"] if slots else []
