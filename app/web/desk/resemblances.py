"""Needs, and achievements, that may be one entered twice: beside each other, to be settled or taken back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.permissions import Owner, Permission, allows, require
from app.extensions import db, writing
from app.queries import outlooks as reading
from app.queries.paging import whole_number
from app.services import outlooks as service
from app.web.desk.blueprint import desk
from app.web.doors import current_actor

KINDS = [("need", "技术需求"), ("achievement", "科技成果")]


@desk.get("/resemblances")
def resemblances() -> str:
    """The pairs that nobody has settled yet, the most alike first."""
    actor = current_actor()
    require(actor, Permission.PAIRING_READ, Owner())
    kind = request.args.get("kind", "")
    kind = kind if kind in dict(KINDS) else ""
    number = whole_number(request.args.get("page", "")) or 1
    return render_template(
        "desk/resemblances.html",
        page=reading.resembling(db.session(), actor, kind, number),
        kind=kind,
        kinds=KINDS,
        may_settle=allows(actor, Permission.PAIRING_DECIDE, Owner()),
    )


@desk.post("/resemblances/<int(max=2147483647):resemblance_id>/settle")
def resemblances_settle(resemblance_id: int) -> Response:
    """Note that the two are two."""
    actor = current_actor()
    with writing() as session:
        service.settle(session, reading.resemblance(session, actor, resemblance_id), actor, clock.now())
    flash("已记为“不是重复”，以后不再列出这一对。", "success")
    return redirect(url_for("desk.resemblances"), 303)
