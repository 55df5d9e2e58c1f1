"""When: puts chosen meetings into slots by edge colouring with Kempe swaps, then by ejecting what stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from scheduler.board import NOWHERE, Board
from scheduler.measures import slots_of

Stop = Callable[[], bool]


def insert(board: Board, m: int) -> bool:
    """Places one meeting without removing another: directly, or after Kempe swaps that free a slot for both."""
    if not board.allowed(m):
        return False
    mask = board.open_to(m)
    if mask:
        board.put(m, min(slots_of(mask), key=lambda slot: (board.load[slot], slot)))
        return True
    free_a, free_b = ~board.busy[board.a[m]], ~board.busy[board.b[m]]
    domain = board.domain[m]
    if board.special[m]:
        domain = board.narrowed(m, domain)
    if not domain:
        return False
    return (
        _after_making_room(board, m, domain & free_a & free_b)
        or _after_freeing(board, m, domain & free_a & ~free_b, board.b[m])
        or _after_freeing(board, m, domain & free_b & ~free_a, board.a[m])
    )


def _after_making_room(board: Board, m: int, full: int) -> bool:
    """Both are free in these slots, but every table is taken: shifts one meeting's worth of a chain elsewhere."""
    for slot in slots_of(full):
        for other in slots_of(board.room & ~(1 << slot)):
            seen: set[int] = set()
            for n in dict.fromkeys(board.who[slot]):
                if n == NOWHERE or n in seen:
                    continue
                chain = board.chain(n, slot, other)
                seen.update(chain)
                shift = sum(1 if board.at[k] == slot else -1 for k in chain)
                if shift == 1 and _swap_and_put(board, m, chain, slot, other):
                    return True
    return False


def _after_freeing(board: Board, m: int, slots: int, person: int) -> bool:
    """One of the two is busy in these slots: moves that meeting along a chain into a slot where the person is free."""
    for slot in slots_of(slots):
        n = board.who[slot][person]
        for other in slots_of(board.domain[n] & ~board.busy[person]):
            if _swap_and_put(board, m, board.chain(n, slot, other), slot, other):
                return True
    return False


def _swap_and_put(board: Board, m: int, chain: list[int], slot: int, other: int) -> bool:
    if not board.swappable(chain, slot, other, spare=slot) or not board.swap(chain, slot, other):
        return False
    if board.open_to(m) & (1 << slot):
        board.put(m, slot)
        return True
    board.swap(chain, other, slot)
    return False


def place_all(board: Board, chosen: Sequence[int], rng: Random, budget: int, stop: Stop) -> None:
    """Places as many of the chosen meetings as it can; the board ends at the best state met.

    First each by `insert`, the hardest first; then an ejection search: a meeting from the pool takes the slot whose
    occupants have been hardest to place so far the least often, and those go back to the pool. `budget` limits the
    work (meetings looked at in chains), so that the result does not depend on the machine.
    """
    pool = [m for m in _hardest_first(board, chosen) if not insert(board, m)]
    pool = [m for m in pool if not insert(board, m)]
    if not pool:
        return
    trouble = [1] * len(board.meetings)
    best, best_at = board.worth(), list(board.at)
    limit = board.work + budget
    pool.sort(key=lambda m: (board.must[m], board.score[m]))
    stuck = 0
    while stuck < len(pool) and board.work < limit and not stop():
        m = pool.pop()
        board.work += 20
        if not insert(board, m):
            trouble[m] += 1
            out = _cheapest_ejection(board, m, trouble, rng)
            if out is None:
                pool.insert(0, m)
                stuck += 1
                continue
            pool.extend(out)
            _shake(board, rng, 10)
        stuck = 0
        if (worth := board.worth()) > best:
            best, best_at = worth, list(board.at)
    board.restore(best_at)


def _hardest_first(board: Board, chosen: Sequence[int]) -> list[int]:
    """Fixed before mandatory before others; few open slots and busy people first; predecessors before successors."""
    degree = [0] * len(board.quota)
    for m in chosen:
        degree[board.a[m]] += 1
        degree[board.b[m]] += 1

    def ease(m: int) -> tuple[int, bool, int, int, int]:
        freedom = board.domain[m].bit_count() - max(degree[board.a[m]], degree[board.b[m]])
        return (board.meetings[m].fixed_slot is None, not board.must[m], freedom, -board.score[m], m)

    ordered: list[int] = []
    entered: set[int] = set()
    inside = set(chosen)
    for first in sorted(chosen, key=ease):
        waiting = [first]
        while waiting:
            m = waiting[-1]
            ahead = [q for q in board.before[m] if q in inside and q not in entered and q not in waiting]
            if ahead:
                waiting.extend(ahead)
                continue
            waiting.pop()
            if m not in entered:
                entered.add(m)
                ordered.append(m)
    return ordered


