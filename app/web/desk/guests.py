"""One guest at the desk: the letter before it leaves, its wording, the answer given by phone, and the moves."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import Full, IllegalMove, Invalid, Missing
from app.domain.machine import Move
from app.domain.permissions import Permission, allows, require
from app.domain.replies import why_closed, why_no_roll
from app.extensions import db, links, writing
from app.letters import invitations as wording
from app.letters.invitations import Wording
from app.letters.writing import Letter
from app.models.invitation import Invitation
from app.queries import histories, letters, waiting
from app.queries import invitations as queries
from app.services import answering, conduct, guests
from app.services import invitations as service
from app.services.steps import Step
from app.web.desk.blueprint import desk
from app.web.display import open_moves
from app.web.doors import current_actor
from app.web.forms.invitations import AcceptForm, DeclineForm, WordingForm

Answer = str | tuple[str, int] | Response
BUTTONS = ("send", "offer", "remove", "attend", "miss", "renew", "void")
"""The moves that need nothing but a click, or a reason; answers have their own forms."""
ROLL = ("attend", "miss")

NO_LINK = "/rsvp/……（来宾的专属链接）"
MOVED = {
    "send": "邀请已进入发信队列，马上发出。",
    "offer": "座位已保留，写给来宾的信马上发出；逾期未确认会让给下一位。",
    "remove": "已移出候补；空出的座位让给下一位。",
    "void": "邀请已作废，座位和洽谈桌已释放；来宾已应邀或待回复的，会收到撤回通知。",
    "renew": "已恢复为待发出的邀请，原来的链接不再有效。",
    "attend": "已登记到会。",
    "miss": "已登记缺席。",
}


@desk.get("/invitations/<int(max=2147483647):invitation_id>")
def invitations_show(invitation_id: int) -> Answer:
    """One invitation: the letter, the answer, the letters so far, the history, and what can be done."""
    invitation = _seen(invitation_id)
    given = {
        "attendees": invitation.attendees,
        "party_size": invitation.party_size or invitation.wanted_seats or 1,
    }
    times = {"arrives_at": invitation.arrives_at or "", "leaves_at": invitation.leaves_at or ""}
    return _page(invitation, AcceptForm(data=given | times), DeclineForm(), 200)


@desk.get("/invitations/<int(max=2147483647):invitation_id>/letter")
def invitations_letter(invitation_id: int) -> Response:
    """The letter's HTML as the guest will see it."""
    invitation = _seen(invitation_id)
    if invitation.event.starts_at is None:
        raise Missing
    return Response(_letter(invitation).html, mimetype="text/html")


@desk.route("/invitations/<int(max=2147483647):invitation_id>/edit", methods=["GET", "POST"])
def invitations_edit(invitation_id: int) -> Answer:
    """Edit the wording and the recipient of a draft."""
    actor, invitation = current_actor(), _seen(invitation_id)
    require(actor, Permission.INVITATION_SEND, invitation.owner)
    stands = Wording(invitation.subject, invitation.body, invitation.contact_name, invitation.contact_email)
    form = WordingForm(data=WordingForm.values(stands))
    if not form.is_submitted():
        return render_template("desk/invitation_edit.html", invitation=invitation, form=form, words=wording.WORDS)
    try:
        with writing() as session:
            service.edit(session, session.get_one(Invitation, invitation_id), form.draft(), actor, clock.now())
    except Invalid as error:
        form.complain(error)
        invitation = _seen(invitation_id)
        return render_template("desk/invitation_edit.html", invitation=invitation, form=form, words=wording.WORDS), 422
    flash("邀请已修改，请预览后发出。", "success")
    return redirect(url_for("desk.invitations_show", invitation_id=invitation_id), 303)


@desk.post("/invitations/<int(max=2147483647):invitation_id>/move")
def invitations_move(invitation_id: int) -> Answer:
    """Send, withdraw, renew, or note who came."""
    _seen(invitation_id)
    move = request.form.get("move", "")
    try:
        if move not in BUTTONS:
            raise IllegalMove("没有这项操作，请刷新页面后重试。")
        with writing() as session:
            step = Step(session.get_one(Invitation, invitation_id), move, reason=request.form.get("reason", "")[:500])
            conduct.carry_out(session, step, current_actor(), clock.now())
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash(MOVED[move], "success")
    return redirect(url_for("desk.invitations_show", invitation_id=invitation_id), 303)


@desk.post("/invitations/<int(max=2147483647):invitation_id>/answer")
def invitations_answer(invitation_id: int) -> Answer:
    """Write down an answer given by phone, with who said it."""
    _seen(invitation_id)
    accept, decline = AcceptForm(), DeclineForm()
    declines = request.form.get("answer") == "decline"
    try:
        with writing() as session:
            invitation = session.get_one(Invitation, invitation_id)
            if declines:
                done = answering.decline(session, invitation, decline.draft(), current_actor(), clock.now())
            else:
                done = answering.accept(session, invitation, accept.draft(), current_actor(), clock.now())
    except Invalid as error:
        (decline if declines else accept).complain(error)
        return _page(_seen(invitation_id), accept, decline, 422)
    except Full as error:
        accept.complain(Invalid(error.message))
        return _page(_seen(invitation_id), accept, decline, 409)
    flash(f"答复已记录：{done.words}", done.tone)
    return redirect(url_for("desk.invitations_show", invitation_id=invitation_id), 303)


def _seen(invitation_id: int) -> Invitation:
    invitation = queries.one(db.session(), current_actor(), invitation_id)
    if invitation is None:
        raise Missing
    return invitation


def _letter(invitation: Invitation) -> Letter:
    """The letter as it would leave now, with a sign in the place of the guest's own link."""
    facts = replace(guests.facts(db.session(), invitation, links()), link=links().page(NO_LINK))
    return wording.invitation(facts, invitation.subject, invitation.body, "preview", clock.now())


def _moves(invitation: Invitation) -> list[Move]:
    early = why_no_roll(invitation.event.starts_at, clock.now())
    offered = open_moves(invitation, current_actor())
    return [move for move in offered if move.name in BUTTONS and not (early and move.name in ROLL)]


def _page(invitation: Invitation, accept: AcceptForm, decline: DeclineForm, status: int) -> tuple[str, int]:
    actor, session, event = current_actor(), db.session(), invitation.event
    may_record = allows(actor, Permission.INVITATION_RECORD, invitation.owner)
    shown = render_template(
        "desk/invitation.html",
        invitation=invitation,
        facts=guests.facts(session, invitation, links()) if event.starts_at else None,
        letter=_letter(invitation) if event.starts_at else None,
        moves=_moves(invitation),
        may_edit=allows(actor, Permission.INVITATION_SEND, invitation.owner) and invitation.state == "draft",
        may_record=may_record and not why_closed(invitation.state, event.state, event.starts_at, clock.now()),
        accept=accept,
        decline=decline,
        declining=bool(decline.errors),
        standing=waiting.standing(session, invitation),
        letters=letters.of_invitation(session, invitation.id) if allows(actor, Permission.LETTER_READ) else [],
        link=links().rsvp(invitation) if may_record and invitation.sent_at else "",
        entries=histories.of(session, "invitation", invitation.id),
    )
    return shown, status
