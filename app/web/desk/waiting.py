"""The waiting list of an event at the desk: who stands where, for whom a seat is kept, and changing the order."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import IllegalMove, Invalid, Missing
from app.domain.machine import Move
from app.domain.offers import deadline
from app.domain.permissions import Permission, allows
from app.extensions import db, writing
from app.models.invitation import Invitation
from app.queries import events, invitations
from app.queries import waiting as queries
from app.queries.paging import whole_number
from app.services import waiting_list
from app.web.desk.blueprint import desk
from app.web.display import open_moves
from app.web.doors import current_actor


@desk.get("/invitations/events/<int(max=2147483647):event_id>/waiting")
def waiting(event_id: int) -> str:
    """The line in its order and the offers that stand; a county office sees its own guests at their true places."""
    actor, session = current_actor(), db.session()
    event = events.event(session, actor, event_id)
    seen = set(session.scalars(invitations.visible_to(actor).where(Invitation.event_id == event_id)))
    line = [(place, one) for place, one in enumerate(queries.line(session, event_id), 1) if one in seen]
    offered = [one for one in queries.offered(session, event_id) if one in seen]
    left = event.capacity - event.seats_taken
    until = deadline(clock.now(), event.starts_at, event.offer_hours)
    return render_template(
        "desk/waiting.html",
        event=event,
        line=line,
        offered=offered,
        wanted=sum(one.wanted_seats for _, one in line),
        left=left,
        until=until,
        moves={one.id: _moves(one, left if until else 0) for one in [*(one for _, one in line), *offered]},
        may_order=allows(actor, Permission.INVITATION_SEND),
    )


def _moves(invitation: Invitation, left: int) -> list[Move]:
    """What can be done now: an offer only when the free seats suffice."""
    fits = invitation.wanted_seats <= left
    offered = open_moves(invitation, current_actor())
    return [move for move in offered if move.name == "remove" or (move.name == "offer" and fits)]


@desk.post("/invitations/<int(max=2147483647):invitation_id>/place")
def waiting_place(invitation_id: int) -> Response:
    """Put a waiting guest at another place, with a reason."""
    actor = current_actor()
    found = invitations.one(db.session(), actor, invitation_id)
    if found is None:
        raise Missing
    event_id = found.event_id
    place = whole_number(request.form.get("place", "")) or 0
    try:
        with writing() as session:
            one = session.get_one(Invitation, invitation_id)
            waiting_list.reorder(session, one, place, request.form.get("reason", "")[:500], actor, clock.now())
            name, place = one.organisation.name, queries.place(session, one)
    except (IllegalMove, Invalid) as error:
        flash(error.message, "error")
    else:
        flash(f"{name}现在是候补第 {place} 位。", "success")
    return redirect(url_for("desk.waiting", event_id=event_id), 303)
