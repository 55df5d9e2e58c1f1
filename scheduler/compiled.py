"""The annealing of polishing.py compiled by numba: the same walk for the same generator. Imported only where numba is."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
from numba import njit

NOWHERE, BREAK_COST, UNFAIR_COST, HOT, COLD, PACE = -1, 10, 400, 5.0, 1.5, 256
FACTOR, MODULUS = 48271, 2147483647
"""As in board.py and polishing.py, which cannot be imported here: compiled code is kept by the text of this file alone."""


@njit(cache=True, nogil=True)
def _count(bits: Any) -> Any:
    """Returns how many bits are set."""
    number = 0
    while bits:
        bits &= bits - 1
        number += 1
    return number


@njit(cache=True, nogil=True)
def _cost(day: Any, there: Any, fair: Any, part: Any, head: Any, tail: Any, across: Any) -> Any:
    """Returns the cost of one person's day, as _Costs of polishing.py counts it; `fair` of -1 is no limit."""
    if day & (day - 1) == 0:
        return 0
    breaks = waiting = used = 0
    last = first = NOWHERE
    for slot in range(part.shape[0]):
        if not day >> slot & 1:
            continue
        used |= 1 << part[slot]
        if last == NOWHERE:
            first = slot
        elif across or part[last] == part[slot]:
            breaks += slot - last > 1
        else:
            breaks += (tail[last] > 0) + (head[slot] > 0)
        last = slot
    idle = ((1 << last) - (1 << first)) & ~day & there
    if across:
        waiting = _count(idle)
    else:
        for slot in range(first, last):
            waiting += (idle >> slot & 1) * (used >> part[slot] & 1)
    cost = BREAK_COST * breaks + waiting
    if 0 <= fair < breaks:
        cost += UNFAIR_COST * (breaks - fair)
    return cost


@njit(cache=True, nogil=True)
def _walk(m: Any, person: Any, row: Any, other: Any, a: Any, b: Any, chain: Any, length: Any) -> Any:
    """Follows a chain from one person of a meeting; returns (its length so far, the last person or NOWHERE for a ring)."""
    n = row[person]
    while n != NOWHERE:
        if n == m:
            return length, NOWHERE
        chain[length] = n
        length += 1
        person = b[n] if a[n] == person else a[n]
        row, other = other, row
        n = row[person]
    return length, person


@njit(cache=True, nogil=True)
def _balance(chain: Any, length: Any, at: Any, domain: Any, here: Any, there: Any) -> Any:
    """Returns how many meetings a swap moves from `here` to `there` on balance; a huge number if a slot is not open."""
    balance = 0
    for k in range(length):
        n = chain[k]
        if at[n] == here:
            if not domain[n] >> there & 1:
                return 1 << 30
            balance += 1
        else:
            if not domain[n] >> here & 1:
                return 1 << 30
            balance -= 1
    return balance


@njit(cache=True, nogil=True)
def _swap(chain: Any, length: Any, at: Any, a: Any, b: Any, who: Any, here: Any, there: Any) -> None:
    for k in range(length):
        n = chain[k]
        who[at[n], a[n]] = NOWHERE
        who[at[n], b[n]] = NOWHERE
    for k in range(length):
        n = chain[k]
        now = there if at[n] == here else here
        at[n] = now
        who[now, a[n]] = n
        who[now, b[n]] = n


@njit(cache=True, nogil=True)
def anneal(
    state: Any, begin: Any, end: Any, total: Any, cost: Any, best: Any, best_at: Any,
    a: Any, b: Any, at: Any, domain: Any, who: Any, busy: Any, load: Any, cap: Any,
    movable: Any, starts: Any, options: Any, days: Any,
) -> Any:  # fmt: skip
    """Makes the proposals `begin` to `end` of `total`; returns the generator's state, the cost and the best cost.

    `days` holds (availability of each person as a mask, fair number of breaks, part of each slot, slots before it in
    its part, slots after it in its part, whether gaps across parts count). Changes the arrays of the board and
    `best_at` in place.
    """
    available, fair, part, head, tail, across = days
    chain = np.empty(at.shape[0] + 1, dtype=np.int64)
    heat = HOT
    for number in range(begin, end):
        if number % PACE == 0:
            heat = HOT * (COLD / HOT) ** (number / total)
        state = state * FACTOR % MODULUS
        pick = state % movable.shape[0]
        m = movable[pick]
        here = at[m]
        state = state * FACTOR % MODULUS
        there = options[starts[pick] + state % (starts[pick + 1] - starts[pick])]
        if there == here:
            continue
        state = state * FACTOR % MODULUS
        chain[0] = m
        length, one = _walk(m, a[m], who[there], who[here], a, b, chain, 1)
        other = NOWHERE
        if one != NOWHERE:
            length, other = _walk(m, b[m], who[there], who[here], a, b, chain, length)
        balance = _balance(chain, length, at, domain, here, there)
        if load[there] + balance > cap[there] or load[here] - balance > cap[here]:
            continue
        change = 0
        if one != NOWHERE:
            bits = (1 << here) | (1 << there)
            change += _cost(busy[one] ^ bits, available[one], fair, part, head, tail, across)
            change += _cost(busy[other] ^ bits, available[other], fair, part, head, tail, across)
            change -= _cost(busy[one], available[one], fair, part, head, tail, across)
            change -= _cost(busy[other], available[other], fair, part, head, tail, across)
            if change > 0 and change > -heat * log(state / MODULUS):
                continue
            busy[one] ^= bits
            busy[other] ^= bits
        _swap(chain, length, at, a, b, who, here, there)
        load[there] += balance
        load[here] -= balance
        cost += change
        if cost < best:
            best = cost
            best_at[:] = at
            if best == 0:
                break
    return state, cost, best
