"""The outbox in plain words: what waits, what left, what failed and why; trying again and holding back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import Actor
from app.domain.errors import Missing
from app.domain.permissions import Permission, allows, require
from app.extensions import db, writing
from app.models.letter import Letter
from app.queries import histories
from app.queries import letters as queries
from app.queries import outbox as outbox_queries
from app.queries.letters import LetterFilter
from app.services import bounces, sending
from app.services import letters as letters_service
from app.web.desk.blueprint import desk
from app.web.doors import current_actor


@desk.get("/letters")
def letters() -> str:
    """The letters, the newest first, with filters and figures."""
    require(current_actor(), Permission.LETTER_READ)
    session, given = db.session(), request.args
    wanted = LetterFilter(given.get("q", "")[:100].strip(), given.get("status", ""), given.get("kind", ""))
    page, lines = queries.listed(session, wanted, given.get("page", 1, type=int))
    return render_template(
        "desk/letters.html",
        page=page,
        lines=lines,
        wanted=wanted,
        statuses=[(status.code, status.label) for status in queries.STATUSES.values()],
        kinds=[*queries.KIND_LABELS.items(), ("other", queries.OTHER)],
        counts=queries.counts(session),
        overview=outbox_queries.overview(session, sending.rules(session), clock.now()),
        may_act=allows(current_actor(), Permission.INVITATION_SEND),
    )


@desk.get("/letters/<int(max=2147483647):letter_id>")
def letters_show(letter_id: int) -> str:
    """One letter: what it said, where it stands, the server's words."""
    actor = current_actor()
    require(actor, Permission.LETTER_READ)
    letter = _letter(letter_id)
    return render_template(
        "desk/letter.html",
        line=queries.line_of(letter),
        words=queries.words_of(letter),
        entries=histories.of(db.session(), "letter", letter_id),
        attempts=outbox_queries.attempts_of(db.session(), letter_id),
        outcomes=outbox_queries.OUTCOMES,
        failure=outbox_queries.FAILURES.get(letter.failure, outbox_queries.FAILURES[""]),
        may_act=allows(actor, Permission.INVITATION_SEND),
    )


@desk.post("/letters/<int(max=2147483647):letter_id>/retry")
def letters_retry(letter_id: int) -> Response:
    """Try a failed letter again."""
    _letter(letter_id)
    with writing() as session:
        letters_service.try_again(session, session.get_one(Letter, letter_id), current_actor(), clock.now())
    flash("已重新排队，马上发送。", "success")
    return redirect(url_for("desk.letters_show", letter_id=letter_id), 303)


@desk.post("/letters/<int(max=2147483647):letter_id>/cancel")
def letters_cancel(letter_id: int) -> Response:
    """Keep a waiting letter from leaving."""
    _letter(letter_id)
    with writing() as session:
        letters_service.cancel(session, session.get_one(Letter, letter_id), current_actor(), clock.now())
    flash("已取消，这封信不会再发出。", "success")
    return redirect(url_for("desk.letters_show", letter_id=letter_id), 303)


@desk.post("/letters/<int(max=2147483647):letter_id>/received")
def letters_received(letter_id: int) -> Response:
    """The recipient of an uncertain letter has it."""
    return _do(letter_id, letters_service.received, "已记录：对方已收到，不会再发。")


@desk.post("/letters/<int(max=2147483647):letter_id>/once-more")
def letters_once_more(letter_id: int) -> Response:
    """Send an uncertain letter again."""
    return _do(letter_id, letters_service.once_more, "已重新排队，马上再发一次。")


@desk.post("/letters/<int(max=2147483647):letter_id>/release")
def letters_release(letter_id: int) -> Response:
    """Let a letter leave that was held."""
    return _do(letter_id, letters_service.release, "已放行，马上发送。")


@desk.post("/letters/<int(max=2147483647):letter_id>/bounce")
def letters_bounce(letter_id: int) -> Response:
    """Write down that a sent letter came back."""
    _letter(letter_id)
    words = request.form.get("reason", "")[:500]
    with writing() as session:
        bounces.by_hand(session, session.get_one(Letter, letter_id), words, current_actor(), clock.now())
    flash("已登记退信。", "success")
    return redirect(url_for("desk.letters_show", letter_id=letter_id), 303)


def _do(letter_id: int, deed: Callable[[Session, Letter, Actor, datetime], None], told: str) -> Response:
    _letter(letter_id)
    with writing() as session:
        deed(session, session.get_one(Letter, letter_id), current_actor(), clock.now())
    flash(told, "success")
    return redirect(url_for("desk.letters_show", letter_id=letter_id), 303)


def _letter(letter_id: int) -> Letter:
    letter = db.session.get(Letter, letter_id)
    if letter is None:
        raise Missing
    return letter