def _in_the_way(board: Board, m: int, slot: int, trouble: Sequence[int]) -> list[int] | None:
    """What must leave so that a meeting can stand in a slot; None if it cannot (something fixed, a predecessor)."""
    row = board.who[slot]
    out = {n for n in (row[board.a[m]], row[board.b[m]]) if n != NOWHERE}
    if board.special[m]:
        for q in board.before[m]:
            if board.at[q] == NOWHERE or board.at[q] >= slot:
                return None
        out.update(s for s in board.later[m] if board.at[s] != NOWHERE and board.at[s] <= slot)
        table = board.meetings[m].fixed_table
        if table is not None:
            out.update(n for n in board.same_table[table] if board.at[n] == slot)
    if board.load[slot] - sum(1 for n in out if board.at[n] == slot) >= board.cap[slot]:
        others = [n for n in dict.fromkeys(row) if n != NOWHERE and n not in out and not _pinned(board, n)]
        if not others:
            return None
        out.add(min(others, key=lambda n: (board.must[n], trouble[n], board.score[n], n)))
    waiting = list(out)
    while waiting:
        for s in board.later[waiting.pop()]:
            if board.at[s] != NOWHERE and s not in out:
                out.add(s)
                waiting.append(s)
    if any(_pinned(board, n) for n in out) or (board.windows and _tires(board, m, slot, out)):
        return None
    return sorted(out)


def _tires(board: Board, m: int, slot: int, out: set[int]) -> bool:
    """Whether a meeting in a slot would fill a window of somebody's day once the others have left."""
    for person in (board.a[m], board.b[m]):
        day = board.busy[person] | 1 << slot
        for n in out:
            if person in (board.a[n], board.b[n]) and board.at[n] != slot:
                day &= ~(1 << board.at[n])
        if board.packed(day):
            return True
    return False


def _pinned(board: Board, m: int) -> bool:
    return board.meetings[m].fixed_slot is not None


def _cheapest_ejection(board: Board, m: int, trouble: Sequence[int], rng: Random) -> list[int] | None:
    """Places a meeting by force where it does the least harm; returns what had to leave, None if it cannot stand."""
    if not board.allowed(m):
        return None
    options: list[tuple[int, int, float, int, list[int]]] = []
    for slot in slots_of(board.domain[m]):
        out = _in_the_way(board, m, slot, trouble)
        if out is not None and not (not board.must[m] and any(board.must[n] for n in out)):
            harm = sum(trouble[n] for n in out)
            options.append((harm, sum(board.score[n] for n in out), rng.random(), slot, out))
    if not options:
        return None
    _harm, _score, _chance, slot, out = min(options)
    for n in out:
        board.take(n)
    board.put(m, slot)
    return out


def _shake(board: Board, rng: Random, times: int) -> None:
    """A few random Kempe swaps, so that the search does not meet the same board again."""
    for _ in range(times):
        m = rng.randrange(len(board.at))
        here = board.at[m]
        if here == NOWHERE:
            continue
        targets = list(slots_of(board.domain[m] & ~(1 << here)))
        if not targets:
            continue
        there = targets[rng.randrange(len(targets))]
        chain = board.chain(m, here, there)
        if board.swappable(chain, here, there):
            board.swap(chain, here, there)


def refill(board: Board, candidates: Sequence[int]) -> None:
    """Adds every further meeting that fits without removing one, best score first, until nothing fits any more."""
    waiting = sorted(candidates, key=lambda m: (not board.must[m], -board.score[m], m))
    grown = True
    while grown:
        left = [m for m in waiting if not insert(board, m)]
        grown = len(left) < len(waiting)
        waiting = left


def trade_up(board: Board, candidates: Sequence[int], budget: int, stop: Stop) -> None:
    """Lets a left-out meeting replace cheaper ones when the total score grows, re-placing what it pushed out."""
    flat = [1] * len(board.meetings)
    limit = board.work + budget
    for m in sorted(candidates, key=lambda m: (-board.score[m], m)):
        if board.work >= limit or stop():
            return
        if board.at[m] != NOWHERE or not board.allowed(m):
            continue
        for slot in slots_of(board.domain[m]):
            out = _in_the_way(board, m, slot, flat)
            board.work += 20 + len(board.at) // 20
            if out is None or any(board.must[n] for n in out):
                continue
            before, was = board.worth(), list(board.at)
            for n in out:
                board.take(n)
            board.put(m, slot)
            for n in sorted(out, key=lambda n: -board.score[n]):
                insert(board, n)
            if board.worth() > before:
                break
            board.restore(was)
