"""Forms sent several times at the same instant: one record, one letter, and everybody gets the same page."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.extensions import db
from app.models.letter import Letter
from app.models.need import Need
from app.models.people import Organisation
from tests.cast import Cast, engage, post, sign_in
from tests.paper import need_form

CLICKS = 6


def engaged(app: Flask) -> tuple[Cast, str]:
    """The cast, written, and the credit code of the owner's firm."""
    with app.app_context():
        cast = engage(db.session())
        db.session.commit()
        firm = db.session.get_one(Organisation, cast.owner.organisation_id)
        return cast, firm.credit_code or ""


def click(app: Flask, cast: Cast, form: dict[str, str]) -> list[tuple[int, str | None]]:
    """Send the form from CLICKS windows of the same person at once."""
    windows = [sign_in(app.test_client(), cast.desk) for _ in range(CLICKS)]
    together = threading.Barrier(CLICKS)

    def send(number: int) -> tuple[int, str | None]:
        together.wait(timeout=30)
        answer = post(windows[number], "/desk/needs/new", form)
        return answer.status_code, answer.location

    with ThreadPoolExecutor(CLICKS) as pool:
        return list(pool.map(send, range(CLICKS)))


def counted(app: Flask) -> tuple[int | None, int | None]:
    with app.app_context():
        session: Session = db.session()
        return session.scalar(select(func.count(Need.id))), session.scalar(select(func.count(Letter.id)))


def test_one_form_sent_six_times_at_once_makes_one_need(app: Flask) -> None:
    cast, code = engaged(app)
    answers = click(app, cast, need_form(credit_code=code, told_by="王工"))
    assert {status for status, _ in answers} == {303}
    assert len({location for _, location in answers}) == 1
    assert counted(app) == (1, 1)


def test_six_forms_at_once_make_six_needs_with_six_numbers(app: Flask) -> None:
    cast, code = engaged(app)
    windows = [sign_in(app.test_client(), cast.desk) for _ in range(CLICKS)]
    together = threading.Barrier(CLICKS)

    def send(number: int) -> int:
        together.wait(timeout=30)
        form = need_form(credit_code=code, told_by="王工", form_key=f"{number:032x}")
        return post(windows[number], "/desk/needs/new", form).status_code

    with ThreadPoolExecutor(CLICKS) as pool:
        assert list(pool.map(send, range(CLICKS))) == [303] * CLICKS
    with app.app_context():
        numbers = sorted(number or "" for number in db.session.scalars(select(Need.number)))
    assert [number[-4:] for number in numbers] == [f"{number:04d}" for number in range(1, CLICKS + 1)]
