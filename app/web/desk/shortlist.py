"""The shortlist of all needs at once under caps, what the caps cost, and keeping it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
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
LEAST = [("strong", "只要“强”"), ("fair", "“较强”以上"), ("weak", "“弱”也算")]
USUAL = ("3", "5", PairingLevel.FAIR.value)


def _asked() -> tuple[str, str, str]:
    """(per need, per achievement, lowest level) as the address or the form says; what means nothing is the usual."""
    wanted = []
    for name, choices, usual in zip(("need", "achievement", "least"), (SIZES, CROWDS, LEAST), USUAL, strict=True):
        value = request.values.get(name, "")
        wanted.append(value if value in dict(choices) else usual)
    return wanted[0], wanted[1], wanted[2]


@desk.get("/pairings/shortlist")
def pairings_shortlist() -> str:
    """What would be kept under the caps, who is left out and why, and what the caps cost."""
    require(current_actor(), Permission.PAIRING_DECIDE, Owner())
    per_need, per_achievement, least = _asked()
    return render_template(
        "desk/shortlist.html",
        found=service.propose(db.session(), int(per_need), int(per_achievement), least),
        values={"need": per_need, "achievement": per_achievement, "least": least},
        selects=[("need", "每条需求", SIZES), ("achievement", "每项成果", CROWDS), ("least", "匹配程度", LEAST)],
    )


@desk.post("/pairings/shortlist")
def pairings_shortlist_keep() -> Response:
    """Keep what the list under these caps holds now."""
    actor = current_actor()
    per_need, per_achievement, least = _asked()
    with writing() as session:
        require(actor, Permission.PAIRING_DECIDE, Owner())
        found = service.propose(session, int(per_need), int(per_achievement), least)
        kept = service.keep(session, [one.id for one in found.chosen], actor, clock.now())
    flash(f"已入选 {kept} 对。" if kept else "没有可以入选的推荐。", "success" if kept else "error")
    return redirect(url_for("desk.pairings"), 303)
