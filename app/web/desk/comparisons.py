"""Why an achievement was not suggested for a need: pick one, and see it beside the one that stands first."""

from __future__ import annotations

from flask import current_app, render_template, request
from sqlalchemy.orm import Session

from app.domain.entries import clean_line
from app.domain.permissions import Permission, require
from app.domain.settings import Settings
from app.extensions import db
from app.models.achievement import Achievement
from app.models.need import Need
from app.queries import achievements, evidence, needs, pairings
from app.queries import recommendations as reading
from app.queries.paging import whole_number
from app.services import asking
from app.web.desk.blueprint import desk
from app.web.doors import current_actor
from app.web.related import related_to


@desk.get("/pairings/needs/<int(max=2147483647):need_id>/compare")
def pairings_compare(need_id: int) -> str:
    """Search the achievements on offer; with ?achievement= where that one stands for the need, and what puts it there."""
    actor, session = current_actor(), db.session()
    need = needs.one(session, needs.visible_to(actor), need_id)
    require(actor, Permission.PAIRING_DECIDE, need.owner)
    text = clean_line(request.args.get("q", "")[: reading.LONGEST_QUERY])
    number = whole_number(request.args.get("achievement", ""))
    if number is not None:
        return _comparison(session, need, number)
    related = related_to("achievement", text)
    found = reading.addable(session, actor, need_id, text, related)
    return render_template("desk/pairings_compare.html", need=need, text=text, found=found, related=related)


def _comparison(session: Session, need: Need, achievement_id: int) -> str:
    actor = current_actor()
    achievement = achievements.one(session, achievements.visible_to(actor), achievement_id)
    settings: Settings = current_app.extensions["settings"]
    known = asking.ready(session, settings.data_dir, gather=not settings.testing)
    offered = pairings.offered_needs(session, only=[need.id])
    found = asking.why_not(known, offered[0], achievement.id) if known and offered else None
    seen = needs.shown(need, known=True)
    shown = achievements.shown(achievement, known=achievements.is_known(session, achievement, actor))
    leader = achievements.visible_to(actor).where(Achievement.id == found.leader_id) if found else None
    return render_template(
        "desk/pairings_comparison.html",
        need=seen,
        achievement=shown,
        on_offer=bool(offered) and achievement.state == pairings.OFFERED_ACHIEVEMENT,
        found=found,
        evidence=evidence.found(found.evidence, need, achievement, seen.content, shown.content) if found else None,
        leader=session.scalar(leader) if leader is not None else None,
    )
