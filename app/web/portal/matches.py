"""What a firm or an institute sees of its own kept pairings: the other side and the reasons, contacts once introduced."""

from __future__ import annotations

from flask import render_template, request

from app.domain.actor import Role
from app.extensions import db
from app.queries import matches as reading
from app.queries.paging import whole_number
from app.web.doors import current_actor
from app.web.portal.blueprint import portal


@portal.get("/matches")
def matches() -> str:
    """The pairings that the desk kept for the asker's organisation."""
    actor = current_actor()
    return render_template(
        "portal/matches.html",
        page=reading.listed(db.session(), actor, whole_number(request.args.get("page", "")) or 1),
        demand=actor.role is Role.ENTERPRISE,
    )
