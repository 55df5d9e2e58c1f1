"""Personal calendars: the address to subscribe to, renewed and ended by its owner, and the calendar itself."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from flask import session as browser_session
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.domain import clock
from app.domain.actor import Actor
from app.domain.errors import Missing, NotAllowed
from app.extensions import db, limiter, links, writing
from app.letters import feeds as letters
from app.queries import feeds as queries
from app.services import feeds as service
from app.web.doors import as_actor, current_actor
from app.web.site.blueprint import site

CALENDAR = "text/calendar; charset=utf-8"
FRESH = "fresh_feed"


def _member() -> Actor:
    if not current_user.is_authenticated:
        raise NotAllowed("请先登录。")
    actor = current_actor()
    if actor.membership_id is None:
        raise NotAllowed("请先选择所代表的单位。")
    return actor


@site.get("/account/calendar")
def feed() -> str | Answer:
    """Say what the calendar holds, and show a new address this one time."""
    if not current_user.is_authenticated:
        return redirect(url_for("site.sign_in", next=url_for("site.feed")))
    actor = _member()
    row = queries.of_membership(db.session(), actor.membership_id or 0)
    token = browser_session.pop(FRESH, None)
    return render_template(
        "site/account/feed.html",
        row=row,
        address=links().page(url_for("site.feed_calendar", token=token)) if token and row else "",
        organisation=actor.organisation_name,
    )


@site.post("/account/calendar")
@limiter.limit("20/hour")
def feed_renew() -> Answer:
    """Give the calendar a new address; the old one is dead at once."""
    actor = _member()
    with writing() as session:
        token = service.renew(session, actor, clock.now())
    browser_session[FRESH] = token  # shown once: it is kept as a hash
    flash("新的订阅地址已生成，只显示这一次，请现在复制。", "success")
    return redirect(url_for("site.feed"), 303)


@site.post("/account/calendar/end")
def feed_end() -> Answer:
    """End the address."""
    actor = _member()
    with writing() as session:
        service.end(session, actor, clock.now())
    flash("订阅地址已停用，原来的地址不再有效。", "success")
    return redirect(url_for("site.feed"), 303)


@site.get("/calendar/<token>.ics")
@limiter.limit("60/minute", deduct_when=lambda response: response.status_code == 404)  # only guesses count
def feed_calendar(token: str) -> Response:
    """The calendar, for a program that has its address."""
    session = db.session()
    found = queries.member(session, service.token_hash(token))
    if found is None:
        raise Missing(service.DEAD)
    actor = as_actor(found, found.user.name)
    text = letters.calendar(
        f"许昌科技大市场：{actor.organisation_name}", service.entries(session, actor, clock.now(), links())
    )
    answer = Response(text, content_type=CALENDAR)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
