"""Turns the programme's refusals and HTTP's into a page in plain Chinese, once for the whole program."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from app.domain import clock
from app.domain.errors import Full, IllegalMove, Invalid, Missing, NotAllowed, Refusal, Stale
from app.extensions import db, writing
from app.services import history
from app.web import tracing
from app.web.doors import actor_or_none, typed_in

log = logging.getLogger(__name__)

STATUS: dict[type[Refusal], int] = {
    NotAllowed: 403,
    Missing: 404,
    IllegalMove: 409,
    Stale: 409,
    Full: 409,
    Invalid: 422,
}
RETRY_AFTER = 10  # seconds
FULL = ("disk is full", "No space left", "could not extend file", "disk I/O error")
PAGES = {400, 403, 404, 405, 409, 413, 422, 429, 500, 503}


def page(status: int, message: str = "", reference: str = "") -> tuple[str, int]:
    """The error page of this status; 4xx and 5xx without a page of their own get the nearest."""
    shown = status if status in PAGES else (500 if status >= 500 else 400)
    return render_template(f"errors/{shown}.html", message=message, reference=reference), status


def _refused(error: Refusal) -> tuple[str, int]:
    if isinstance(error, NotAllowed):
        _record_denial(error)
    return page(STATUS[type(error)], error.message)


def _record_denial(error: NotAllowed) -> None:
    actor = actor_or_none()
    if actor is None:
        return
    with writing() as session:
        history.record(
            session,
            "page",
            None,
            "denied",
            actor,
            clock.now(),
            label="拒绝访问",
            reason=error.message,
            details={"path": request.path[:200], "method": request.method},
        )


def _http(error: HTTPException) -> tuple[str, int]:
    return page(error.code or 500)


def _csrf(error: CSRFError) -> tuple[str, int]:
    return page(400, "页面已过期，请返回上一页刷新后重新提交；您填写的内容还在上一页里。")


def _database_away(error: SQLAlchemyError) -> Response:
    """The page that offers to send a form again: nothing of it was written, nothing of it is lost."""
    db.session.rollback()
    log.error("the database did not answer", exc_info=error)
    words = str(getattr(error, "orig", error))
    full = any(word in words for word in FULL)
    typed = typed_in() if request.method == "POST" else []
    token = request.form.get("csrf_token", "") if typed else ""
    template = current_app.jinja_env.get_template("errors/503.html")
    shown = template.render(  # past the context processors: they would ask the database who is signed in
        message="存储空间不足，暂时不能保存。请联系系统管理员。" if full else "",
        reference=tracing.request_id(),
        path=request.full_path.rstrip("?"),
        typed=typed,
        token=token,
        files=bool(request.files),
    )
    return Response(shown, 503, {"Retry-After": str(RETRY_AFTER)})


def _driver(error: DBAPIError) -> Response | tuple[str, int]:
    """A connection that broke in the middle is the database being away, whatever the driver calls it."""
    return _database_away(error) if error.connection_invalidated else _unexpected(error)


def _unexpected(error: Exception) -> tuple[str, int]:
    db.session.rollback()
    place = request.url_rule.rule if request.url_rule else "-"
    log.error("unexpected error on %s", place, exc_info=error)
    return page(500, reference=tracing.request_id())


def install(app: Flask) -> None:
    """Register one handler per kind of trouble."""
    for kind in STATUS:
        app.register_error_handler(kind, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    for away in (OperationalError, NoConnection, PendingRollbackError):
        app.register_error_handler(away, _database_away)
    if not app.config["PROPAGATE_EXCEPTIONS"]:
        app.register_error_handler(DBAPIError, _driver)
        app.register_error_handler(Exception, _unexpected)
