"""The annealing of experts' visits under prices, compiled by numba; imported only where numba is (see season_rosters).

The worth of rosters is that of a relaxation: a seat for an enterprise in session s costs `seat[s]`, a talk of expert x
there `talk[x, s]`; then every enterprise chooses for itself, and only those that know a changed expert have to choose anew.
The prices rise where more come than there is room for and fall where there is room left.
"""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
from numba import njit

FACTOR, MODULUS = 48271, 2147483647
"""As in polishing.py, which cannot be imported here: compiled code is kept by the text of this file alone."""
PACE = 200
"""Proposals between two changes of the prices."""
COOLING = 0.9
"""By which share the steps of the prices have become smaller at the end."""


@njit(cache=True, nogil=True)
def _best_sum(values: Any, number: Any, most: Any) -> Any:
    """Returns the sum of the `most` largest of the first `number` values, which are sorted in place, largest first."""
    for i in range(1, number):
        value, j = values[i], i - 1
        while j >= 0 and values[j] < value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value
    total = 0.0
    for i in range(min(number, most)):
        total += values[i]
    return total


@njit(cache=True, nogil=True)
def _with_session(e: Any, begin: Any, end: Any, best: Any, trial: Any, here: Any, market: Any, prices: Any) -> Any:
    """Returns what an enterprise's talks are worth if it also goes where the options `begin` to `end` are; -1: nothing new.

    `best` holds what each of its pairings is worth so far; `trial` is overwritten.
    """
    _first, session, pairing, expert, worth, _fare, _visits, most, size = market
    talk, _seat = prices
    found = False
    for number in range(size[e]):
        trial[number] = best[number]
    for i in range(begin, end):
        if here[session[i], expert[i]]:
            value = worth[i] - talk[expert[i], session[i]]
            if value > trial[pairing[i]]:
                trial[pairing[i]] = value
                found = True
    if not found:
        return -1.0
    kept = 0
    for number in range(size[e]):
        if trial[number] > 0.0:
            trial[kept] = trial[number]
            kept += 1
    return _best_sum(trial, kept, most[e])


@njit(cache=True, nogil=True)
def _choose(e: Any, here: Any, market: Any, prices: Any, best: Any, trial: Any, going: Any) -> Any:
    """Returns (worth, number of visits) of an enterprise's choice, one session after the other, the best first.

    Writes the sessions into `going` and the worth of each of its pairings into `best`.
    """
    first, session, pairing, expert, worth, fare, visits, _most, size = market
    talk, seat = prices
    best[: size[e]] = 0.0
    total, paid, number = 0.0, 0.0, 0
    while number < visits[e]:
        chosen, most = -1, total + 1e-9
        i = first[e]
        while i < first[e + 1]:
            s, end = session[i], i
            while end < first[e + 1] and session[end] == s:
                end += 1
            new = True
            for k in range(number):
                new &= going[k] != s
            if new:
                value = _with_session(e, i, end, best, trial, here, market, prices)
                if value >= 0.0 and value - paid - fare[e, s] - seat[s] > most:
                    chosen, most = s, value - paid - fare[e, s] - seat[s]
            i = end
        if chosen < 0:
            break
        going[number] = chosen
        number += 1
        total = most
        paid += fare[e, chosen] + seat[chosen]
        for i in range(first[e], first[e + 1]):
            if session[i] == chosen and here[chosen, expert[i]]:
                best[pairing[i]] = max(best[pairing[i]], worth[i] - talk[expert[i], chosen])
    return total, number


@njit(cache=True, nogil=True)
def _charge(step: Any, here: Any, market: Any, prices: Any, room: Any, scratch: Any, values: Any) -> None:
    """Changes the prices by what the enterprises choose now, and writes what their new choices are worth to `values`."""
    first, session, pairing, expert, worth, _fare, _visits, most, size = market
    talk, seat = prices
    seats, slots = room
    best, trial, going = scratch
    came, met = np.zeros(seat.shape[0]), np.zeros(talk.shape)
    for e in range(values.shape[0]):
        number = _choose(e, here, market, prices, best, trial, going)[1]
        kept = 0
        for p in range(size[e]):
            if best[p] > 0.0:
                trial[kept] = best[p]
                kept += 1
        if not kept:
            continue
        _best_sum(trial, kept, most[e])
        least = trial[min(kept, most[e]) - 1]
        for k in range(number):
            came[going[k]] += 1
            for i in range(first[e], first[e + 1]):
                if session[i] == going[k] and here[going[k], expert[i]]:
                    value = worth[i] - talk[expert[i], going[k]]
                    met[expert[i], going[k]] += value >= least and value == best[pairing[i]]
    for s in range(seat.shape[0]):
        seat[s] = max(0.0, seat[s] + 10 * step * (came[s] - seats[s]) / max(seats[s], 1))
        for x in range(talk.shape[0]):
            if here[s, x]:
                talk[x, s] = max(0.0, talk[x, s] + step * (met[x, s] - slots[s]) / max(slots[s], 1))
    for e in range(values.shape[0]):
        values[e] = _choose(e, here, market, prices, best, trial, going)[0]


