"""Moves whole groups of meetings towards the morning, so that a session doesn't begin with empty slots.

People who share no meeting, directly or through others, form groups that only compete for tables. Shifting a group as
a whole keeps every gap inside it, so nothing that was won by polishing is lost.
"""

from __future__ import annotations

from scheduler.board import NOWHERE, Board
from scheduler.measures import Gaps


def move_early(board: Board) -> None:
    """Shift each group of connected meetings as early as availability, fixed slots and tables allow."""
    gaps = Gaps(board.ground.spec)
    for group in _groups(board):
        first = min(board.at[m] for m in group)
        for shift in range(first, 0, -1):
            if _fits(board, group, shift) and not _adds_breaks(board, gaps, group, shift):
                at = list(board.at)
                for m in group:
                    at[m] -= shift
                board.restore(at)
                break


def _groups(board: Board) -> list[list[int]]:
    """The placed meetings in groups that share people or an order, the earliest group first."""
    parent = list(range(len(board.busy)))

    def root(person: int) -> int:
        while parent[person] != person:
            parent[person] = parent[parent[person]]
            person = parent[person]
        return person

    standing = [m for m, slot in enumerate(board.at) if slot != NOWHERE]
    for m in standing:
        for other in (board.b[m], *(board.a[q] for q in (*board.before[m], *board.later[m]) if q != NOWHERE)):
            parent[root(other)] = root(board.a[m])
    groups: dict[int, list[int]] = {}
    for m in standing:
        groups.setdefault(root(board.a[m]), []).append(m)
    return sorted(groups.values(), key=lambda group: (min(board.at[m] for m in group), group))


def _fits(board: Board, group: list[int], shift: int) -> bool:
    if any(board.meetings[m].fixed_table is not None for m in group):
        return False  # its table may be taken in the earlier slot
    if not all(board.domain[m] >> (board.at[m] - shift) & 1 for m in group):
        return False
    if board.windows and any(board.packed(board.busy[p] >> shift) for m in group for p in (board.a[m], board.b[m])):
        return False
    load = [0] * len(board.cap)
    inside = set(group)
    for m, slot in enumerate(board.at):
        if slot != NOWHERE:
            load[slot - shift if m in inside else slot] += 1
    return all(used <= tables for used, tables in zip(load, board.cap, strict=True))


def _adds_breaks(board: Board, gaps: Gaps, group: list[int], shift: int) -> bool:
    people = {person for m in group for person in (board.a[m], board.b[m])}
    return any(gaps.breaks(board.busy[p] >> shift) > gaps.breaks(board.busy[p]) for p in people)
