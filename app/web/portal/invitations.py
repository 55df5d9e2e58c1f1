"""An organisation's own invitations: the sessions it is asked to, its talks, and its answers."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import Full, Invalid, Missing
from app.domain.replies import has_said_yes, why_closed
from app.extensions import db, links, writing
from app.models.invitation import Invitation
from app.queries import histories, waiting
from app.queries import invitations as queries
from app.services import answering, guests
from app.web.doors import current_actor
from app.web.forms.invitations import AcceptForm, DeclineForm
from app.web.portal.blueprint import portal

Answer = str | tuple[str, int] | Response


@portal.get("/invitations")
def invitations() -> str:
    """All invitations of the organisation, the coming ones first and soonest first, with what is to be answered."""
    now = clock.now()
    rows = queries.of_organisation(db.session(), current_actor())  # the latest first
    coming = [row for row in reversed(rows) if row.event.starts_at and row.event.starts_at > now]
    return render_template(
        "portal/invitations.html",
        rows=[(row, _closed(row)) for row in coming],
        past=[(row, _closed(row)) for row in rows if not row.event.starts_at or row.event.starts_at <= now],
    )


@portal.get("/invitations/<int(max=2147483647):invitation_id>")
def invitations_show(invitation_id: int) -> Answer:
    """One invitation: session, talks, answer so far, and the forms to answer."""
    invitation = _own(invitation_id)
    return _page(invitation, _accept_form(invitation), DeclineForm(), 200)


@portal.post("/invitations/<int(max=2147483647):invitation_id>")
def invitations_answer(invitation_id: int) -> Answer:
    """Accept, decline, or change the answer, signed in."""
    declines = request.form.get("answer") == "decline"
    invitation = _own(invitation_id)
    accept, decline = _accept_form(invitation) if declines else AcceptForm(), DeclineForm()
    try:
        with writing() as session:
            invitation = session.get_one(Invitation, invitation_id)
            if declines:
                done = answering.decline(session, invitation, decline.draft(), current_actor(), clock.now())
            else:
                done = answering.accept(session, invitation, accept.draft(), current_actor(), clock.now())
    except Invalid as error:
        (decline if declines else accept).complain(error)
        return _page(_own(invitation_id), accept, decline, 422)
    except Full as error:
        accept.complain(Invalid(error.message))
        return _page(_own(invitation_id), accept, decline, 409)
    flash(f"答复已保存：{done.words}", done.tone)
    return redirect(url_for("portal.invitations_show", invitation_id=invitation_id), 303)


def _own(invitation_id: int) -> Invitation:
    invitation = queries.one(db.session(), current_actor(), invitation_id)
    if invitation is None:
        raise Missing
    return invitation


def _accept_form(invitation: Invitation) -> AcceptForm:
    """The answer so far, or a likely one; nothing of what another form handed in."""
    given = {
        "attendees": invitation.attendees or current_actor().name,
        "party_size": invitation.party_size or invitation.wanted_seats or 1,
        "arrives_at": invitation.arrives_at or "",
        "leaves_at": invitation.leaves_at or "",
    }
    return AcceptForm(formdata=None, data=given)


def _closed(invitation: Invitation) -> str:
    event = invitation.event
    return why_closed(invitation.state, event.state, event.starts_at, clock.now())


def _page(invitation: Invitation, accept: AcceptForm, decline: DeclineForm, status: int) -> tuple[str, int]:
    session, event, closed = db.session(), invitation.event, _closed(invitation)
    shown = render_template(
        "portal/invitation.html",
        invitation=invitation,
        facts=guests.facts(session, invitation, links()) if event.starts_at else None,
        closed=closed,
        accept=accept,
        decline=decline,
        declining=bool(decline.errors),
        standing="" if closed else waiting.standing(session, invitation),
        room="" if closed else waiting.room(session, invitation),
        again=has_said_yes(invitation.state),
        entries=histories.of(session, "invitation", invitation.id, with_names=False),
    )
    return shown, status
