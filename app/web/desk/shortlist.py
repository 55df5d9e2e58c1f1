"""The shortlist of all needs at once under caps, what the caps cost, and keeping it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.permissions import Owner, Permission, require
from app.domain.vocabulary import PairingLevel
from app.extensions import db, writing
from app.services import allotting as service
from app.web.desk.blueprint import desk
from app.web.doors import current_actor

SIZES = [(str(number), f"最多 {number} 项") for number in (1, 2, 3, 5, 8, 10)]
CROWDS = [(str(number), f"最多 {number} 条") for number in (1, 2, 3, 5, 8, 10, 20)]
PEOPLE = [(str(number), f"最多 {number} 对") for number in (3, 5, 8, 10, 15, 20)]
LEAST = [("strong", "只要“强”"), ("fair", "“较强”以上"), ("weak", "“弱”也算")]
SELECTS = [
    ("need", "每条需求", SIZES),
    ("achievement", "每项成果", CROWDS),
    ("firm", "每家企业", PEOPLE),
    ("expert", "每位专家", PEOPLE),
    ("least", "匹配程度", LEAST),
]
USUAL = {"need": "3", "achievement": "5", "firm": "10", "expert": "10", "least": PairingLevel.FAIR.value}


def _asked() -> dict[str, str]:
    """Caps and the lowest level as the address or the form says; what means nothing is the usual."""
    asked = {name: request.values.get(name, "") for name in USUAL}
    return {name: asked[name] if asked[name] in dict(choices) else USUAL[name] for name, _, choices in SELECTS}


def _proposed(session: Session, values: dict[str, str]) -> service.Shortlist:
    bounds = service.Bounds(*(int(values[name]) for name in ("need", "achievement", "firm", "expert")))
    return service.propose(session, bounds, values["least"])


@desk.get("/pairings/shortlist")
def pairings_shortlist() -> str:
    """What would be kept under the caps, who is left out and why, and what the caps cost."""
    require(current_actor(), Permission.PAIRING_DECIDE, Owner())
    values = _asked()
    return render_template("desk/shortlist.html", found=_proposed(db.session(), values), values=values, selects=SELECTS)


@desk.post("/pairings/shortlist")
def pairings_shortlist_keep() -> Response:
    """Keep what the list under these caps holds now."""
    actor = current_actor()
    values = _asked()
    with writing() as session:
        require(actor, Permission.PAIRING_DECIDE, Owner())
        found = _proposed(session, values)
        kept = service.keep(session, [one.id for one in found.chosen], actor, clock.now())
    flash(f"已入选 {kept} 对。" if kept else "没有可以入选的推荐。", "success" if kept else "error")
    return redirect(url_for("desk.pairings"), 303)
