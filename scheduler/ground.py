"""What every rule stands on: a session looked up by id, and a placement seen by person, slot and table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from scheduler.measures import availability, mask_of
from scheduler.model import Meeting, Naming, Participant, Placed, SessionSpec


class Ground:
    """A session's participants and meetings looked up by id; what every rule stands on."""

    def __init__(self, spec: SessionSpec) -> None:
        self.spec = spec
        self.people: dict[str, Participant] = {person.id: person for person in spec.participants}
        self.meetings: dict[str, Meeting] = {meeting.id: meeting for meeting in spec.meetings}
        parts = spec.sessions or (tuple(range(spec.slots)),)
        self.part_of = {slot: number for number, part in enumerate(parts) for slot in part}
        self.usable = [
            [table for table in range(tables) if (slot, table) not in spec.closed]
            for slot, tables in enumerate(spec.tables)
        ]
        self.all_slots = (1 << spec.slots) - 1
        self.there = {person.id: availability(person, spec.slots) for person in spec.participants}
        self.engaged = {person.id: _engaged(spec, person.id) for person in spec.participants if spec.agenda}
        self.roomy = mask_of(slot for slot, tables in enumerate(self.usable) if tables)
        self.in_part = [mask_of(slot for slot in part if 0 <= slot < spec.slots) for part in parts]
        self.runs = _runs(spec, parts)
        lunch = mask_of(slot for slot in spec.lunch if 0 <= slot < spec.slots)
        self.windows = tuple(dict.fromkeys([*((lunch,) if lunch else ()), *(mask_of(run) for run in self.runs)]))
        """Bit masks of slots that nobody's day may fill: the time of lunch, and one slot more than fit in a row."""

    def absent(self, meeting: Meeting, slot: int) -> list[str]:
        """Those of a meeting's two people who are not there in a slot."""
        return [
            person_id
            for person_id in (meeting.a, meeting.b)
            if (there := self.people[person_id].available) is not None and slot not in there
        ]


def _engaged(spec: SessionSpec, person: str) -> int:
    """The slots (bit mask) in which a person attends something on the agenda."""
    items = [item for item in spec.agenda if item.people is None or person in item.people]
    return mask_of(slot for item in items for slot in item.slots if 0 <= slot < spec.slots)


def _runs(spec: SessionSpec, parts: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Every run of slots in one part that is one slot too long to be sat through without a rest."""
    if spec.most_in_row is None:
        return []
    length = max(spec.most_in_row, 0) + 1
    runs = []
    for part in parts:
        inside = sorted(slot for slot in part if 0 <= slot < spec.slots)
        for start in range(len(inside) - length + 1):
            run = tuple(inside[start : start + length])
            if run[-1] - run[0] == length - 1:
                runs.append(run)
    return runs


class Scene:
    """A placement as the rules look at it: who is where, at which table, how full each slot is."""

    def __init__(
        self, ground: Ground, placed: Sequence[Placed], names: Naming, previous: Sequence[Placed] | None
    ) -> None:
        self.ground, self.names = ground, names
        self.placed = [place for place in placed if place.meeting in ground.meetings]
        self.unknown = [place for place in placed if place.meeting not in ground.meetings]
        self.previous = {place.meeting: (place.slot, place.table) for place in previous or ()}
        self.places: dict[str, list[Placed]] = defaultdict(list)
        self.seats: dict[tuple[int, int], list[str]] = defaultdict(list)
        self.busy: dict[tuple[str, int], list[str]] = defaultdict(list)
        self.in_slot: dict[int, list[str]] = defaultdict(list)
        self.held_by: dict[str, list[str]] = defaultdict(list)
        for place in self.placed:
            self.places[place.meeting].append(place)
            if not 0 <= place.slot < ground.spec.slots:
                continue
            meeting = ground.meetings[place.meeting]
            self.in_slot[place.slot].append(place.meeting)
            for person_id in (meeting.a, meeting.b):
                self.busy[person_id, place.slot].append(place.meeting)
            if place.table is not None:
                self.seats[place.slot, place.table].append(place.meeting)
        for meeting_id in self.places:
            meeting = ground.meetings[meeting_id]
            for person_id in (meeting.a, meeting.b):
                self.held_by[person_id].append(meeting_id)

    def slot_of(self, meeting_id: str) -> int:
        """The slot of a placed meeting (the last one named, should it be placed twice)."""
        return self.places[meeting_id][-1].slot

    def pair(self, meeting: Meeting) -> str:
        """The two people of a meeting, as a message calls them."""
        return f"{self.names.person(meeting.a)}与{self.names.person(meeting.b)}"
