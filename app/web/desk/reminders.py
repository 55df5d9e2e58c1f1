"""Reminders at the desk: what an event's guests get when, the switches, and the wordings with a preview."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import Invalid
from app.domain.permissions import Permission, allows, require
from app.extensions import db, links, writing
from app.letters import reminders as letters
from app.models.event import Event
from app.models.reminder import ReminderDefault
from app.queries import events, histories
from app.queries import reminders as queries
from app.services import reminders as service
from app.web.desk.blueprint import desk
from app.web.doors import current_actor
from app.web.forms import complaints
from app.web.forms.reminders import ReminderForm

Answer = str | tuple[str, int] | Response
EVENT = "/events/<int(max=2147483647):event_id>/reminders"


@desk.get("/reminders")
def reminders() -> str:
    """The programme's reminders: which go out, when, to whom."""
    actor, session = current_actor(), db.session()
    require(actor, Permission.LETTER_READ)
    words = queries.programme(session)
    return render_template(
        "desk/reminders.html",
        rows=[(service.one(code), standing) for code, standing in words.items()],
        may_edit=allows(actor, Permission.INVITATION_SEND),
    )


@desk.get(EVENT)
def reminders_event(event_id: int) -> str:
    """One event's reminders: what goes when to how many, and what was given up and why."""
    actor, session = current_actor(), db.session()
    require(actor, Permission.LETTER_READ)
    event = events.event(session, actor, event_id)
    return render_template(
        "desk/reminders_event.html",
        event=event,
        plan=service.overview(session, event, clock.now()),
        may_edit=allows(actor, Permission.INVITATION_SEND, event.owner),
    )


@desk.post("/reminders/<code>/switch")
def reminders_switch(code: str) -> Response:
    """Let a reminder go out or not, in the whole programme."""
    return _switch(None, code, url_for("desk.reminders"))


@desk.post(f"{EVENT}/<code>/switch")
def reminders_event_switch(event_id: int, code: str) -> Response:
    """Let a reminder go out or not, at one event."""
    return _switch(event_id, code, url_for("desk.reminders_event", event_id=event_id))


def _switch(event_id: int | None, code: str, back: str) -> Response:
    reminder, actor = service.one(code), current_actor()
    is_on = request.form.get("on") == "1"
    with writing() as session:
        event = events.event(session, actor, event_id) if event_id is not None else None
        service.switch(session, event, code, is_on, actor, clock.now())
    flash(f"“{reminder.label}”已{'开启' if is_on else '关闭'}。", "success")
    return redirect(back, 303)


@desk.route("/reminders/<code>", methods=["GET", "POST"])
def reminders_edit(code: str) -> Answer:
    """The programme's wording of a reminder."""
    return _edit(None, code, url_for("desk.reminders"))


@desk.route(f"{EVENT}/<code>", methods=["GET", "POST"])
def reminders_event_edit(event_id: int, code: str) -> Answer:
    """An event's own wording of a reminder."""
    return _edit(event_id, code, url_for("desk.reminders_event", event_id=event_id))


def _edit(event_id: int | None, code: str, back: str) -> Answer:
    """Show the wording, preview another without keeping it, keep it, or go back to the default."""
    actor, session, reminder = current_actor(), db.session(), service.one(code)
    event = events.event(session, actor, event_id) if event_id is not None else None
    require(actor, Permission.INVITATION_SEND, event.owner if event else None)
    if event_id is None:
        standing = queries.programme(session)[code]
    else:
        standing = queries.in_force(session, (event_id,))[event_id][code]
    form = ReminderForm(data={"subject": standing.subject, "body": standing.body})
    if not form.is_submitted():
        return _page(event, code, form, back, 200)
    subject, body = form.words()
    action = request.form.get("action", "save")
    found = letters.complaints(reminder, subject, body) if action != "reset" else ()
    if action == "preview":
        if found:
            complaints.show(form, Invalid(found))
        return _page(event, code, form, back, 422 if found else 200)
    try:
        with writing() as open_session:
            event = events.event(open_session, actor, event_id) if event_id is not None else None
            if action == "reset":
                service.reset(open_session, event, code, actor, clock.now())
            else:
                service.write(open_session, event, code, subject, body, actor, clock.now())
    except Invalid as error:
        complaints.show(form, error)
        event = events.event(db.session(), actor, event_id) if event_id is not None else None
        return _page(event, code, form, back, 422)
    flash(
        f"“{reminder.label}”的文本已{'恢复默认' if action == 'reset' else '保存'}，尚未发出的信件都按新的文本。",
        "success",
    )
    return redirect(back, 303)


def _page(event: Event | None, code: str, form: ReminderForm, back: str, status: int) -> tuple[str, int]:
    session, reminder = db.session(), service.one(code)
    subject, body = form.words()
    shown = None if status >= 400 else service.preview(session, event, code, subject, body, clock.now(), links())
    noun, subject_id = ("event", event.id) if event else ("reminder", _row_id(code))
    page = render_template(
        "desk/reminders_edit.html",
        event=event,
        reminder=reminder,
        form=form,
        back=back,
        shown=shown,
        entries=histories.of(session, noun, subject_id) if subject_id else [],
    )
    return page, status


def _row_id(code: str) -> int:
    row = db.session.query(ReminderDefault).filter_by(code=code).one_or_none()
    return row.id if row else 0
