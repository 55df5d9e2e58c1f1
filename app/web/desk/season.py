"""The season plan: how the year's docking sessions stand, a plan to look at first, its adoption, and what a change does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import Invalid, Stale
from app.domain.permissions import Owner, Permission, allows, require
from app.extensions import db, writing
from app.models.event import Event
from app.models.pairing import Pairing
from app.models.planning_aid import SeasonPreview
from app.models.timetable_version import proof_of
from app.queries import agenda, industries, timetables
from app.queries import events as reading
from app.queries import timetable_versions as versions
from app.queries.paging import whole_number
from app.services import season_advice
from app.services import season_previews as previews
from app.services.season_previews import WhatIf
from app.web.desk.blueprint import desk
from app.web.doors import current_actor

USUAL = 3
ADDED = "加办的一场"
SIZES = [(number, f"每条需求保留 {number} 个") for number in range(1, 6)] + [(0, "只用已经入选的配对")]


@dataclass(frozen=True, slots=True)
class Proposed:
    """One line of a plan to be looked at: a session, what it is to hold (as the plan keeps it), and what it holds now."""

    event: Event
    plan: dict[str, Any]
    now: int


@dataclass(frozen=True, slots=True)
class Left:
    """A pairing without a session or a slot, and why; or one that a change would move, and where to."""

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
        ahead=timetables.sessions_ahead(session, year, clock.now()),
        what_ifs=previews.WHAT_IFS,
        keep=keep,
        again=again,
        told=sum(one.asked for one in standings),
        troubles=season_advice.troubles(session, year, clock.now()),
    )


@desk.post("/season/previews")
def season_ask() -> Response:
    """Ask for a plan, or for what a change would come to; a job computes it."""
    actor, (year, keep, again) = current_actor(), _asked()
    try:
        with writing() as session:
            asked = previews.ask(session, year, keep, again, _change(), actor, clock.now(), least=_least())
            preview_id = asked.id
    except Invalid as error:
        flash(error.message, "error")
        return redirect(url_for("desk.season", year=year), 303)
    return redirect(url_for("desk.season_preview", preview_id=preview_id), 303)


def _least() -> int:
    return whole_number(request.form.get("least", "")) or 0


def _change() -> WhatIf | None:
    kind = request.form.get("what", "")
    if kind not in previews.WHAT_IFS:
        return None
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        day = None
    tables, capacity = (whole_number(request.form.get(name, "")) for name in ("tables", "capacity"))
    return WhatIf(kind, whole_number(request.form.get("event", "")) or 0, day, tables, capacity)


@desk.get("/season/previews/<int(max=2147483647):preview_id>")
def season_preview(preview_id: int) -> str:
    """A plan to look at, or that it is still being computed; nothing is written."""
    require(current_actor(), Permission.EVENT_PLAN, Owner())
    session = db.session()
    preview = previews.one(session, preview_id)
    standings = {one.event.id: one for one in timetables.standings(session, preview.year)}
    if preview.what_if:
        return _what_if(preview, standings)
    content = preview.content
    lines = [Proposed(standings[plan["event"]].event, plan, standings[plan["event"]].meetings)
             for plan in content.get("sessions", ()) if plan["event"] in standings]  # fmt: skip
    reasons = {int(one): reason for one, reason in content.get("left_out", {}).items()}
    for line in lines:
        reasons |= {int(one): reason for one, reason in line.plan["excluded"].items()}
        reasons |= {int(meeting[1:]): reason for meeting, reason in line.plan["unplaced"]}
    return render_template(
        "desk/season_preview.html",
        preview=preview,
        waits=preview.done_at is None and not preview.error,
        content=content,
        lines=lines,
        left=_left(session, reasons),
        proof=proof_of({"score": content.get("worth"), "bound": content.get("bound")}),
        clashes=sum(line.plan["clashes"] for line in lines),
        differs=bool(content.get("keep")) or any(not line.plan["stands"] for line in lines),
        drafts=versions.drafts(session, [line.event.id for line in lines if not line.plan["stands"]]),
        not_held=_titles(content, standings),
    )


def _titles(content: Mapping[str, Any], standings: Mapping[int, timetables.Standing]) -> list[str]:
    """The sessions that the plan would not hold."""
    return [standings[one].event.title if one in standings else ADDED for one in content.get("not_held", ())]


def _what_if(preview: SeasonPreview, standings: Mapping[int, timetables.Standing]) -> str:
    session, content = db.session(), preview.content
    known = standings.get(preview.what_if["event"])
    places = {one.event.id: one.event.title for one in standings.values()} | {None: ADDED}
    moved = {one: f"改到{places.get(where, '别的场次')}" for one, where in content.get("moved", ())}
    gained = {one: places.get(where, "别的场次") for one, where in content.get("gained", ())}
    lost = dict(content.get("lost", ()))
    return render_template(
        "desk/season_what_if.html",
        preview=preview,
        waits=preview.done_at is None and not preview.error,
        content=content,
        event=known.event if known else None,
        label=previews.WHAT_IFS[preview.what_if["kind"]],
        moved=_left(session, moved),
        lost=_left(session, lost),
        won=_left(session, gained),
        not_held=_titles(content, standings),
        advice=_advice(session, content, standings),
    )


def _advice(
    session: Session, content: Mapping[str, Any], standings: Mapping[int, timetables.Standing]
) -> list[tuple[Event, str, str]]:
    """(session, proposed day, proposed themes) of every session that lacks one of them."""
    names = {one.id: one.name for one in industries.every(session)}
    return [
        (
            standings[one["event"]].event,
            one["day"] or "",
            "、".join(names[theme] for theme in one["themes"] if theme in names),
        )
        for one in content.get("advice", ())
        if one["event"] in standings
    ]


def _left(session: Session, reasons: Mapping[int, str]) -> list[Left]:
    rows = timetables.named(session, list(reasons))
    return [Left(rows[pairing_id], reason) for pairing_id, reason in sorted(reasons.items()) if pairing_id in rows]


@desk.post("/season")
def season_plan() -> Response:
    """Adopt the plan that was looked at; refused when anything it was made from has changed."""
    actor, now = current_actor(), clock.now()
    preview_id = whole_number(request.form.get("preview", "")) or 0
    year = _asked()[0]
    try:
        with writing() as session:
            outcome = previews.adopt(session, preview_id, actor, now)
    except (Stale, Invalid) as error:
        flash(error.message, "error")
    else:
        year = outcome.year
        flash(
            f"排期已写入：{outcome.events} 场对接会共排定 {outcome.meetings} 场洽谈，"
            f"{outcome.unplaced} 个配对未排上，冲突 {outcome.clashes} 处。",
            "success",
        )
    return redirect(url_for("desk.season", year=year), 303)
