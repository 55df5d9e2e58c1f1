"""A sheet of answers at the desk: the sheet to fill in, the dry run, and the import."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import Invalid
from app.domain.permissions import Permission, require
from app.extensions import db, writing
from app.models.event import Event
from app.queries import events
from app.services import reply_sheets
from app.services.reply_sheets import Report
from app.sheets import writing as sheets
from app.sheets.replies import HEADER
from app.web.desk.blueprint import desk
from app.web.doors import current_actor
from app.web.forms import complaints
from app.web.forms.replies import ReplySheetForm

Answer = str | tuple[str, int] | Response
WIDTHS = (10, 30, 28, 10, 8, 30, 8, 8, 30, 18, 24)
MOST_SHOWN = 200


@desk.get("/invitations/events/<int(max=2147483647):event_id>/replies")
def replies(event_id: int) -> str:
    """The form for a sheet of answers."""
    event = _event(event_id)
    return render_template(
        "desk/replies.html", event=event, form=ReplySheetForm(formdata=None), report=None, most=MOST_SHOWN
    )


@desk.get("/invitations/events/<int(max=2147483647):event_id>/replies.xlsx")
def replies_template(event_id: int) -> Response:
    """The sheet to fill in: every guest who was asked, with the answer left empty."""
    event = _event(event_id)
    rows = reply_sheets.template_rows(db.session(), event, current_actor())
    return Response(
        sheets.to_workbook("答复", HEADER, rows, WIDTHS),
        content_type=sheets.WORKBOOK,
        headers={"Content-Disposition": f"attachment; filename=replies-{event.id}.xlsx"},
    )


@desk.post("/invitations/events/<int(max=2147483647):event_id>/replies")
def replies_take(event_id: int) -> Answer:
    """Check a sheet, or import it; a sheet with faults changes nothing."""
    event, form = _event(event_id), ReplySheetForm()
    report, imports = None, request.form.get("action") == "import"
    if form.validate():
        try:
            report = _run(event_id, form, imports=imports)
        except Invalid as error:
            complaints.show(form, error, {"": "file"})
    if report is not None and imports and not report.complaints:
        flash(f"导入完成：{_figures(report)}。", "success")
        return redirect(url_for("desk.invitations_event", event_id=event_id), 303)
    bad = report is None or (imports and bool(report.complaints))
    event = _event(event_id)
    shown = render_template(
        "desk/replies.html",
        event=event,
        form=form,
        report=report,
        figures=_figures(report) if report else "",
        refused=imports,
        most=MOST_SHOWN,
    )
    return shown, 422 if bad else 200


def _event(event_id: int) -> Event:
    require(current_actor(), Permission.INVITATION_RECORD)
    return events.event(db.session(), current_actor(), event_id)


def _run(event_id: int, form: ReplySheetForm, *, imports: bool) -> Report:
    """Do the import; keep it only when it was asked for and nothing is wrong."""
    file, given_at = form.file.data, form.moment()
    data, name = file.read(), str(file.filename or "")
    with writing() as session:
        event = session.get_one(Event, event_id)
        report = reply_sheets.take_in(session, event, data, name, given_at, current_actor(), clock.now())
        if report.complaints or not imports:
            session.rollback()  # the dry run leaves nothing behind
    return report


def _figures(report: Report) -> str:
    parts = (("accepted", "应邀"), ("waiting", "候补"), ("declined", "谢绝"), ("older", "较早、未覆盖"))
    counted = "，".join(f"{label} {report.count(result)} 家" for result, label in parts if report.count(result))
    silent = f"；{report.silent} 行没有答复，跳过" if report.silent else ""
    return (counted or "没有可以导入的答复") + silent
