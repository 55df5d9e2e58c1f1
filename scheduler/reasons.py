"""Why a meeting has no place: one true sentence in Chinese, read off the finished board."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.board import NOWHERE, Board
from scheduler.measures import slots_of
from scheduler.model import Naming, Unplaced
from scheduler.rules import open_slots


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
    if frozenset((meeting.a, meeting.b)) in ground.spec.no_thanks:
        return f"{names.person(meeting.a)}与{names.person(meeting.b)}中有一方谢绝了这次洽谈"
    return "" if board.domain[m] else _nowhere(board, m, names)


def _nowhere(board: Board, m: int, names: Naming) -> str:
    """Why no slot at all is open to a meeting: presence, what is fixed, parts of the day, tables."""
    meeting, ground = board.meetings[m], board.ground
    together = ground.there[meeting.a] & ground.there[meeting.b]
    if not together:
        return f"{names.person(meeting.a)}与{names.person(meeting.b)}没有同时在场的时段"
    fixed = meeting.fixed_slot
    if fixed is not None and not 0 <= fixed < ground.spec.slots:
        return f"指定的第{fixed + 1}时段不存在"
    if fixed is not None and not together >> fixed & 1:
        away = "、".join(names.person(person) for person in ground.absent(meeting, fixed))
        return f"指定的{names.slot(fixed)}里{away}不在场"
    in_part = [
        slot
        for slot in slots_of(together)
        if fixed in (None, slot) and (meeting.session is None or ground.part_of.get(slot) == meeting.session)
    ]
    if not in_part:
        return "双方同时在场的时段都不属于这场洽谈所在的半场"
    if not any(_has_table(board, m, slot) for slot in in_part):
        return "双方同时在场的时段里没有可用的洽谈桌"
    return _nowhere_else(board, m)


def _nowhere_else(board: Board, m: int) -> str:
    """The rest of it: the agenda, the time of day, the order."""
    meeting, ground = board.meetings[m], board.ground
    if not open_slots(ground, meeting):
        return "双方同时在场、又有洽谈桌的时段里都有议程"
    if not (board.before[m] or board.later[m]):
        return "双方可用的时段都已过去"
    return "先后次序的要求使这场洽谈没有可用的时段"


def _has_table(board: Board, m: int, slot: int) -> bool:
    table = board.meetings[m].fixed_table
    return board.cap[slot] > 0 if table is None else table in board.ground.usable[slot]


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
    """Every slot open to both is taken by one of them, by other people at every table, or by a rest they need."""
    meeting = board.meetings[m]
    mask = board.narrowed(m, board.domain[m]) if board.special[m] else board.domain[m]
    a, b = board.a[m], board.b[m]
    a_busy, b_busy = mask & board.busy[a], mask & board.busy[b]
    free = mask & ~a_busy & ~b_busy
    full = free & ~board.room
    tired = free & board.room & ~board.rested(m, free) if board.windows else 0
    if mask != a_busy | b_busy | full | tired:
        return "排入后各人的空档次数会相差过大"
    if mask & (mask - 1) == 0 and not tired:
        return _only_slot(board, m, mask.bit_length() - 1, names)
    either = b_busy & ~a_busy
    if mask in (a_busy, b_busy):
        person, person_id = (a, meeting.a) if mask == a_busy else (b, meeting.b)
        taken = [board.who[slot][person] for slot in slots_of(mask)]
        worth = _compared(board, m, taken)
        return f"双方可用的{mask.bit_count()}个时段都已占用：{names.person(person_id)}在这些时段都已有别的洽谈{worth}"
    parts = [
        *_counted(a_busy, f"{names.person(meeting.a)}已有别的洽谈"),
        *_counted(either, f"{names.person(meeting.b)}已有别的洽谈"),
        *_counted(full, "洽谈桌已排满"),
        *_counted(tired, "排入后有一方没有时间用餐或休息"),
    ]
    return f"双方可用的{mask.bit_count()}个时段都已占用：{'，'.join(parts)}"


def _only_slot(board: Board, m: int, slot: int, names: Naming) -> str:
    """The two could only meet in one slot, and it is taken: by whom, and whether that talk is the better match."""
    meeting = board.meetings[m]
    only = f"双方只有{names.slot(slot)}都可以见面"
    taken = {
        person_id: n
        for person, person_id in ((board.a[m], meeting.a), (board.b[m], meeting.b))
        if (n := board.who[slot][person]) != NOWHERE
    }
    if not taken:
        return f"{only}，而那时{board.cap[slot]}张洽谈桌都已排满"
    parts = []
    for person_id, n in taken.items():
        other = board.meetings[n]
        partner = other.b if other.a == person_id else other.a
        parts.append(f"{names.person(person_id)}那时与{names.person(partner)}洽谈{_compared(board, m, [n])}")
    return f"{only}，而{'，'.join(parts)}"


def _compared(board: Board, m: int, others: Sequence[int]) -> str:
    """How the talks in the way compare with the one left out; nothing when some are better and some worse."""
    all_of_them = "都" if len(others) > 1 else ""
    if all(board.score[n] > board.score[m] for n in others):
        return f"（匹配度{all_of_them}更高）"
    if all(board.meetings[n].must_stand for n in others):
        return f"（{all_of_them}必须安排）"
    if all(board.score[n] >= board.score[m] for n in others):
        return f"（匹配度{all_of_them}不低于这一场）"
    return ""


def _counted(slots: int, what: str) -> list[str]:
    return [f"{slots.bit_count()}个时段{what}"] if slots else []