@njit(cache=True, nogil=True)
def _next(x: Any, allowed: Any) -> Any:
    """Returns the first allowed index from x on, the list being a ring; -1 when there is none."""
    for number in range(allowed.shape[0]):
        k = (x + number) % allowed.shape[0]
        if allowed[k]:
            return k
    return -1


@njit(cache=True, nogil=True)
def _proposal(state: Any, seating: Any) -> Any:
    """Returns (state of the generator, session, expert who leaves, expert who comes, session where they change places).

    The last is -1 when the one who comes has a visit left; the first expert is -1 when nothing can be proposed.
    """
    here, able, fixed, left, _fares = seating
    state = state * FACTOR % MODULUS
    s = state % here.shape[0]
    state = state * FACTOR % MODULUS
    leaves = _next(state % here.shape[1], here[s] & ~fixed[s])
    state = state * FACTOR % MODULUS
    comes = _next(state % here.shape[1], able[s] & ~here[s])
    if leaves < 0 or comes < 0:
        return state, s, -1, comes, -1
    if left[comes] > 0:
        return state, s, leaves, comes, -1
    found, number = -1, 0
    for t in range(here.shape[0]):
        if t != s and here[t, comes] and not here[t, leaves] and able[t, leaves] and not fixed[t, comes]:
            number += 1
            state = state * FACTOR % MODULUS
            if state % number == 0:
                found = t
    return state, s, leaves if found >= 0 else -1, comes, found


@njit(cache=True, nogil=True)
def _swap(s: Any, t: Any, leaves: Any, comes: Any, here: Any) -> None:
    here[s, leaves], here[s, comes] = False, True
    if t >= 0:
        here[t, comes], here[t, leaves] = False, True


@njit(cache=True, nogil=True)
def _change(
    s: Any,
    t: Any,
    leaves: Any,
    comes: Any,
    market: Any,
    prices: Any,
    slots: Any,
    seating: Any,
    known: Any,
    scratch: Any,
) -> Any:
    """Returns (how much more the rosters are worth after a swap, how many enterprises chose anew).

    Their numbers are in `touched`, the worth of their choices in `then`.
    """
    here, _able, _fixed, _left, fares = seating
    talk, _seat = prices
    begin, end, acquainted = known
    best, trial, going, values, then, touched = scratch
    change = slots[s] * (talk[comes, s] - talk[leaves, s]) - fares[comes, s] + fares[leaves, s]
    if t >= 0:
        change += slots[t] * (talk[leaves, t] - talk[comes, t]) - fares[leaves, t] + fares[comes, t]
    count = 0
    for place in (s, t):
        if place < 0:
            continue
        for x in (leaves, comes):
            for k in range(begin[x, place], end[x, place]):
                e = acquainted[k]
                if then[e] < 0.0:
                    then[e] = _choose(e, here, market, prices, best, trial, going)[0]
                    change += then[e] - values[e]
                    touched[count] = e
                    count += 1
    return change, count


@njit(cache=True, nogil=True)
def anneal(
    state: Any, proposals: Any, heat: Any, step: Any, market: Any, prices: Any, room: Any, seating: Any, known: Any,
    scratch: Any,
) -> None:  # fmt: skip
    """Makes so many proposals, changing `here` (who is in which session) and the prices in place.

    `market` is (first option of each enterprise, session, pairing, expert and worth of each option, fares, visits,
    talks and pairings of each enterprise), `prices` (talk, seat), `room` (seats, slots), `seating` (here, able, fixed, visits left,
    fares of experts), `known` (begin and end in the list of enterprises that know an expert in a session, the list).
    """
    here, _able, _fixed, left, _fares = seating
    best, trial, going, values, then, touched = scratch
    for number in range(proposals):
        cold = number / proposals
        if number % PACE == 0:
            _charge(step * (1 - COOLING * cold), here, market, prices, room, (best, trial, going), values)
        state, s, leaves, comes, t = _proposal(state, seating)
        if leaves < 0:
            continue
        _swap(s, t, leaves, comes, here)
        change, count = _change(s, t, leaves, comes, market, prices, room[1], seating, known, scratch)
        state = state * FACTOR % MODULUS
        good = change >= 0 or state / MODULUS < exp(change / (heat * (1 - cold) + 1e-9))
        for k in range(count):
            if good:
                values[touched[k]] = then[touched[k]]
            then[touched[k]] = -1.0
        if not good:
            _swap(s, t, comes, leaves, here)
        elif t < 0:
            left[comes] -= 1
            left[leaves] += 1
