"""Who may enter which blueprint, and who is asking. Closed by default: a blueprint without a door admits nobody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Flask, abort, g, redirect, render_template, request, url_for
from flask import session as browser_session
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.domain.actor import DESK, Actor, Role
from app.domain.errors import NotAllowed
from app.extensions import db
from app.models.people import Membership

ANYONE = frozenset(Role)
MOST_FIELDS = 500
_DOORS: dict[str, frozenset[Role]] = {}


def admit(blueprint: Blueprint, roles: Iterable[Role]) -> None:
    """Let these roles in; ANYONE lets in people who have not signed in, too."""
    _DOORS[blueprint.name] = frozenset(roles)


def doors() -> dict[str, frozenset[Role]]:
    """Every declared door, for the architecture test."""
    return dict(_DOORS)


def actor_or_none() -> Actor | None:
    """Who is asking, or None for somebody who has not signed in or has no active membership."""
    if "actor" not in g:
        g.actor = _actor()
    found: Actor | None = g.actor
    return found


def current_actor() -> Actor:
    """Who is asking; NotAllowed when nobody is signed in."""
    actor = actor_or_none()
    if actor is None:
        raise NotAllowed("请先登录。")
    return actor


def _actor() -> Actor | None:
    if not current_user.is_authenticated:
        return None
    memberships = db.session.scalars(
        select(Membership)
        .where(Membership.user_id == current_user.user_id, Membership.state == "active")
        .options(joinedload(Membership.organisation))
        .order_by(Membership.id)
    ).all()
    if not memberships:
        return None
    chosen = browser_session.get("membership_id")
    membership = next((one for one in memberships if one.id == chosen), memberships[0])
    return as_actor(membership, current_user.name, len(memberships))


def as_actor(membership: Membership, name: str, count: int = 1) -> Actor:
    """The asker that a membership makes of a person."""
    role = Role(membership.role)
    return Actor(
        role=role,
        name=name,
        user_id=membership.user_id,
        membership_id=membership.id,
        organisation_id=membership.organisation_id,
        organisation_name=membership.organisation.name,
        county_id=membership.organisation.county_id if role is Role.COUNTY_OFFICE else None,
        memberships_count=count,
    )


def home_of(actor: Actor) -> str:
    """The page where this role's work begins."""
    return url_for("desk.home") if actor.role in DESK else url_for("portal.home")


def _guard() -> Any:
    if request.endpoint is None or request.endpoint == "static":
        return None
    allowed = _DOORS.get(request.blueprint or "")
    if allowed is None:
        abort(404)
    if allowed == ANYONE:
        return None
    actor = actor_or_none()
    if actor is None:
        return _to_login()
    if actor.role not in allowed:
        raise NotAllowed("这个页面不对您的身份开放。")
    return None


def _to_login() -> Response | tuple[str, int]:
    if current_user.is_authenticated:
        return redirect(url_for("site.waiting"))
    if request.method == "GET":
        return redirect(url_for("site.sign_in", next=request.full_path.rstrip("?")))
    typed = typed_in() if "_user_id" in browser_session else []  # somebody was signed in here before
    if typed:
        return render_template("site/account/expired.html", path=request.path, typed=typed), 401
    return redirect(url_for("site.sign_in"))


def typed_in() -> list[tuple[str, str]]:
    """What the form of this request holds, for handing it in again after signing in; no passwords, no tokens."""
    pairs = [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
    return [] if any("password" in name for name, _ in pairs) else pairs[:MOST_FIELDS]


def install(app: Flask) -> None:
    """Set the guard before every request."""
    app.before_request(_guard)
