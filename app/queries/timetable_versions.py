"""Reads the versions of a session's timetable, and compares two of them: what moved, for whom, with which figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.actor import Actor
from app.domain.errors import Missing
from app.domain.placements import Placement
from app.models.event import Event
from app.models.meeting import Meeting
from app.models.timetable_version import TimetableVersion
from app.queries import timetable_pages, timetables

MOST_SHOWN = 100
KINDS = {"moved": "改时间", "retabled": "换桌", "speaker": "换专家", "dropped": "取消", "added": "新增"}


def _of(event_id: int) -> Select[TimetableVersion]:
    return select(TimetableVersion).where(TimetableVersion.event_id == event_id)


def current(session: Session, event_id: int) -> TimetableVersion | None:
    """The version that was published last."""
    found = _of(event_id).where(TimetableVersion.edition.is_not(None)).order_by(TimetableVersion.edition.desc())
    return session.scalar(found.limit(1))


def working(session: Session, event_id: int) -> TimetableVersion | None:
    """The draft that the desk works on: the newest version, unless it was published."""
    found = _of(event_id).where(TimetableVersion.discarded_at.is_(None)).order_by(TimetableVersion.number.desc())
    newest = session.scalar(found.limit(1))
    return None if newest is None or newest.edition is not None else newest


def drafts(session: Session, event_ids: Sequence[int]) -> list[TimetableVersion]:
    """The drafts that the desk works on at these events, in their order."""
    found = [working(session, event_id) for event_id in event_ids]
    return [one for one in found if one is not None]


def numbered(session: Session, event_id: int, number: int) -> TimetableVersion:
    """The version with this number; Missing when there is none."""
    found = session.scalar(_of(event_id).where(TimetableVersion.number == number))
    if found is None:
        raise Missing("没有这一稿时间表。")
    return found


def last_numbers(session: Session, event_id: int) -> tuple[int, int]:
    """(the highest number of a version, the highest edition); 0 while there is none."""
    found = session.execute(
        select(func.max(TimetableVersion.number), func.max(TimetableVersion.edition)).where(
            TimetableVersion.event_id == event_id
        )
    ).one()
    return found[0] or 0, found[1] or 0


def listed(session: Session, event_id: int) -> Sequence[TimetableVersion]:
    """The versions, the newest first."""
    return session.scalars(
        _of(event_id)
        .options(joinedload(TimetableVersion.made_by), joinedload(TimetableVersion.published_by))
        .order_by(TimetableVersion.number.desc())
        .limit(MOST_SHOWN)
    ).all()


def standing(session: Session, event_id: int) -> tuple[Placement, ...]:
    """The meetings as they are published now."""
    rows = session.scalars(
        select(Meeting).where(Meeting.event_id == event_id).order_by(Meeting.slot, Meeting.table_number)
    )
    return tuple(Placement(row.pairing_id, row.slot, row.table_number, row.expert_id, row.is_locked) for row in rows)


@dataclass(frozen=True, slots=True)
class Change:
    """One talk that differs. `before` and `after` say where and with whom, empty for none."""

    kind: str
    enterprise: str
    institute: str
    need: str
    before: str
    after: str

    @property
    def label(self) -> str:
        """改时间, 换桌, 换专家, 取消 or 新增."""
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two timetables. `organisations` are the ids of those that it concerns, `names` theirs.

    `hidden` counts changes that are out of the asker's sight.
    """

    changes: tuple[Change, ...]
    kept: int
    organisations: frozenset[int]
    names: tuple[str, ...]
    hidden: int

    def count(self, kind: str) -> int:
        """How many changes of a kind there are."""
        return sum(1 for one in self.changes if one.kind == kind)

    @property
    def summary(self) -> str:
        """改时间 2 场，取消 1 场；涉及 5 家单位."""
        parts = [f"{label} {self.count(kind)} 场" for kind, label in KINDS.items() if self.count(kind)]
        return f"{'，'.join(parts)}；涉及 {len(self.organisations)} 家单位" if parts else "没有不同"


def compare(
    session: Session, actor: Actor, event: Event, before: Sequence[Placement], after: Sequence[Placement]
) -> Difference:
    """The difference between two timetables of the event, by time; a county office sees its own enterprises' talks."""
    old, new = {one.pairing_id: one for one in before}, {one.pairing_id: one for one in after}
    differing = [pairing_id for pairing_id in {**old, **new} if _kind(old.get(pairing_id), new.get(pairing_id))]
    differing.sort(key=lambda one: ((new.get(one) or old[one]).slot, (new.get(one) or old[one]).table))
    pairings = timetables.named(session, differing)
    people = timetables.experts_by_id(session, [one.expert_id for one in (*before, *after)])
    times = timetable_pages.times_of(event)

    def where(place: Placement | None) -> str:
        if place is None:
            return ""
        return f"{timetable_pages.hours(times, place.slot)} {place.table + 1} 号桌"

    changes: list[Change] = []
    organisations: dict[int, str] = {}
    hidden = 0
    for pairing_id in differing:
        pairing, was, now = pairings.get(pairing_id), old.get(pairing_id), new.get(pairing_id)
        if pairing is None or not timetable_pages.in_sight(actor, pairing):
            hidden += 1
            continue
        kind = _kind(was, now)
        firm, institute = pairing.need.organisation, pairing.achievement.organisation
        organisations |= {firm.id: firm.name, institute.id: institute.name}
        said = [where(was), where(now)]
        if kind == "speaker":
            said = [f"{text}，{people[one.expert_id].name}" for text, one in zip(said, (was, now), strict=True) if one]
        changes.append(Change(kind, firm.name, institute.name, pairing.need.title, said[0], said[1]))
    names = tuple(name for _id, name in sorted(organisations.items(), key=lambda one: one[1]))
    return Difference(tuple(changes), len(set(old) & set(new)) - sum(
        1 for one in differing if one in old and one in new), frozenset(organisations), names, hidden)  # fmt: skip


def _kind(was: Placement | None, now: Placement | None) -> str:
    if was is None or now is None:
        return "added" if was is None else "dropped"
    if was.slot != now.slot:
        return "moved"
    if was.expert_id != now.expert_id:
        return "speaker"
    return "retabled" if was.table != now.table else ""
