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
from app.domain.replies import has_said_yes, why_closed
from app.extensions import csrf, db, limiter, links, writing
from app.letters import calendars
from app.models.invitation import Invitation
from app.queries import guest_pages, waiting
from app.queries.guest_pages import Opened, SeenInvitation
from app.services import answering, guests
from app.web.forms import answer_forms
from app.web.forms.invitations import AcceptForm, DeclineForm
from app.web.site.blueprint import site

NO_CSRF = {"csrf": False}
DEAD = "链接无效或已失效。请使用最近一封邮件中的完整链接，或联系许昌科技大市场。"
Answer = str | tuple[str, int] | Response


@site.get("/rsvp/<token>")
def rsvp(token: str) -> Answer:
    """The invitation, the answer given so far, and the two forms."""
    return _page(token, _opened(token), None, 200)


@site.post("/rsvp/<token>")
@csrf.exempt
@limiter.limit("60/minute", deduct_when=lambda response: response.status_code == 404)  # only guesses count
def rsvp_answer(token: str) -> Answer:
    """Accept, decline, or change the answer."""
    invitation = _opened(token).invitation
    actor, now = _actor(invitation), clock.now()
    declines = request.form.get("answer") == "decline"
    accept = AcceptForm(formdata=None, data=_given(invitation), meta=NO_CSRF) if declines else AcceptForm(meta=NO_CSRF)
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
        return _page(token, _opened(token), (accept, decline), 422)
    except Full as error:
        accept.complain(Invalid(error.message))
        return _page(token, _opened(token), (accept, decline), 409)
    return redirect(url_for("site.rsvp", token=token, saved=1), 303)


@site.get("/rsvp/<token>/calendar.ics")
def rsvp_calendar(token: str) -> Response:
    """The event as a calendar file for the guest's own calendar."""
    opened = _opened(token)
    invitation = opened.invitation
    if invitation.event.starts_at is None or invitation.state == "void":
        raise Missing(DEAD)
    facts = guests.opened_facts(db.session(), opened, links(), links().page(f"/rsvp/{token}"))
    return Response(
        calendars.entry(facts, "PUBLISH", clock.now()),
        mimetype="text/calendar",
        headers={"Content-Disposition": "attachment; filename=invitation.ics"},
    )


def _opened(token: str) -> Opened:
    """The invitation the token was made for; Missing for a tampered one and for one that was replaced."""
    match links().read("rsvp", token):
        case [int(invitation_id), str(nonce)] if 0 < invitation_id < 2**31:
            found = guest_pages.opened(db.session(), invitation_id)
            if found is not None and hmac.compare_digest(found.invitation.nonce, nonce):
                return found
    raise Missing(DEAD)


def _actor(invitation: SeenInvitation) -> Actor:
    name = invitation.contact_name or invitation.organisation.name
    return Actor(Role.GUEST, name[:60], organisation_name=invitation.organisation.name, invitation_id=invitation.id)


def _given(invitation: SeenInvitation) -> dict[str, str]:
    """What the form that accepts holds at first: the answer so far, or a likely one."""
    return {
        "attendees": invitation.attendees or invitation.contact_name,
        "party_size": str(invitation.party_size or invitation.wanted_seats or 1),
        "arrives_at": invitation.arrives_at or "",
        "leaves_at": invitation.leaves_at or "",
    }


def _page(token: str, opened: Opened, forms: tuple[AcceptForm, DeclineForm] | None, status: int) -> tuple[str, int]:
    """The page; `forms` are those of an answer that was refused, None for untouched ones."""
    session, invitation = db.session(), opened.invitation
    event = invitation.event
    closed = why_closed(invitation.state, event.state, event.starts_at, clock.now())
    facts = guests.opened_facts(session, opened, links(), links().page(f"/rsvp/{token}")) if event.starts_at else None
    again = has_said_yes(invitation.state)
    action = url_for("site.rsvp_answer", token=token)
    shown = render_template(
        "site/rsvp.html",
        token=token,
        invitation=invitation,
        facts=facts,
        desk=guests.market_of(opened, links()),
        closed=closed,
        forms=answer_forms.refused(*forms, action, again)
        if forms
        else answer_forms.fresh(_given(invitation), action, again),
        saved=bool(request.args.get("saved")) and not closed,
        standing="" if closed else waiting.standing(session, invitation),
        room="" if closed else waiting.room(session, invitation),
    )
    return shown, status
