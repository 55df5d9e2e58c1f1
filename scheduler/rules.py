"""The named rules of a timetable: ONE list, used to find the slots open to a meeting and to name what is broken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scheduler.ground import Ground, Scene
from scheduler.measures import Gaps, mask_of
from scheduler.model import PLAIN_NAMES, Clash, Meeting, Naming, Placed, SessionSpec

__all__ = ["RULES", "Ground", "Rule", "Scene", "clashes", "clashes_of_move", "engaged", "flaws", "open_slots"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `find` names every breach in a scene.

    `admits`, if the rule looks at one meeting alone, says beforehand in which slots (bit mask) it may stand.
    """

    code: str
    name: str
    find: Callable[[Rule, Scene], Iterator[Clash]]
    admits: Callable[[Ground, Meeting], int] | None = None

    def clash(self, message: str, meetings: Sequence[str] = (), people: Sequence[str] = ()) -> Clash:
        """A breach of this rule."""
        return Clash(self.code, self.name, message, tuple(meetings), tuple(people))


def _known(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for place in scene.unknown:
        yield rule.clash(f"时间表里有一场不存在的洽谈（{place.meeting}）", [place.meeting])


def _once(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for meeting_id, places in scene.places.items():
        if len(places) > 1:
            meeting = scene.ground.meetings[meeting_id]
            where = "、".join(scene.names.slot(place.slot) for place in places)
            message = f"{scene.pair(meeting)}的同一场洽谈排了{len(places)}次（{where}）"
            yield rule.clash(message, [meeting_id], [meeting.a, meeting.b])


def _slot_admits(ground: Ground, meeting: Meeting) -> int:
    return ground.all_slots


def _slot_exists(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for place in scene.placed:
        meeting = scene.ground.meetings[place.meeting]
        last = scene.ground.spec.slots
        if not 0 <= place.slot < last:
            message = f"{scene.pair(meeting)}被排到第{place.slot + 1}时段，但本场只有{last}个时段"
            yield rule.clash(message, [meeting.id], [meeting.a, meeting.b])


def _nobody_twice(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for (person_id, slot), meetings in scene.busy.items():
        if len(meetings) > 1:
            message = f"{scene.names.person(person_id)}在{scene.names.slot(slot)}同时有{len(meetings)}场洽谈"
            yield rule.clash(message, meetings, [person_id])


def _there(ground: Ground, meeting: Meeting) -> int:
    return ground.there[meeting.a] & ground.there[meeting.b]


def _available(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for meeting, place in _standing(scene):
        for person_id in scene.ground.absent(meeting, place.slot):
            message = f"{scene.names.person(person_id)}在{scene.names.slot(place.slot)}不在场"
            yield rule.clash(message, [meeting.id], [person_id])


def _table_admits(ground: Ground, meeting: Meeting) -> int:
    if meeting.fixed_table is None:
        return ground.all_slots
    return mask_of(slot for slot, tables in enumerate(ground.usable) if meeting.fixed_table in tables)


def _tables(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for (slot, table), meetings in scene.seats.items():
        tables = scene.ground.spec.tables[slot]
        if not 0 <= table < tables:
            message = f"{scene.names.slot(slot)}没有{scene.names.table(table)}，只有{tables}张桌"
            yield rule.clash(message, meetings)
        elif (slot, table) in scene.ground.spec.closed:
            yield rule.clash(f"{scene.names.slot(slot)}的{scene.names.table(table)}停用", meetings)
        if len(meetings) > 1:
            message = f"{scene.names.slot(slot)}的{scene.names.table(table)}同时排了{len(meetings)}场洽谈"
            yield rule.clash(message, meetings)


def _some_table(ground: Ground, meeting: Meeting) -> int:
    return ground.roomy


def _capacity(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for slot, meetings in scene.in_slot.items():
        tables = len(scene.ground.usable[slot])
        if len(meetings) > tables:
            message = f"{scene.names.slot(slot)}排了{len(meetings)}场洽谈，但只有{tables}张桌"
            yield rule.clash(message, meetings)


def _fixed_admits(ground: Ground, meeting: Meeting) -> int:
    if meeting.fixed_slot is None:
        return ground.all_slots
    return 1 << meeting.fixed_slot if 0 <= meeting.fixed_slot < ground.spec.slots else 0


def _fixed(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for meeting, place in _standing(scene):
        people = [meeting.a, meeting.b]
        if meeting.fixed_slot is not None and place.slot != meeting.fixed_slot:
            wanted = scene.names.slot(meeting.fixed_slot)
            message = f"{scene.pair(meeting)}已定在{wanted}，却排到了{scene.names.slot(place.slot)}"
            yield rule.clash(message, [meeting.id], people)
        if meeting.fixed_table is not None and place.table != meeting.fixed_table:
            at = "没有排桌" if place.table is None else f"排到了{scene.names.table(place.table)}"
            message = f"{scene.pair(meeting)}已定在{scene.names.table(meeting.fixed_table)}，却{at}"
            yield rule.clash(message, [meeting.id], people)


def _part_admits(ground: Ground, meeting: Meeting) -> int:
    if meeting.session is None:
        return ground.all_slots
    return ground.in_part[meeting.session] if 0 <= meeting.session < len(ground.in_part) else 0


def _right_part(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for meeting, place in _standing(scene):
        if meeting.session is not None and not _part_admits(scene.ground, meeting) >> place.slot & 1:
            slot = scene.names.slot(place.slot)
            message = f"{scene.pair(meeting)}应在当天第{meeting.session + 1}段进行，{slot}不属于这一段"
            yield rule.clash(message, [meeting.id], [meeting.a, meeting.b])


def _required(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for meeting in scene.ground.meetings.values():
        if meeting.must_stand and meeting.id not in scene.places:
            message = f"{scene.pair(meeting)}必须安排，但没有排上"
            yield rule.clash(message, [meeting.id], [meeting.a, meeting.b])


def _in_order(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for meeting_id in scene.places:
        meeting = scene.ground.meetings[meeting_id]
        for earlier in meeting.after:
            if earlier not in scene.places:
                message = f"{scene.pair(meeting)}要在{scene.names.meeting(earlier)}之后进行，而后者没有排上"
            elif scene.slot_of(earlier) >= scene.slot_of(meeting_id):
                message = f"{scene.names.meeting(earlier)}必须早于{scene.pair(meeting)}"
            else:
                continue
            yield rule.clash(message, [earlier, meeting_id], [meeting.a, meeting.b])


def _quota(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for person_id, meetings in scene.held_by.items():
        quota = scene.ground.people[person_id].quota
        if quota is not None and len(meetings) > quota:
            message = f"{scene.names.person(person_id)}排了{len(meetings)}场洽谈，上限是{quota}场"
            yield rule.clash(message, meetings, [person_id])


def _pairs_once(rule: Rule, scene: Scene) -> Iterator[Clash]:
    if scene.ground.spec.allow_repeat_pairs:
        return
    together: dict[frozenset[str], list[str]] = defaultdict(list)
    for meeting_id in scene.places:
        meeting = scene.ground.meetings[meeting_id]
        together[frozenset((meeting.a, meeting.b))].append(meeting_id)
    for people, meetings in together.items():
        if len(meetings) > 1:
            message = f"{scene.pair(scene.ground.meetings[meetings[0]])}安排了{len(meetings)}场洽谈，同一对只应见一次"
            yield rule.clash(message, meetings, sorted(people))


def _fair(rule: Rule, scene: Scene) -> Iterator[Clash]:
    limit = scene.ground.spec.fairness_d
    if limit is None or not scene.ground.people:
        return
    gaps = Gaps(scene.ground.spec)
    counts = {
        person_id: gaps.breaks(
            mask_of(slot for m in scene.held_by.get(person_id, ()) if (slot := scene.slot_of(m)) >= 0)
        )
        for person_id in scene.ground.people
    }
    most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    if counts[most] - counts[least] > limit:
        message = (
            f"{scene.names.person(most)}有{counts[most]}次空档，{scene.names.person(least)}只有{counts[least]}次，"
            f"相差不应超过{limit}次"
        )
        yield rule.clash(message, (), [most, least])


def _unmoved(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for meeting_id, was in scene.previous.items():
        meeting = scene.ground.meetings.get(meeting_id)
        if meeting is None or not meeting.locked:
            continue
        places = scene.places.get(meeting_id)
        if places is None or (places[-1].slot, places[-1].table) != was:
            message = f"{scene.pair(meeting)}已锁定在{scene.names.slot(was[0])}，不能改动"
            yield rule.clash(message, [meeting_id], [meeting.a, meeting.b])


def _welcome(ground: Ground, meeting: Meeting) -> int:
    return 0 if frozenset((meeting.a, meeting.b)) in ground.spec.no_thanks else ground.all_slots


def _no_thanks(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for meeting_id in scene.places:
        meeting = scene.ground.meetings[meeting_id]
        if frozenset((meeting.a, meeting.b)) in scene.ground.spec.no_thanks:
            message = f"{scene.pair(meeting)}中有一方谢绝了这次洽谈，却排上了"
            yield rule.clash(message, [meeting_id], [meeting.a, meeting.b])


def engaged(ground: Ground, person_id: str, slot: int) -> str | None:
    """The label of the agenda item that a person attends in a slot; None when there is none."""
    for item in ground.spec.agenda:
        if slot in item.slots and (item.people is None or person_id in item.people):
            return item.label
    return None


def _disengaged(ground: Ground, meeting: Meeting) -> int:
    return ground.all_slots & ~ground.engaged.get(meeting.a, 0) & ~ground.engaged.get(meeting.b, 0)


def _agenda(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for meeting, place in _standing(scene):
        for person_id in (meeting.a, meeting.b):
            label = engaged(scene.ground, person_id, place.slot)
            if label is not None:
                slot = scene.names.slot(place.slot)
                message = f"{scene.names.person(person_id)}在{slot}参加“{label}”，却排了洽谈"
                yield rule.clash(message, [meeting.id], [person_id])


def _lunch(rule: Rule, scene: Scene) -> Iterator[Clash]:
    lunch = sorted(slot for slot in scene.ground.spec.lunch if 0 <= slot < scene.ground.spec.slots)
    for person_id in scene.held_by if lunch else ():
        held = [meeting for slot in lunch for meeting in scene.busy.get((person_id, slot), ())[:1]]
        if len(held) == len(lunch):
            when = "、".join(scene.names.slot(slot) for slot in lunch)
            message = f"{scene.names.person(person_id)}在用餐时间（{when}）都排了洽谈，没有一个时段可以用餐"
            yield rule.clash(message, held, [person_id])


def _rests(rule: Rule, scene: Scene) -> Iterator[Clash]:
    for person_id in scene.held_by if scene.ground.runs else ():
        for run in scene.ground.runs:
            held = [meeting for slot in run for meeting in scene.busy.get((person_id, slot), ())[:1]]
            if len(held) == len(run):
                message = (
                    f"{scene.names.person(person_id)}从{scene.names.slot(run[0])}到{scene.names.slot(run[-1])}"
                    f"连续{len(run)}场洽谈，中间没有休息，最多连续{len(run) - 1}场"
                )
                yield rule.clash(message, held, [person_id])
                break


def _standing(scene: Scene) -> Iterator[tuple[Meeting, Placed]]:
    """The placed meetings whose slot exists."""
    for place in scene.placed:
        if 0 <= place.slot < scene.ground.spec.slots:
            yield scene.ground.meetings[place.meeting], place


RULES: tuple[Rule, ...] = (
    Rule("C1", "洽谈存在", _known),
    Rule("C2", "每场只排一次", _once),
    Rule("C3", "时段存在", _slot_exists, _slot_admits),
    Rule("C4", "一人不在两处", _nobody_twice),
    Rule("C5", "双方在场", _available, _there),
    Rule("C6", "一桌一场", _tables, _table_admits),
    Rule("C7", "桌数够用", _capacity, _some_table),
    Rule("C8", "已定的时段和桌号", _fixed, _fixed_admits),
    Rule("C9", "所属半场", _right_part, _part_admits),
    Rule("C10", "必排的都排上", _required),
    Rule("C11", "先后次序", _in_order),
    Rule("C12", "个人场次上限", _quota),
    Rule("C13", "同一对只见一次", _pairs_once),
    Rule("C14", "空档公平", _fair),
    Rule("C15", "锁定不动", _unmoved),
    Rule("C17", "谢绝的不见", _no_thanks, _welcome),
    Rule("C18", "议程期间不谈", _agenda, _disengaged),
    Rule("C19", "留出用餐时间", _lunch),
    Rule("C20", "连谈之后休息", _rests),
)
_ADMITTING = [rule.admits for rule in RULES if rule.admits is not None]


def open_slots(ground: Ground, meeting: Meeting) -> int:
    """The slots (bit mask) in which every rule that looks at one meeting alone lets it stand."""
    mask = ground.all_slots
    for admits in _ADMITTING:
        mask &= admits(ground, meeting)
    return mask


def clashes(
    spec: SessionSpec,
    placed: Sequence[Placed],
    names: Naming = PLAIN_NAMES,
    previous: Sequence[Placed] | None = None,
) -> list[Clash]:
    """Every breach of every rule, in the order of RULES; empty when the timetable may be published."""
    scene = Scene(Ground(spec), placed, names, previous)
    return [clash for rule in RULES for clash in rule.find(rule, scene)]


def clashes_of_move(
    spec: SessionSpec, placed: Sequence[Placed], move: Placed, names: Naming = PLAIN_NAMES
) -> list[Clash]:
    """What would be wrong with one meeting if it stood at the slot and table of `move`, all others as `placed`."""
    others = [place for place in placed if place.meeting != move.meeting]
    return [clash for clash in clashes(spec, [*others, move], names) if move.meeting in clash.meetings]


def flaws(spec: SessionSpec) -> list[Clash]:
    """What is wrong with the task itself (I1 to I6); with any of these no timetable means anything."""
    found: list[Clash] = []
    if len(spec.tables) != spec.slots:
        found.append(Clash("I1", "每个时段的桌数", f"给了{len(spec.tables)}个桌数，时段却有{spec.slots}个"))
    for person_id, number in Counter(person.id for person in spec.participants).items():
        if number > 1:
            found.append(Clash("I2", "人员不重复", f"参会人 {person_id} 出现了{number}次", (), (person_id,)))
    for meeting_id, number in Counter(meeting.id for meeting in spec.meetings).items():
        if number > 1:
            found.append(Clash("I3", "洽谈不重复", f"洽谈 {meeting_id} 出现了{number}次", (meeting_id,)))
    people = {person.id for person in spec.participants}
    for meeting in spec.meetings:
        for person_id in (meeting.a, meeting.b):
            if person_id not in people:
                message = f"洽谈 {meeting.id} 里的 {person_id} 不在参会人名单中"
                found.append(Clash("I4", "人员已登记", message, (meeting.id,), (person_id,)))
        if meeting.a == meeting.b:
            message = f"洽谈 {meeting.id} 的双方是同一个人（{meeting.a}）"
            found.append(Clash("I5", "双方不同", message, (meeting.id,), (meeting.a,)))
    slots = sorted(slot for part in spec.sessions for slot in part)
    for here, there in pairwise(slots):
        if here == there:
            found.append(Clash("I6", "时段只属一段", f"第{here + 1}时段同时属于当天的两段"))
    return found
