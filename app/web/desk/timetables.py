"""One event's timetable: the grid, each guest's day, moving a meeting by hand, and the pages to print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import Actor
from app.domain.errors import IllegalMove, Invalid
from app.domain.permissions import Permission, allows
from app.extensions import db, writing
from app.models.event import Event
from app.models.timetable_version import proof_of
from app.queries import events as reading
from app.queries import timetable_pages, timetables
from app.queries import timetable_versions as versions
from app.queries.paging import whole_number
from app.queries.timetable_pages import Sheet
from app.services import drafting, incidents, seating, timetabling
from app.services.seating import Offer, Place
from app.web.desk.blueprint import desk
from app.web.doors import current_actor

Answer = str | Response | tuple[str, int]
VIEWS = [("grid", "按时段和桌号"), ("enterprises", "按企业"), ("experts", "按专家")]
DEEDS = {"put": "已调整，并锁定在新的位置。", "out": "已取出；这个配对留在本场，等待安排。",
         "lock": "已锁定，重新编排时不会移动。", "unlock": "已解锁，重新编排时可以移动。"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moving:
    """The meeting that the page is about to move: what it is, where it stands, and where it could."""

    pairing_id: int
    words: str
    here: Place | None
    here_label: str
    is_locked: bool
    offers: tuple[Offer, ...]
    tables: int
    slot: int | None
    table: int | None


@desk.get("/events/<int(max=2147483647):event_id>/timetable")
def timetable(event_id: int) -> tuple[str, int]:
    """The timetable of an event: the draft for those who plan, what is published for all others."""
    return _page(event_id, whole_number(request.args.get("pairing", "")), 200)


def _page(event_id: int, chosen: int | None, status: int, refused: Invalid | None = None) -> tuple[str, int]:
    actor, session, now = current_actor(), db.session(), clock.now()
    event = reading.event(session, actor, event_id)
    closed = _closed(event, actor)
    plans = allows(actor, Permission.EVENT_PLAN, event.owner)
    draft = versions.working(session, event.id) if plans else None
    shown = None if request.args.get("at") == "published" else draft
    task = timetabling.read(session, event, version=shown)
    if shown is None:
        sheet = timetable_pages.sheet(session, actor, event, chosen)
    else:
        sheet = timetable_pages.sheet_of_version(session, actor, event, shown, task.excluded, chosen)
    may_move = not closed and shown is draft
    published = versions.standing(session, event.id)
    page = render_template(
        "desk/timetable.html",
        event=event,
        code=reading.code(event),
        sheet=sheet,
        lines=[_linked(line, event.id, may_move) for line in sheet.lines],
        view=next((code for code, _label in VIEWS if code == request.args.get("view")), "grid"),
        views=VIEWS,
        closed=closed,
        may_move=may_move,
        may_plan=plans and not reading.is_over(event, now),
        may_repair=plans and not _over(event),
        moving=None if not may_move or chosen is None else _moving(event, sheet, chosen, refused is not None),
        refused=refused.complaints if refused else (),
        figures=shown.figures if shown else event.timetable.get("figures", {}),
        proof=shown.proof if shown else proof_of(event.timetable | event.timetable.get("figures", {})),
        told=reading.taken(session, event).told,
        clashes=[] if _over(event) or not plans else timetabling.clashes_of(task),
        draft=draft,
        shown=shown,
        current=versions.current(session, event.id),
        difference=versions.compare(session, actor, event, published, draft.places) if draft else None,
        happened=[incidents.sentence(one, task.names) for one in task.conditions],
    )
    return page, status


def _over(event: Event) -> bool:
    """Whether not even what happens on the day can be answered any more."""
    try:
        timetabling.refuse_if_closed(event, clock.now(), during=True)
    except IllegalMove:
        return True
    return False


def _closed(event: Event, actor: Actor) -> str:
    """Why the asker can't change the timetable; empty when they can."""
    if not allows(actor, Permission.EVENT_PLAN, event.owner):
        where = "这里只能查看本县（市、区）企业的洽谈" if actor.county_id else "这里只能查看"
        return f"时间表由许昌科技大市场编排，{where}。"
    try:
        timetabling.refuse_if_closed(event, clock.now())
    except IllegalMove as error:
        return error.message
    return ""


