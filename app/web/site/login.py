"""In and out: who a session belongs to, how long it lasts, and where a person goes after signing in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask import session as browser_session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from app.domain import clock
from app.extensions import db, limiter, writing
from app.models.people import User
from app.services import signing_in
from app.web.doors import MOST_FIELDS, actor_or_none, home_of
from app.web.forms.accounts import SignInForm
from app.web.site.blueprint import site

IDLE = 30 * 60
ABSOLUTE = 12 * 3600
TOUCH = 60

Page = str | Response | tuple[str, int]


@dataclass(frozen=True)
class CurrentUser(UserMixin):
    """The person of this session, as a value."""

    user_id: int
    name: str
    epoch: int

    def get_id(self) -> str:
        """What the session keeps: the person and the epoch it was opened in."""
        return f"{self.user_id}.{self.epoch}"


def install(manager: LoginManager) -> None:
    """Tell flask-login how to find the person of a session."""
    manager.user_loader(_load)


def _load(kept: str) -> CurrentUser | None:
    user_id, _, epoch = kept.partition(".")
    if not (user_id.isdecimal() and epoch.isdecimal()) or not _in_time(clock.now()):
        return None
    user = db.session.get(User, int(user_id))
    if user is None or not user.is_active or user.session_epoch != int(epoch):
        return None
    return CurrentUser(user.id, user.name, user.session_epoch)


def _in_time(now: datetime) -> bool:
    """Whether the session is neither idle nor old; marks it as seen."""
    stamp = int(now.timestamp())
    opened, seen = browser_session.get("opened"), browser_session.get("seen")
    if not isinstance(opened, int) or not isinstance(seen, int):
        return False
    if stamp - opened > ABSOLUTE or stamp - seen > IDLE:
        return False
    if stamp - seen > TOUCH:
        browser_session["seen"] = stamp
    return True


def open_session(signed_in: signing_in.SignedIn, now: datetime) -> None:
    """Begin a new session for the person; nothing of the old one stays, its CSRF token included."""
    browser_session.clear()
    g.pop("csrf_token", None)  # Flask-WTF keeps the old session's token for the rest of the request
    browser_session["opened"] = browser_session["seen"] = int(now.timestamp())
    login_user(CurrentUser(signed_in.user_id, signed_in.name, signed_in.epoch))


@site.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("20/hour", methods=["POST"], deduct_when=lambda response: response.status_code in (422, 429))
def sign_in() -> Page:
    """Ask for address and password; let the person in or say plainly why not."""
    form = SignInForm()
    if form.validate_on_submit():
        now = clock.now()
        attempt = signing_in.check(db.session(), form.email.data, form.password.data)
        with writing() as session:
            outcome = signing_in.settle(session, attempt, now)
        if isinstance(outcome, signing_in.SignedIn):
            open_session(outcome, now)
            return _resumed() or redirect(_after_sign_in(), 303)
        form.form_errors.append(outcome.message)
        return _sign_in_page(form, 429 if outcome.locked else 422)
    if current_user.is_authenticated and request.method == "GET":
        return redirect(_after_sign_in(), 303)
    return _sign_in_page(form, 422 if form.errors else 200)


def _sign_in_page(form: SignInForm, status: int) -> tuple[str, int]:
    path, typed = _kept()
    page = render_template(
        "site/account/sign_in.html", form=form, next=own_path(request.args.get("next", "")), path=path, typed=typed
    )
    return page, status


def _kept() -> tuple[str, list[tuple[str, str]]]:
    """Where a form should go that was handed in after the session had ended, and what it held."""
    path = own_path(request.form.get("resume_path", ""), "POST")
    names, texts = request.form.getlist("resume_name"), request.form.getlist("resume_text")
    return (path, list(zip(names, texts, strict=False))[:MOST_FIELDS]) if path else ("", [])


def _resumed() -> str:
    """A page that hands the kept form in again at the press of a button; empty when none was kept."""
    path, typed = _kept()
    return render_template("site/account/resume.html", path=path, typed=typed) if path else ""


def _after_sign_in() -> str:
    wanted = own_path(request.args.get("next", ""))
    if wanted:
        return wanted
    actor = actor_or_none()
    return home_of(actor) if actor else url_for("site.waiting")


def own_path(target: str, method: str = "GET") -> str:
    """The path, if it is a page of ours that answers this method; empty otherwise."""
    if not target.startswith("/") or not target.isprintable() or "\\" in target or " " in target:
        return ""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or parts.path.startswith("//"):
        return ""
    adapter: Any = current_app.url_map.bind("localhost")
    try:
        adapter.match(parts.path, method)
    except (HTTPException, RequestRedirect):
        return ""
    return target


@site.post("/sign-out")
def sign_out() -> Response:
    """End this person's sessions everywhere."""
    if current_user.is_authenticated:
        with writing() as session:
            signing_in.end_sessions(session, current_user.user_id)
    logout_user()
    browser_session.clear()
    flash("您已退出登录。", "success")
    return redirect(url_for("site.home"), 303)


@site.get("/waiting")
def waiting() -> Page:
    """What somebody sees who has an account but no approved organisation yet."""
    if not current_user.is_authenticated:
        return redirect(url_for("site.sign_in"))
    actor = actor_or_none()
    if actor is not None:
        return redirect(home_of(actor))
    return render_template("site/account/waiting.html", name=current_user.name)
