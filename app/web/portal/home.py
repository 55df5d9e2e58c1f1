"""The portal's front page: what waits for this organisation, the next session, and where to begin."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for

from app.domain import clock
from app.domain.actor import Role
from app.extensions import db
from app.models.achievement import Achievement
from app.models.need import Need
from app.queries import overview
from app.web.doors import current_actor
from app.web.portal.blueprint import portal

PLACES = {
    "need": ("portal.needs_show", "need_id"),
    "achievement": ("portal.achievements_show", "achievement_id"),
    "invitation": ("portal.invitations_show", "invitation_id"),
}


@portal.get("/")
def home() -> str:
    """Today's page of an enterprise or an institute."""
    actor = current_actor()
    found = overview.of(db.session(), actor, clock.now())
    is_firm = actor.role is Role.ENTERPRISE
    machine, listed = (Need.machine, "portal.needs") if is_firm else (Achievement.machine, "portal.achievements")
    tasks = [{"title": task.title, "why": task.why, "note": task.note, "url": _place(task)} for task in found.tasks]
    figures = [
        {"label": state.label, "value": found.counts[state.code], "url": url_for(listed, state=state.code)}
        for state in machine.states
        if found.counts.get(state.code)
    ]
    return render_template(
        "portal/home.html", tasks=tasks, figures=figures, newcomer=found.total == 0, next_event=found.next_event,
        is_firm=is_firm,
    )  # fmt: skip


def _place(task: overview.Task) -> str:
    endpoint, name = PLACES[task.noun]
    values: dict[str, Any] = {name: task.id}
    return url_for(endpoint, **values)
