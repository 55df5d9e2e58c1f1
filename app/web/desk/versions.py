"""The versions of a session's timetable at the desk: the list, two of them side by side, publishing, giving up, going back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import IllegalMove, Invalid, Missing, Stale
from app.domain.permissions import Permission, require
from app.domain.placements import Placement
from app.extensions import db, writing
from app.models.event import Event
from app.models.timetable_version import TimetableVersion, proof_of
from app.queries import events as reading
from app.queries import timetable_versions as queries
from app.queries.paging import whole_number
from app.services import drafting, editions, retelling, timetabling
from app.web.desk.blueprint import desk
from app.web.doors import current_actor

Answer = str | Response | tuple[str, int]
FIGURES = (("scheduled", "洽谈", "场"), ("score", "匹配总分", ""), ("bound", "总分上界", ""),
           ("participants_without_meeting", "没有洽谈的参会人", "位"), ("breaks", "空档", "次"),
           ("waiting_slots", "等待", "个时段"), ("expert_table_moves", "专家换桌", "次"),
           ("seconds", "计算用时", "秒"))  # fmt: skip
"""The figures that are compared: key, label, unit."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison."""

    name: str
    detail: str
    places: tuple[Placement, ...]
    figures: dict[str, object]
    proof: str


def _event(event_id: int) -> Event:
    """The event, for somebody who may plan it."""
    actor = current_actor()
    event = reading.event(db.session(), actor, event_id)
    require(actor, Permission.EVENT_PLAN, event.owner)
    return event


def _late(event: Event) -> str:
    """Why nothing can be published any more; empty while it can."""
    try:
        timetabling.refuse_if_closed(event, clock.now(), during=True)
    except IllegalMove as error:
        return error.message
    return ""


@desk.get("/events/<int(max=2147483647):event_id>/timetable/versions")
def timetable_versions(event_id: int) -> str:
    """Every version with its figures, the newest first."""
    event, session = _event(event_id), db.session()
    return render_template(
        "desk/timetable_versions.html",
        event=event,
        versions=queries.listed(session, event.id),
        current=queries.current(session, event.id),
        draft=queries.working(session, event.id),
        closed=_late(event),
    )


@desk.get("/events/<int(max=2147483647):event_id>/timetable/compare")
def timetable_compare(event_id: int) -> Answer:
    """Two versions side by side; without numbers what is published and the draft, with the button that publishes."""
    return _comparison(event_id, 200)


def _comparison(event_id: int, status: int, refused: Invalid | None = None) -> tuple[str, int]:
    event, session = _event(event_id), db.session()
    old, new = (whole_number(request.args.get(name, "")) for name in ("old", "new"))
    draft = queries.working(session, event.id)
    if new is None and draft is None:
        raise Missing("没有可以比较的草稿：先编排或调整时间表，或在“全部版本”里选择两稿。")
    before = _standing(event) if old is None else _side(queries.numbered(session, event.id, old))
    row = draft if new is None else queries.numbered(session, event.id, new)
    assert row is not None
    after = _side(row)
    publishing = draft is not None and row.number == draft.number and old is None
    task = timetabling.read(session, event, version=row, loose=True) if publishing else None
    difference = queries.compare(session, current_actor(), event, before.places, after.places)
    page = render_template(
        "desk/timetable_compare.html",
        event=event,
        before=before,
        after=after,
        figures=[one for one in FIGURES if one[0] in before.figures or one[0] in after.figures],
        difference=difference,
        draft=draft if publishing else None,
        versions=queries.listed(session, event.id),
        old=old,
        new=row.number,
        closed=_late(event),
        obstacles=editions.obstacles(session, event, task, clock.now()) if task else [],
        excluded=len(task.excluded) if task else 0,
        seen=editions.digest(session, event, task) if task else "",
        told=retelling.reached(session, event, difference.organisations),
        refused=refused.complaints if refused else (),
        next_edition=event.edition + 1,
    )
    return page, status


def _standing(event: Event) -> Side:
    places = queries.standing(db.session(), event.id)
    kept = event.timetable
    figures = {**kept.get("figures", {}), **{key: kept[key] for key in ("bound", "status") if key in kept}}
    name = f"现行（第 {event.edition} 版）" if event.edition else "现行（还没有发布过）"
    return Side(name, "来宾现在看到的", places, figures | {"scheduled": len(places)}, proof_of(figures))


def _side(row: TimetableVersion) -> Side:
    return Side(
        row.name, row.note or row.origin_label, row.places, {"scheduled": len(row.placements)} | row.figures, row.proof
    )


@desk.post("/events/<int(max=2147483647):event_id>/timetable/publish")
def timetable_publish(event_id: int) -> Answer:
    """Publish the draft that was looked at; a broken rule is named and nothing is written."""
    actor, now = current_actor(), clock.now()
    number = whole_number(request.form.get("number", "")) or 0
    try:
        with writing() as session:
            event = reading.locked(session, actor, event_id)
            done = editions.publish(session, event, number, request.form.get("seen", ""), actor, now)
    except Stale as error:
        flash(error.message, "error")
        return redirect(url_for("desk.timetable_versions", event_id=event_id), 303)
    except Invalid as error:
        return _comparison(event_id, 422, error)
    told = f"{done.told} 家受影响的来宾会收到通知。" if done.told else "没有来宾需要通知。"
    flash(f"第 {done.edition} 版已发布。{told}", "success")
    return redirect(url_for("desk.timetable", event_id=event_id), 303)


@desk.post("/events/<int(max=2147483647):event_id>/timetable/discard")
def timetable_discard(event_id: int) -> Response:
    """Give up what was drafted since the last publication."""
    actor = current_actor()
    with writing() as session:
        event = reading.locked(session, actor, event_id)
        gone = drafting.discard(session, event, actor, clock.now())
    flash(f"已放弃 {gone} 稿；现行时间表不变，放弃的稿仍在“全部版本”里。", "success")
    return redirect(url_for("desk.timetable", event_id=event_id), 303)


@desk.post("/events/<int(max=2147483647):event_id>/timetable/versions/<int(max=2147483647):number>/restore")
def timetable_restore(event_id: int, number: int) -> Response:
    """Take an earlier version up again as the draft, and compare it with what is published."""
    actor = current_actor()
    with writing() as session:
        event = reading.locked(session, actor, event_id)
        row = drafting.restore(session, event, number, actor, clock.now())
        words = f"{row.note}，已成为新的草稿。核对下面的比较后再发布。"
    flash(words, "success")
    return redirect(url_for("desk.timetable_compare", event_id=event_id), 303)
