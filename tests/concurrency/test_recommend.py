"""Two workers that compute at once, and a desk that decides meanwhile: one row per pair, and the decision stays."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy.orm import Session

from app.extensions import writing
from app.jobs import recommend
from app.models.pairing import Pairing
from app.services import following, recommending
from app.services.conduct import carry_out
from app.services.steps import Step
from tests.cast import NOW, Cast
from tests.offers import everything, offer


def test_two_workers_make_each_pairing_once(app: Flask, session: Session, cast: Cast) -> None:
    offer(session, cast)
    session.commit()
    barrier = threading.Barrier(2)

    def work() -> dict[str, int]:
        with app.app_context():
            barrier.wait(60)
            return recommend.refresh(NOW)

    with ThreadPoolExecutor(2) as pool:
        counts = [one.result(120) for one in [pool.submit(work) for _ in range(2)]]
    found = everything(session)
    assert sorted(one["added"] for one in counts) == [0, len(found)]
    assert sorted(one["unchanged"] for one in counts) == [0, len(found)]


def test_a_decision_made_while_the_matcher_computes_stays(session: Session, cast: Cast) -> None:
    made = offer(session, cast)
    session.commit()
    recommend.refresh(NOW)
    suggestions = recommending.compute(following.corpus(session), recommend.cache_dir())
    number = everything(session)[made.spindle, made.heat].id
    with writing() as open_session:
        best = open_session.get_one(Pairing, number)
        carry_out(open_session, Step(best, "ban", reason="专利已独家许可"), cast.desk.actor, NOW)
    with writing() as open_session:
        recommending.store(open_session, suggestions, NOW)
    kept = everything(session)[made.spindle, made.heat]
    assert (kept.state, kept.decision) == ("banned", "专利已独家许可")
