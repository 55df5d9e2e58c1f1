"""The same sheet accepted by several hands at once goes in once, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.vocabulary import SheetKind
from app.extensions import db, writing
from app.models.need import Need
from app.models.people import Organisation
from app.models.sheet import Upload
from app.services import intake, reference
from tests.cast import NOW, Cast
from tests.sheets.books import book_of

HANDS = 4


@pytest.mark.parametrize("same_upload", [True, False])
def test_a_sheet_goes_in_once(app: Flask, cast: Cast, same_upload: bool) -> None:
    actors = [cast.desk.actor, cast.admin.actor]
    data = book_of(SheetKind.NEEDS, 3)
    with app.app_context(), writing() as session:
        reference.load(session, NOW)
        ids = [intake.check(session, SheetKind.NEEDS, "a.xlsx", data, actor, NOW).id for actor in actors]
    assert len(set(ids)) == 2
    start = threading.Barrier(HANDS)

    def accept(hand: int) -> str:
        with app.app_context():
            start.wait()
            with writing() as session:
                upload = session.get_one(Upload, ids[0 if same_upload else hand % 2])
                return intake.accept(session, upload, actors[0], NOW).state

    with ThreadPoolExecutor(HANDS) as pool:
        assert list(pool.map(accept, range(HANDS))) == ["accepted"] * HANDS
    with app.app_context():
        titles = db.session.scalars(select(Need.title).order_by(Need.title)).all()
        assert titles == [f"机床尺寸早晚对不上（{number}）" for number in (1, 2, 3)]
        assert len(db.session.scalars(select(Organisation).where(Organisation.name.like("许昌第%"))).all()) == 3
