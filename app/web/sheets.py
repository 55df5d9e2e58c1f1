"""Sheets of needs and achievements, the same for the portal and the desk: uploading, dry run, importing, undoing.

Who sees which uploads and may do what is decided by the queries and the services, so one set of pages serves both.
"""

from __future__ import annotations

import io

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import Invalid, Missing
from app.domain.permissions import Permission, require
from app.domain.vocabulary import SheetKind
from app.extensions import db, writing
from app.queries import reference, sheets
from app.services import intake, intake_undo
from app.sheets.findings import CellComplaint
from app.sheets.writing import WORKBOOK, corrected_copy, template
from app.web.doors import current_actor
from app.web.forms import complaints
from app.web.forms.sheets import UploadForm

Page = str | Response | tuple[str, int]
MOST_SHOWN = 200
NUMBER = "<int(max=2147483647):upload_id>"


def add_pages(blueprint: Blueprint) -> None:
    """Give the blueprint the pages under /sheets."""
    one = f"/sheets/{NUMBER}"
    for rule, endpoint, page, method in (
        ("/sheets", "sheets", sheets_list, "GET"),
        ("/sheets", "sheets_check", sheets_check, "POST"),
        ("/sheets/template/<kind>.xlsx", "sheets_template", sheets_template, "GET"),
        (one, "sheets_upload", sheets_upload, "GET"),
        (f"{one}/marked.xlsx", "sheets_marked", sheets_marked, "GET"),
        (f"{one}/accept", "sheets_accept", sheets_accept, "POST"),
        (f"{one}/discard", "sheets_discard", sheets_discard, "POST"),
        (f"{one}/undo", "sheets_undo", sheets_undo, "POST"),
    ):
        blueprint.add_url_rule(rule, endpoint, page, methods=[method])


def sheets_list() -> Page:
    """The form to upload, the templates to fill in, and the uploads so far."""
    return _start(UploadForm(formdata=None))


def _start(form: UploadForm, status: int = 200) -> tuple[str, int]:
    actor, session = current_actor(), db.session()
    kinds = sheets.kinds_for(actor)
    form.offer(kinds)
    page = sheets.listed(session, actor, request.args.get("page", 1, type=int))
    return render_template(f"{request.blueprint}/sheets.html", form=form, kinds=kinds, page=page), status


def sheets_check() -> Page:
    """Keep the file and show what is in it; nothing is imported yet."""
    actor, form = current_actor(), UploadForm()
    require(actor, Permission.SHEET_IMPORT)
    form.offer(sheets.kinds_for(actor))
    if form.validate():
        file = form.file.data
        try:
            with writing() as session:
                upload = intake.check(session, form.chosen, file.filename, file.read(), actor, clock.now())
                upload_id = upload.id
        except Invalid as error:
            complaints.show(form, error, {"": "file"})
        else:
            return redirect(url_for(".sheets_upload", upload_id=upload_id), 303)
    return _start(form, 422)


def sheets_template(kind: str) -> Response:
    """The empty sheet to fill in."""
    if kind not in {known.value for known in SheetKind}:
        raise Missing("没有这种表格模板。")
    wanted = SheetKind(kind)
    counties = [county.name for county in reference.counties(db.session())]
    return _workbook(template(wanted, counties), f"{wanted.label}模板.xlsx")


def sheets_upload(upload_id: int) -> str:
    """The report of the dry run, and what may be done now."""
    actor = current_actor()
    upload = sheets.one(db.session(), actor, upload_id)
    return render_template(
        f"{request.blueprint}/sheets_upload.html",
        upload=upload,
        report=upload.report,
        result=sheets.result_of(upload),
        standing=sheets.standing(upload, actor),
        most=MOST_SHOWN,
    )


def sheets_marked(upload_id: int) -> Response:
    """The uploaded rows with the bad cells marked."""
    upload = sheets.one(db.session(), current_actor(), upload_id)
    found = [CellComplaint(**complaint) for complaint in upload.report["complaints"]]
    copy = corrected_copy(upload.content, upload.name, SheetKind(upload.kind), found)
    return _workbook(copy, f"{upload.name.rpartition('.')[0] or upload.name}-标红.xlsx")


def _workbook(data: bytes, name: str) -> Response:
    return send_file(io.BytesIO(data), mimetype=WORKBOOK, as_attachment=True, download_name=name)


def sheets_accept(upload_id: int) -> Response:
    """Import all rows, or those without complaints when the person chose that."""
    actor = current_actor()
    try:
        with writing() as session:
            upload = intake.accept(
                session,
                sheets.one(session, actor, upload_id),
                actor,
                clock.now(),
                publish=request.form.get("publish") == "1",
                only_good=request.form.get("only_good") == "1",
            )
            message = f"导入完成：{sheets.result_of(upload)}。"
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash(message, "success")
    return redirect(url_for(".sheets_upload", upload_id=upload_id), 303)


def sheets_discard(upload_id: int) -> Response:
    """Give the sheet up."""
    actor = current_actor()
    with writing() as session:
        intake_undo.discard(session, sheets.one(session, actor, upload_id), actor, clock.now())
    flash("已放弃这份表格，没有导入任何内容。", "success")
    return redirect(url_for(".sheets"), 303)


def sheets_undo(upload_id: int) -> Response:
    """Take the whole import back."""
    actor = current_actor()
    try:
        with writing() as session:
            intake_undo.undo(session, sheets.one(session, actor, upload_id), actor, clock.now())
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash("已撤销整批导入：新增的记录已撤回，更新过的记录已恢复原样。", "success")
    return redirect(url_for(".sheets_upload", upload_id=upload_id), 303)
