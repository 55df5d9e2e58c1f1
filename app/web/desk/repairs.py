"""What happens on the day: choosing it, the nearest timetable before and after, and taking that over as the draft."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import IllegalMove, Invalid, Stale
from app.domain.permissions import Permission, require
from app.domain.placements import Condition
from app.extensions import db, writing
from app.models.event import Event
from app.models.pairing import Pairing
from app.queries import events as reading
from app.queries import timetable_versions as versions
from app.queries import timetables
from app.queries.paging import whole_number
from app.queries.timetable_versions import Difference
from app.services import editions, incidents, repairing, retelling, seating
from app.services.repairing import WORDS, Happening, Mended
from app.services.timetabling import Task, refuse_if_closed
from app.web.desk.blueprint import desk
from app.web.doors import current_actor

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the forms offer: people, slots that have not begun, tables, pairings that could join."""

    people: list[tuple[str, str]]
    slots: list[tuple[int, str]]
    tables: int
    pairings: list[Pairing]


@dataclass(frozen=True, slots=True)
class Preview:
    """A repair to be looked at; `told` are the guests who would be written to."""

    mended: Mended
    difference: Difference
    told: tuple[str, ...]


def _happening(given: MultiDict[str, str]) -> Happening | None:
    """What the form says has happened; slots and tables count from 1 there. None before anything was chosen."""
    kind = given.get("what", "")
    if kind == "walk_in":
        return Happening(pairing_id=whole_number(given.get("pairing", "")) or 0)
    if kind not in WORDS:
        return None
    slot, table = (whole_number(given.get(name, "")) for name in ("slot", "table"))
    person = given.get("person", "")[:40] if kind in ("cancelled", "late", "leaving") else ""
    return Happening(Condition(kind, (slot or 0) - 1, person, (table or 0) - 1 if kind == "table" else -1))


@desk.get("/events/<int(max=2147483647):event_id>/timetable/repair")
def timetable_repair(event_id: int) -> Answer:
    """Choose what has happened, and see the nearest timetable; nothing is written."""
    return _page(event_id, 200, _happening(request.args))


def _page(event_id: int, status: int, what: Happening | None, complaints: Invalid | None = None) -> Answer:
    actor, session, now = current_actor(), db.session(), clock.now()
    event = reading.event(session, actor, event_id)
    require(actor, Permission.EVENT_PLAN, event.owner)
    closed, preview = "", None
    try:
        refuse_if_closed(event, now, during=True)
    except IllegalMove as error:
        closed = error.message
    if what is not None and not closed and complaints is None:
        try:
            mended = repairing.propose(session, event, what, actor, now)
        except Invalid as error:
            status, complaints = 422, error
        else:
            difference = versions.compare(session, actor, event, mended.before, mended.after)
            preview = Preview(mended, difference, retelling.reached(session, event, difference.organisations))
    task = seating.read(session, event)
    page = render_template(
        "desk/timetable_repair.html",
        event=event,
        closed=closed,
        draft=versions.working(session, event.id),
        words=WORDS,
        given=request.values,
        choices=_choices(event, task),
        happened=[incidents.sentence(one, task.names) for one in task.conditions],
        preview=preview,
        complaints=complaints.complaints if complaints else (),
    )
    return page, status


def _choices(event: Event, task: Task) -> Choices:
    session = db.session()
    begun = editions.slots_begun(event, clock.now())
    return Choices(
        people=repairing.people(task),
        slots=[(slot + 1, task.names.slot(slot)) for slot in range(begun, event.slot_count)],
        tables=event.tables,
        pairings=list(timetables.could_join(session, event.id)),
    )


@desk.post("/events/<int(max=2147483647):event_id>/timetable/repair")
def timetable_repair_adopt(event_id: int) -> Answer:
    """Take the repair that was looked at over as the draft."""
    actor, now = current_actor(), clock.now()
    what = _happening(request.form) or Happening(pairing_id=0)  # nothing was chosen: refused like an unknown pairing
    try:
        with writing() as session:
            event = reading.locked(session, actor, event_id)
            repairing.adopt(session, event, what, request.form.get("seen", ""), actor, now)
    except Stale as error:
        flash(error.message, "error")
        return _page(event_id, 409, what)
    except Invalid as error:
        return _page(event_id, 422, what, error)
    flash("已采用为草稿。核对下面的比较后发布，来宾才会收到通知。", "success")
    return redirect(url_for("desk.timetable_compare", event_id=event_id), 303)


@desk.post("/events/<int(max=2147483647):event_id>/timetable/repair/withdraw")
def timetable_repair_withdraw(event_id: int) -> Response:
    """Take back what was said to have happened."""
    actor = current_actor()
    position = whole_number(request.form.get("position", "")) or 0
    with writing() as session:
        event = reading.locked(session, actor, event_id)
        repairing.withdraw(session, event, position - 1, actor, clock.now())
    flash("已撤销，时间表的其他安排不变；需要时请再补排一次。", "success")
    return redirect(url_for("desk.timetable", event_id=event_id), 303)
