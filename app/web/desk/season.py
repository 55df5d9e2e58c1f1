"""The season plan: how the year's docking sessions stand, a plan to look at before anything is written, and its adoption."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import Invalid, Stale
from app.domain.permissions import Owner, Permission, allows, require
from app.extensions import db, writing
from app.models.event import Event
from app.models.pairing import Pairing
from app.queries import agenda, timetables
from app.queries import events as reading
from app.queries.paging import whole_number
from app.services import planning
from app.services.planning import Proposal, SessionPlan
from app.web.desk.blueprint import desk
from app.web.doors import current_actor

Answer = str | Response | tuple[str, int]
USUAL = 3
SIZES = [(number, f"每条需求保留 {number} 个") for number in range(1, 6)] + [(0, "只用已经入选的配对")]


@dataclass(frozen=True, slots=True)
class Proposed:
    """One line of a plan to be looked at: a session, what it is to hold, and what it holds now."""

    event: Event
    plan: SessionPlan
    now: int


@dataclass(frozen=True, slots=True)
class Left:
    """A pairing without a session or a slot, and why."""

    pairing: Pairing
    reason: str


def _asked() -> tuple[int, int, bool]:
    """(year, how many to keep per need, whether everything may move) as the form or the address says."""
    year = whole_number(request.values.get("year", "")) or _year_of_sessions(db.session())
    text = request.values.get("keep_top", "")
    keep = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else USUAL
    return min(year, 2100), keep, request.values.get("again") == "1"


def _year_of_sessions(session: Session) -> int:
    present = agenda.present_year(session, clock.today(clock.now()))
    used = reading.years_with_events(session)
    return present if present in used or not used else used[0]


@desk.get("/season")
def season() -> str:
    """How the sessions stand, who waits without a place, and the form that asks for a plan."""
    actor, session = current_actor(), db.session()
    require(actor, Permission.PAIRING_READ, Owner())
    year, keep, again = _asked()
    standings = timetables.standings(session, year)
    return render_template(
        "desk/season.html",
        year=year,
        years=reading.years(session, clock.today(clock.now()).year),
        standings=standings,
        waiting=timetables.waiting(session, year),
        may_plan=allows(actor, Permission.EVENT_PLAN, Owner()),
        sizes=SIZES,
        keep=keep,
        again=again,
        told=sum(one.asked for one in standings),
    )


@desk.get("/season/preview")
def season_preview() -> Answer:
    """Work out a plan and show it; nothing is written."""
    actor = current_actor()
    session: Session = db.session()
    year, keep, again = _asked()
    try:
        proposal = planning.propose(session, year, keep, actor, clock.now(), again=again)
    except Invalid as error:
        flash(error.message, "error")
        return redirect(url_for("desk.season", year=year))
    standings = {one.event.id: one for one in timetables.standings(session, year)}
    lines = [Proposed(standings[plan.event_id].event, plan, standings[plan.event_id].meetings)
             for plan in proposal.sessions]  # fmt: skip
    return render_template(
        "desk/season_preview.html",
        proposal=proposal,
        lines=lines,
        left=_left(session, proposal),
        clashes=sum(plan.clashes for plan in proposal.sessions),
        differs=bool(proposal.keep) or any(not plan.task.stands for plan in proposal.sessions),
    )


def _left(session: Session, proposal: Proposal) -> list[Left]:
    reasons = dict(proposal.left_out)
    for plan in proposal.sessions:
        reasons |= plan.task.excluded
        reasons |= {int(one.meeting[1:]): one.reason for one in plan.timetable.unplaced}
    rows = timetables.named(session, list(reasons))
    return [Left(rows[pairing_id], reason) for pairing_id, reason in sorted(reasons.items()) if pairing_id in rows]


@desk.post("/season")
def season_plan() -> Response:
    """Adopt the plan that was looked at; it is worked out once more, and refused if it is another one now."""
    actor, now = current_actor(), clock.now()
    year, keep, again = _asked()
    try:
        proposal = planning.propose(db.session(), year, keep, actor, now, again=again)
        if proposal.mark != request.form.get("mark"):
            return _look_again(year, keep, again)
        with writing() as session:
            outcome = planning.adopt(session, proposal, actor, now)
    except Stale:
        return _look_again(year, keep, again)
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash(
            f"排期已写入：{outcome.events} 场对接会共排定 {outcome.meetings} 场洽谈，"
            f"{outcome.unplaced} 个配对未排上，冲突 {outcome.clashes} 处。",
            "success",
        )
    return redirect(url_for("desk.season", year=year), 303)


def _look_again(year: int, keep: int, again: bool) -> Response:
    flash("您查看方案之后，配对、场次或回执有了变化，方案没有写入；下面是按最新情况重新生成的方案。", "error")
    return redirect(url_for("desk.season_preview", year=year, keep_top=keep, again="1" if again else None), 303)
