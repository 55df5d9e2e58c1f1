"""The signed link by which a firm confirms a need that somebody entered for it. Looking never writes."""

from __future__ import annotations

from hmac import compare_digest

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import Actor, Role
from app.domain.entries import clean
from app.domain.errors import Invalid, Missing
from app.extensions import csrf, db, links, writing
from app.models.need import Need
from app.queries import needs as reading
from app.services import needs as service
from app.web.site.blueprint import site

DEAD = "链接无效或已失效。请使用最近一封邮件中的完整链接，或联系许昌科技大市场。"


@site.get("/confirm/<token>")
def confirm(token: str) -> tuple[str, int]:
    """The need and two buttons."""
    return _page(_need(db.session(), token), 200)


@site.post("/confirm/<token>")
@csrf.exempt  # the signed link is what gives the right; there may be no cookie at all
def confirm_answer(token: str) -> tuple[str, int] | Response:
    """Keep the firm's answer; it may be changed as long as the link lives."""
    agrees, note = request.form.get("answer") == "agree", clean(request.form.get("note", ""))
    try:
        with writing() as session:
            need = _need(session, token)
            if service.open_for_answer(need):
                actor = Actor(Role.GUEST, need.contact_name or "企业联系人",
                              organisation_name=need.organisation.name, need_id=need.id)  # fmt: skip
                service.confirm(session, need, agrees, note, actor, clock.now())
    except Invalid as error:
        return _page(_need(db.session(), token), 422, note, error.message)
    return redirect(url_for("site.confirm", token=token), 303)


def _need(session: Session, token: str) -> Need:
    """The need that the link names; Missing when it was tampered with or replaced by a newer one."""
    match links().read("confirm", token):
        case [int(need_id), str(nonce)] if 0 < need_id < 2**31:
            need = reading.one(session, reading.visible_to(Actor(Role.GUEST, "", need_id=need_id)), need_id)
            if need.confirm_nonce and compare_digest(need.confirm_nonce.encode(), nonce.encode()):
                return need
    raise Missing(DEAD)


def _page(need: Need, status: int, note: str = "", complaint: str = "") -> tuple[str, int]:
    seen = reading.shown(need, known=True)
    return render_template(
        "site/confirm.html",
        seen=seen,
        provenance=service.provenance_of(need),
        answer=service.answer_of(need),
        open=service.open_for_answer(need),
        note=note or need.confirm_note,
        complaint=complaint,
    ), status
