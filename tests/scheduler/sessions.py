"""Random sessions for property tests, and a recomputation of every rule that shares no code with the scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise, product
from typing import Any

from hypothesis import strategies as st

from scheduler.model import AgendaItem, Meeting, Participant, Placed, SessionSpec, Side


@st.composite
def sessions(draw: st.DrawFn, *, demanding: bool = True, most: int = 14) -> SessionSpec:
    """A small session: enterprises and experts (or one-sided people), with everything that may constrain it."""
    slots = draw(st.integers(1, 6))
    sides: tuple[Side, Side] = ("E", "X") if draw(st.booleans()) else ("P", "P")
    left = [_person(draw, f"E{i}", sides[0], slots) for i in range(draw(st.integers(1, 5)))]
    right = [_person(draw, f"X{i}", sides[1], slots) for i in range(draw(st.integers(1, 4)))]
    pairs = [(a.id, b.id) for a in left for b in right]
    if sides[0] == "P":
        pairs += [(a.id, b.id) for a, b in combinations(left, 2)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=most))
    meetings: list[Meeting] = []
    for number, (a, b) in enumerate(chosen):
        odd = demanding and draw(st.integers(0, 4)) == 0
        meetings.append(
            Meeting(
                id=f"m{number}",
                a=a,
                b=b,
                score=draw(st.integers(0, 20)),
                mandatory=odd and draw(st.booleans()),
                fixed_slot=draw(st.none() | st.integers(0, slots - 1)) if odd else None,
                fixed_table=draw(st.none() | st.integers(0, 2)) if odd else None,
                session=draw(st.none() | st.integers(0, 1)) if odd else None,
                after=tuple(draw(st.lists(st.sampled_from([m.id for m in meetings]), max_size=2, unique=True)))
                if odd and meetings
                else (),
            )
        )
    half = slots // 2
    return SessionSpec(
        slots=slots,
        tables=tuple(draw(st.lists(st.integers(0, 3), min_size=slots, max_size=slots))),
        participants=tuple(left + right),
        meetings=tuple(meetings),
        sessions=(tuple(range(half)), tuple(range(half, slots))),
        fairness_d=draw(st.none() | st.integers(0, 2)) if demanding else None,
        allow_repeat_pairs=draw(st.booleans()),
        count_across_sessions=draw(st.booleans()),
        name="random",
        **(_further(draw, slots, pairs) if demanding else {}),
    )


def _further(draw: st.DrawFn, slots: int, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The rules that most sessions do without: closed tables, no-thanks pairs, an agenda, lunch, rests."""
    some = st.frozensets(st.integers(0, slots - 1), max_size=3)
    people = st.none() | st.frozensets(st.sampled_from(sorted({person for pair in pairs for person in pair})))
    item = st.builds(AgendaItem, st.just("开幕式"), some, people)
    return {
        "closed": draw(st.frozensets(st.tuples(st.integers(0, slots - 1), st.integers(0, 2)), max_size=2)),
        "no_thanks": draw(st.frozensets(st.sampled_from([frozenset(pair) for pair in pairs]), max_size=1)),
        "agenda": tuple(draw(st.lists(item, max_size=1))),
        "lunch": draw(st.just(frozenset()) | some),
        "most_in_row": draw(st.none() | st.integers(0, 3)),
    }


def _person(draw: st.DrawFn, name: str, side: Side, slots: int) -> Participant:
    available = draw(st.none() | st.frozensets(st.integers(0, slots - 1)))
    return Participant(name, side, available, draw(st.none() | st.integers(0, 4)))


