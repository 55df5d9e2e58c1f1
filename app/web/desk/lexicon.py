"""Words and synonyms of the matcher: the list, an entry with what it would change, adding, rewording, enabling, retiring."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.entries import clean_line
from app.domain.errors import IllegalMove, Invalid
from app.domain.permissions import Permission, allows, require
from app.extensions import db, writing
from app.models.lexicon_entry import LexiconEntry, LexiconPreview
from app.queries import histories
from app.queries import lexicon as reading
from app.services import conduct, previewing
from app.services import lexicon as service
from app.services.steps import Step
from app.web.desk.blueprint import desk
from app.web.display import open_moves
from app.web.doors import current_actor
from app.web.forms import complaints
from app.web.forms.lexicon import TermsForm, prefilled

Answer = str | tuple[str, int] | Response
DONE = {
    "enable": "已启用。推荐会在后台按新的词典重新计算。",
    "retire": "已停用。推荐会在后台重新计算。",
    "discard": "已放弃，这个词条不会生效。",
}


@desk.get("/lexicon")
def lexicon() -> str:
    """What was added here, and a search of everything the matcher knows of words."""
    session, wanted = db.session(), reading.LexiconFilter.of(request.args)
    return render_template(
        "desk/lexicon.html",
        page=reading.listed(session, wanted),
        wanted=wanted,
        kinds=list(reading.KINDS.items()),
        shipped=[(kind, label, reading.shipped_counts()[kind]) for kind, label in reading.KINDS.items()],
        origins=reading.ORIGINS,
        states=list(reading.STATES.items()),
        may_edit=allows(current_actor(), Permission.LEXICON_EDIT),
    )


@desk.get("/lexicon/<int(max=2147483647):entry_id>")
def lexicon_show(entry_id: int) -> str:
    """One entry of the desk: its wording, the preview of what it changes, the moves, the history."""
    actor, session = current_actor(), db.session()
    entry = reading.one(session, entry_id)
    deed = service.deed_of(entry)
    preview = reading.last_preview(session, entry, deed)
    seen = service.is_previewed(session, entry)
    changes = reading.changes(session, actor, preview) if preview is not None and preview.done_at else []
    return render_template(
        "desk/lexicon_entry.html",
        entry=entry,
        deed=deed,
        preview=preview,
        waits=_waits(preview),
        outdated=preview is not None and (previewing.outdated(session, preview) or not (deed == "retire" or seen)),
        changes=changes,
        hidden=len(preview.changes) - len(changes) if preview is not None else 0,
        moves=[move for move in open_moves(entry, actor) if move.name != "enable" or seen],
        successor=reading.successor(session, entry),
        history=histories.of(session, "lexicon_entry", entry.id),
        may_edit=allows(actor, Permission.LEXICON_EDIT),
    )


def _waits(preview: LexiconPreview | None) -> bool:
    return preview is not None and preview.done_at is None and not preview.error


@desk.route("/lexicon/new", methods=["GET", "POST"])
def lexicon_new() -> Answer:
    """Write down an entry; it takes effect when somebody has seen what it changes and enables it."""
    actor = current_actor()
    require(actor, Permission.LEXICON_EDIT)
    form = TermsForm(data=prefilled(request.args))
    if form.validate_on_submit():
        try:
            with writing() as session:
                entry = service.add(session, form.draft(), actor, clock.now())
                service.ask_preview(session, entry, actor, clock.now())
                number = entry.id
        except Invalid as error:
            complaints.show(form, error)
        else:
            flash("已保存，还没有生效。后台正在计算哪些推荐会变化，看过之后再启用。", "success")
            return redirect(url_for("desk.lexicon_show", entry_id=number), 303)
    return _form(form, None)


@desk.route("/lexicon/<int(max=2147483647):entry_id>/edit", methods=["GET", "POST"])
def lexicon_edit(entry_id: int) -> Answer:
    """Reword an entry; one that is in effect stays so until its new wording is enabled."""
    actor = current_actor()
    require(actor, Permission.LEXICON_EDIT)
    entry = reading.one(db.session(), entry_id)
    form = TermsForm(data={"kind": entry.kind, "head": entry.head, "terms": "\n".join(entry.terms), "note": entry.note,
                           "version": entry.version})  # fmt: skip
    if form.validate_on_submit():
        try:
            return _reworded(form, entry_id)
        except Invalid as error:
            complaints.show(form, error)
            entry = reading.one(db.session(), entry_id)
    return _form(form, entry)


def _reworded(form: TermsForm, entry_id: int) -> Response:
    actor, now = current_actor(), clock.now()
    with writing() as session:
        entry = reading.one(session, entry_id)
        in_effect = entry.state == reading.ENABLED
        if in_effect:
            entry = service.add(session, form.draft(), actor, now, replaces=entry)
        else:
            service.edit(session, entry, form.draft(), actor, now, version=form.shown_version)
        service.ask_preview(session, entry, actor, now)
        number = entry.id
    stays = "原来的写法继续有效，启用新的写法后由它代替。" if in_effect else ""
    flash(f"已保存，还没有生效。{stays}后台正在计算哪些推荐会变化。", "success")
    return redirect(url_for("desk.lexicon_show", entry_id=number), 303)


def _form(form: TermsForm, entry: LexiconEntry | None) -> tuple[str, int]:
    replaces = entry is not None and entry.state == reading.ENABLED
    page = render_template("desk/lexicon_form.html", form=form, entry=entry, replaces=replaces)
    return page, 422 if form.errors else 200


@desk.post("/lexicon/<int(max=2147483647):entry_id>/preview")
def lexicon_preview(entry_id: int) -> Response:
    """Ask which pairings would change by what can be done to the entry now."""
    actor = current_actor()
    with writing() as session:
        service.ask_preview(session, reading.one(session, entry_id), actor, clock.now())
    flash("已登记，后台正在计算，通常几秒到一分钟。", "success")
    return redirect(url_for("desk.lexicon_show", entry_id=entry_id), 303)


@desk.post("/lexicon/<int(max=2147483647):entry_id>/move")
def lexicon_move(entry_id: int) -> Response:
    """Enable, retire or discard the entry."""
    actor, name = current_actor(), request.form.get("move", "")
    reason = clean_line(request.form.get("reason", ""))[:500]
    try:
        with writing() as session:
            entry = reading.one(session, entry_id)
            if name not in DONE:
                raise IllegalMove("没有这项操作，请刷新页面后重试。")
            conduct.carry_out(session, Step(entry, name, reason=reason), actor, clock.now())
    except Invalid as error:
        flash(f"没有完成：{error.message}", "error")
    else:
        flash(DONE[name], "success")
    return redirect(url_for("desk.lexicon_show", entry_id=entry_id), 303)
