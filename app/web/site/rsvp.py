"""A guest's signed link: the invitation and the answer, without an account and without a cookie.

A GET never writes: mail scanners follow every link. The signed token is the right to answer, so the POST needs no
token of a browser session.
"""

from __future__ import annotations

import hmac

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import Actor, Role
from app.domain.errors import Full, Invalid, Missing
from app.domain.replies import why_closed
from app.extensions import csrf, db, limiter, links, writing
from app.letters import calendars
from app.models.invitation import Invitation
from app.queries import invitations as queries
from app.queries import waiting
from app.services import answering, guests
from app.web.forms.invitations import AcceptForm, DeclineForm
from app.web.site.blueprint import site

NO_CSRF = {"csrf": False}
DEAD = "链接无效或已失效。请使用最近一封邮件中的完整链接，或联系许昌科技大市场。"
Answer = str | tuple[str, int] | Response


@site.get("/rsvp/<token>")
def rsvp(token: str) -> Answer:
    """The invitation, the answer given so far, and the two forms."""
    invitation = _invitation(token)
    return _page(token, invitation, _accept_form(invitation), DeclineForm(meta=NO_CSRF), 200)


@site.post("/rsvp/<token>")
@csrf.exempt
@limiter.limit("60/minute", deduct_when=lambda response: response.status_code == 404)  # only guesses count
def rsvp_answer(token: str) -> Answer:
    """Accept, decline, or change the answer."""
    invitation = _invitation(token)
    actor, now = _actor(invitation), clock.now()
    declines = request.form.get("answer") == "decline"
    accept = _accept_form(invitation) if declines else AcceptForm(meta=NO_CSRF)
    decline = DeclineForm(meta=NO_CSRF)
    try:
        with writing() as session:
            again = session.get_one(Invitation, invitation.id)
            if declines:
                answering.decline(session, again, decline.draft(), actor, now)
            else:
                answering.accept(session, again, accept.draft(), actor, now)
    except Invalid as error:
        (decline if declines else accept).complain(error)
        return _page(token, _invitation(token), accept, decline, 422)
    except Full as error:
        accept.complain(Invalid(error.message))
        return _page(token, _invitation(token), accept, decline, 409)
    return redirect(url_for("site.rsvp", token=token, saved=1), 303)


@site.get("/rsvp/<token>/calendar.ics")
def rsvp_calendar(token: str) -> Response:
    """The event as a calendar file for the guest's own calendar."""
    invitation = _invitation(token)
    if invitation.event.starts_at is None or invitation.state == "void":
        raise Missing(DEAD)
    facts = guests.facts(db.session(), invitation, links())
    return Response(
        calendars.entry(facts, "PUBLISH", clock.now()),
        mimetype="text/calendar",
        headers={"Content-Disposition": "attachment; filename=invitation.ics"},
    )


def _invitation(token: str) -> Invitation:
    """The invitation the token was made for; Missing for a tampered one and for one that was replaced."""
    match links().read("rsvp", token):
        case [int(invitation_id), str(nonce)] if 0 < invitation_id < 2**31:
            guest = Actor(Role.GUEST, "", invitation_id=invitation_id)
            invitation = queries.one(db.session(), guest, invitation_id)
            if invitation is not None and hmac.compare_digest(invitation.nonce, nonce):
                return invitation
    raise Missing(DEAD)


def _actor(invitation: Invitation) -> Actor:
    name = invitation.contact_name or invitation.organisation.name
    return Actor(Role.GUEST, name[:60], organisation_name=invitation.organisation.name, invitation_id=invitation.id)


def _accept_form(invitation: Invitation) -> AcceptForm:
    given = {
        "attendees": invitation.attendees or invitation.contact_name,
        "party_size": invitation.party_size or invitation.wanted_seats or 1,
        "arrives_at": invitation.arrives_at or "",
        "leaves_at": invitation.leaves_at or "",
    }
    return AcceptForm(formdata=None, data=given, meta=NO_CSRF)


def _page(token: str, invitation: Invitation, accept: AcceptForm, decline: DeclineForm, status: int) -> tuple[str, int]:
    session, event = db.session(), invitation.event
    closed = why_closed(invitation.state, event.state, event.starts_at, clock.now())
    facts = guests.facts(session, invitation, links()) if event.starts_at else None
    shown = render_template(
        "site/rsvp.html",
        token=token,
        invitation=invitation,
        facts=facts,
        desk=guests.desk(session, "localhost"),
        closed=closed,
        accept=accept,
        decline=decline,
        declining=bool(decline.errors),
        saved=bool(request.args.get("saved")) and not closed,
        standing="" if closed else waiting.standing(session, invitation),
        room="" if closed else waiting.room(session, event),
    )
    return shown, status