def broken(spec: SessionSpec, placed: Sequence[Placed]) -> set[str]:
    """The codes of the rules a placement breaks, recomputed in the plainest way."""
    meetings = {m.id: m for m in spec.meetings}
    codes: set[str] = set()
    if any(place.meeting not in meetings for place in placed):
        codes.add("C1")
    placed = [place for place in placed if place.meeting in meetings]
    at = {place.meeting: place.slot for place in placed}
    if len(at) != len(placed):
        codes.add("C2")
    if any(not 0 <= place.slot < spec.slots for place in placed):
        codes.add("C3")
    inside = [place for place in placed if 0 <= place.slot < spec.slots]
    for first, second in combinations(inside, 2):
        one, two = meetings[first.meeting], meetings[second.meeting]
        if first.slot == second.slot and {one.a, one.b} & {two.a, two.b}:
            codes.add("C4")
        if first.slot == second.slot and first.table is not None and first.table == second.table:
            codes.add("C6")
    codes |= _broken_days(spec, inside)
    for place in inside:
        codes |= _broken_alone(spec, meetings[place.meeting], place)
    for slot in range(spec.slots):
        usable = sum((slot, table) not in spec.closed for table in range(spec.tables[slot]))
        if sum(place.slot == slot for place in inside) > usable:
            codes.add("C7")
    for meeting in spec.meetings:
        if (meeting.mandatory or meeting.fixed_slot is not None) and meeting.id not in at:
            codes.add("C10")
        if meeting.id in at and any(q not in at or at[q] >= at[meeting.id] for q in meeting.after):
            codes.add("C11")
    if any({meetings[m].a, meetings[m].b} in spec.no_thanks for m in at):
        codes.add("C17")
    own = {p.id: [at[m.id] for m in spec.meetings if m.id in at and p.id in (m.a, m.b)] for p in spec.participants}
    if any(p.quota is not None and len(own[p.id]) > p.quota for p in spec.participants):
        codes.add("C12")
    pairs = [frozenset((meetings[m].a, meetings[m].b)) for m in at]
    if not spec.allow_repeat_pairs and len(set(pairs)) != len(pairs):
        codes.add("C13")
    counts = [breaks_of(spec, [slot for slot in own[p.id] if slot >= 0]) for p in spec.participants]
    if spec.fairness_d is not None and counts and max(counts) - min(counts) > spec.fairness_d:
        codes.add("C14")
    return codes


def _broken_alone(spec: SessionSpec, meeting: Meeting, place: Placed) -> set[str]:
    codes: set[str] = set()
    for person in spec.participants:
        if person.id in (meeting.a, meeting.b) and person.available is not None and place.slot not in person.available:
            codes.add("C5")
    if place.table is not None and not 0 <= place.table < spec.tables[place.slot]:
        codes.add("C6")
    if place.table is not None and (place.slot, place.table) in spec.closed:
        codes.add("C6")
    for item in spec.agenda:
        if place.slot in item.slots and (item.people is None or item.people & {meeting.a, meeting.b}):
            codes.add("C18")
    if meeting.fixed_slot not in (None, place.slot) or meeting.fixed_table not in (None, place.table):
        codes.add("C8")
    part = next((k for k, slots in enumerate(spec.sessions) if place.slot in slots), None)
    if meeting.session is not None and part != meeting.session:
        codes.add("C9")
    return codes


def _broken_days(spec: SessionSpec, inside: Sequence[Placed]) -> set[str]:
    """Lunch and rests, on a row of letters per person and part of the day."""
    meetings = {m.id: m for m in spec.meetings}
    codes: set[str] = set()
    for person in spec.participants:
        own = {place.slot for place in inside if person.id in (meetings[place.meeting].a, meetings[place.meeting].b)}
        if own and spec.lunch and own >= spec.lunch:
            codes.add("C19")
        if spec.most_in_row is None:
            continue
        for part in spec.sessions:
            row = "".join("x" if slot in own else "." for slot in part)
            if "x" * (spec.most_in_row + 1) in row:
                codes.add("C20")
    return codes


def breaks_of(spec: SessionSpec, slots: Sequence[int]) -> int:
    """The breaks in one person's day, counted on a row of letters."""
    ordered = sorted(set(slots))
    breaks = 0
    for here, there in pairwise(ordered):
        parts = [next((k for k, part in enumerate(spec.sessions) if slot in part), None) for slot in (here, there)]
        if spec.count_across_sessions or parts[0] == parts[1]:
            breaks += there - here > 1
        else:
            before, after = (() if part is None else spec.sessions[part] for part in parts)
            breaks += any(slot > here for slot in before)
            breaks += any(slot < there for slot in after)
    return breaks


def full_session(enterprises: int, experts: int, slots: int, tables: int) -> SessionSpec:
    """Everybody wants to meet everybody and is there all day."""
    return SessionSpec(
        slots=slots,
        tables=(tables,) * slots,
        participants=(
            *(Participant(f"E{i}", "E") for i in range(enterprises)),
            *(Participant(f"X{i}", "X") for i in range(experts)),
        ),
        meetings=tuple(
            Meeting(f"{e}-{x}", f"E{e}", f"X{x}", score=1 + (7 * e + 3 * x) % 10)
            for e, x in product(range(enterprises), range(experts))
        ),
        sessions=(tuple(range(slots)),),
        name="full",
    )
