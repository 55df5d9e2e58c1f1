"""The time-indexed integer programme: the best timetable of a small session, proven, when the colouring fell short."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.board import NOWHERE, Board
from scheduler.measures import slots_of
from scheduler.selecting import Programme, solve

MAX_VARIABLES = 25_000


def place_exactly(board: Board, wanted: Sequence[int], seconds: float) -> int | None:
    """Puts the board into a proven best state over the wanted meetings (by index) and returns its total score.

    First the relaxed programme: when nothing that must stand is missing and the board's total already reaches its
    bound, the board stays as it is. None, and an unchanged board, when the programme is too large or no proof was
    found within the limits; breaks and fairness are not part of it. A state found before the proof is not used: it
    would depend on the machine's speed.
    """
    usable = [m for m in wanted if board.domain[m]]
    if sum(board.domain[m].bit_count() for m in usable) > MAX_VARIABLES:
        return None
    pairs = [(m, slot) for m in usable for slot in slots_of(board.domain[m])]
    musts = sum(board.must[m] for m in usable)
    above = float(sum(abs(board.score[m]) for m in usable) + 1)
    worth = [board.score[m] + 1.0 / (len(usable) + 1) + above * board.must[m] for m, _slot in pairs]
    programme, floor = _programme(board, usable, pairs), [0] * len(pairs)
    relaxed = solve(programme, worth, floor, seconds / 2, whole=False)
    if relaxed is not None and relaxed.proven:
        bound = int(relaxed.bound - above * musts + 1e-6)
        if board.musts == musts and board.total >= bound:
            return board.total
    solution = solve(programme, worth, floor, seconds)
    if solution is None or not solution.proven:
        return None
    at = [NOWHERE] * len(board.at)
    for column in solution.chosen:
        m, slot = pairs[column]
        at[m] = slot
    board.restore(at)
    return board.total


def _programme(board: Board, usable: Sequence[int], pairs: Sequence[tuple[int, int]]) -> Programme:
    programme = Programme()
    of_meeting: dict[int, list[int]] = {m: [] for m in usable}
    of_person_slot: dict[tuple[int, int], list[int]] = {}
    of_slot: dict[int, list[int]] = {}
    of_person: dict[int, list[int]] = {}
    of_table: dict[tuple[int, int], list[int]] = {}
    for column, (m, slot) in enumerate(pairs):
        of_meeting[m].append(column)
        of_slot.setdefault(slot, []).append(column)
        for person in (board.a[m], board.b[m]):
            of_person_slot.setdefault((person, slot), []).append(column)
            of_person.setdefault(person, []).append(column)
        table = board.meetings[m].fixed_table
        if table is not None:
            of_table.setdefault((table, slot), []).append(column)
    for group in (of_meeting, of_person_slot, of_table):
        for columns in group.values():
            programme.at_most(1, columns)
    for slot, columns in of_slot.items():
        programme.at_most(board.cap[slot], columns)
    for person, columns in of_person.items():
        programme.at_most(max(0, board.quota[person]), columns)
        for window in board.windows:
            inside = [column for column in columns if window >> pairs[column][1] & 1]
            programme.at_most(window.bit_count() - 1, inside)
    twins = sorted({tuple(sorted((m, *board.twins[m]))) for m in usable if m in board.twins})
    for together in twins:
        programme.at_most(1, [column for m in together for column in of_meeting.get(m, ())])
    for m in usable:
        for q in board.before[m]:
            _order(programme, board, of_meeting, pairs, q, m)
    return programme


def _order(
    programme: Programme,
    board: Board,
    of_meeting: dict[int, list[int]],
    pairs: Sequence[tuple[int, int]],
    earlier: int,
    later: int,
) -> None:
    """`later` may stand in slot t only if `earlier` stands in a slot before t."""
    for slot in slots_of(board.domain[later]):
        programme.at_most(
            0,
            [column for column in of_meeting[later] if pairs[column][1] <= slot],
            [column for column in of_meeting.get(earlier, ()) if pairs[column][1] < slot],
        )
