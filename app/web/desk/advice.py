"""What one session could hold, where it is tight, and how many reserve meetings to plan, at the desk."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import IllegalMove
from app.domain.permissions import Permission, require
from app.extensions import db, writing
from app.queries import events as reading
from app.services import advising, timetabling
from app.web.desk.blueprint import desk
from app.web.doors import current_actor


@desk.get("/events/<int(max=2147483647):event_id>/timetable/advice")
def timetable_advice(event_id: int) -> str:
    """The advice that was computed last."""
    actor, session = current_actor(), db.session()
    event = reading.event(session, actor, event_id)
    require(actor, Permission.EVENT_PLAN, event.owner)
    closed = ""
    try:
        timetabling.refuse_if_closed(event, clock.now())
    except IllegalMove as error:
        closed = error.message
    return render_template(
        "desk/timetable_advice.html",
        event=event,
        closed=closed,
        advice=advising.latest(session, event),
        habits=advising.HABITS,
    )


@desk.post("/events/<int(max=2147483647):event_id>/timetable/advice")
def timetable_advise(event_id: int) -> Response:
    """Compute it anew."""
    actor = current_actor()
    with writing() as session:
        advising.compute(session, reading.locked(session, actor, event_id), actor, clock.now())
    flash("已按最新的配对和回执重新计算。", "success")
    return redirect(url_for("desk.timetable_advice", event_id=event_id), 303)