def _linked(line: timetable_pages.Line, event_id: int, may_move: bool) -> dict[str, Any]:
    """A line of the grid as the component takes it."""
    cells = [
        [{"title": one.title, "sub": one.sub, "note": one.note, "tone": one.tone,
          "url": url_for("desk.timetable", event_id=event_id, pairing=one.pairing_id, _anchor="move") if may_move else ""}
         for one in cell]
        for cell in line.cells
    ]  # fmt: skip
    return {"label": line.label or "休息", "pause": line.pause, "cells": cells}


def _moving(event: Event, sheet: Sheet, chosen: int, typed: bool) -> Moving | None:
    session = db.session()
    task = seating.read(session, event)
    rows = {pairing.id: pairing for pairing in timetables.of_event(session, event.id)}
    talk = next((one for one in sheet.talks if one.pairing_id == chosen), None)
    if chosen not in rows or chosen not in task.speakers:
        return None
    pairing, here = rows[chosen], (talk.slot, talk.table) if talk else None
    asked = _place() if typed else None
    return Moving(
        pairing_id=chosen,
        words=f"{pairing.need.organisation.name}与{pairing.achievement.organisation.name}",
        here=here,
        here_label=f"{talk.hours}，{talk.table + 1} 号桌" if talk else "没有安排时段",
        is_locked=talk.is_locked if talk else False,
        offers=tuple(seating.offers(task, chosen)),
        tables=event.tables,
        slot=asked[0] if asked else here[0] if here else None,
        table=asked[1] if asked else here[1] if here else None,
    )


def _place() -> Place | None:
    """The slot and the table of the form; both count from 1 there."""
    slot, table = whole_number(request.form.get("slot", "")), whole_number(request.form.get("table", ""))
    return None if slot is None or table is None else (slot - 1, table - 1)


def _wanted() -> Place:
    place = _place()
    if place is None:
        raise Invalid("请选择时段和桌号。")
    return place


def _seen() -> Place | None:
    slot, _dash, table = request.form.get("seen", "").partition("-")
    return (int(slot), int(table)) if slot.isascii() and slot.isdecimal() and table.isdecimal() else None


@desk.post("/events/<int(max=2147483647):event_id>/timetable/build")
def timetable_build(event_id: int) -> Response:
    """Make a draft; what is locked stays, and what guests were told unless everything may move."""
    actor, again = current_actor(), request.form.get("again") == "1"
    with writing() as session:
        event = reading.locked(session, actor, event_id)
        built = drafting.compute(session, event, actor, clock.now(), again=again)
    words = f"时间表已编好：{built.meetings} 场洽谈，{built.unplaced} 个配对未排上，冲突 {len(built.clashes)} 处。这是草稿，发布后来宾才会看到。"
    flash(words if built.changed else "时间表已是最新，没有改动。", "success")
    return redirect(url_for("desk.timetable", event_id=event_id), 303)


@desk.post("/events/<int(max=2147483647):event_id>/timetable/meetings/<int(max=2147483647):pairing_id>")
def timetable_meeting(event_id: int, pairing_id: int) -> Answer:
    """Put one meeting elsewhere, take it out, lock or unlock it; a clash is named and nothing is written."""
    actor, now, deed = current_actor(), clock.now(), request.form.get("deed", "")
    try:
        with writing() as session:
            event = reading.locked(session, actor, event_id)
            if deed == "put":
                seating.put(session, event, pairing_id, _wanted(), actor, now, seen=_seen())
            elif deed == "out":
                seating.take_out(session, event, pairing_id, actor, now)
            else:
                seating.lock(session, event, pairing_id, deed == "lock", actor, now)
    except Invalid as error:
        return _page(event_id, pairing_id, 422, error)
    flash(DEEDS.get(deed, DEEDS["unlock"]), "success")
    return redirect(url_for("desk.timetable", event_id=event_id, pairing=pairing_id, _anchor="move"), 303)


@desk.get("/events/<int(max=2147483647):event_id>/timetable/print")
def timetable_print(event_id: int) -> str:
    """The handbook's pages: one per table, one slip per guest."""
    actor, session = current_actor(), db.session()
    event = reading.event(session, actor, event_id)
    return render_template(
        "desk/timetable_print.html",
        event=event,
        sheet=timetable_pages.sheet(session, actor, event),
        made_at=clock.now(),
    )
