"""Accounts below the pages: parallel guesses, parallel sign-ups, letters, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.drafts import OrganisationDraft
from app.domain.errors import Invalid, Stale
from app.domain.profiles import EnrolDraft, JoinDraft
from app.domain.vocabulary import OrganisationKind
from app.extensions import writing
from app.models.letter import Letter
from app.models.people import Membership, Organisation, SignInGuard, User
from app.services import accounts, signing_in
from app.services.signing_in import Attempt, Refused, SignedIn
from tests.cast import NOW, PASSWORD, Cast

CODE = "91411082MA90100171"


def draft(email: str, code: str = CODE, name: str = "长葛华合机械股份有限公司") -> EnrolDraft:
    join = JoinDraft(OrganisationDraft(name=name, credit_code=code, county="长葛市"), OrganisationKind.ENTERPRISE)
    return EnrolDraft(name="华师傅", mobile="13937400001", email=email, password="三台卧加和一条线", join=join)


def test_parallel_guesses_are_all_counted(app: Flask, cast: Cast, session: Session) -> None:
    """Forty guesses at once: five are looked at, the rest are refused unseen, the right password among them."""
    outcomes: list[SignedIn | Refused] = []
    barrier = threading.Barrier(8)

    def guess() -> None:
        barrier.wait()
        for _ in range(5):
            with app.app_context(), writing() as own:
                outcomes.append(signing_in.settle(own, Attempt(cast.desk.email, cast.desk.user_id, right=False), NOW))

    session.rollback()
    with app.app_context(), writing() as own:  # the row is there: what is tested is the counting
        signing_in.settle(own, Attempt(cast.desk.email, None, right=False), NOW)
    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(isinstance(one, Refused) and one.locked for one in outcomes) == {False: 3, True: 37}
    right = Attempt(cast.desk.email, cast.desk.user_id, right=True)
    with app.app_context(), writing() as own:
        assert isinstance(signing_in.settle(own, right, NOW + timedelta(minutes=14)), Refused)
        assert isinstance(signing_in.settle(own, right, NOW + timedelta(minutes=16)), SignedIn)
        assert own.scalar(select(func.count()).select_from(SignInGuard)) == 0


def test_parallel_sign_ups_of_one_firm_make_one_firm(app: Flask, cast: Cast, session: Session) -> None:
    session.rollback()
    done: list[str] = []
    barrier = threading.Barrier(4)

    def ask(number: int) -> None:
        barrier.wait()
        try:
            with app.app_context(), writing() as own:
                accounts.enrol(own, draft(f"hua{number}@new.test"), NOW)
        except Stale:
            done.append("stale")
        else:
            done.append("done")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = session.scalars(select(Organisation).where(Organisation.credit_code == CODE)).all()
    members = session.scalar(select(func.count()).select_from(Membership).where(Membership.state == "requested"))
    assert (len(made), members) == (1, done.count("done"))
    assert done.count("done") >= 1


def test_checking_a_password_says_who_and_whether(cast: Cast, session: Session) -> None:
    right = signing_in.check(session, f" {cast.desk.email.upper()}", PASSWORD)
    assert right == Attempt(cast.desk.email, cast.desk.user_id, right=True)
    assert signing_in.check(session, cast.desk.email, PASSWORD + " ").right is False
    assert signing_in.check(session, "nobody@cast.test", PASSWORD) == Attempt("nobody@cast.test", None, right=False)


def test_old_guards_are_forgotten(app: Flask, cast: Cast, session: Session) -> None:
    session.rollback()
    with app.app_context(), writing() as own:
        signing_in.settle(own, Attempt("a@x.test", None, right=False), NOW)
    with app.app_context(), writing() as own:
        signing_in.settle(own, Attempt("b@x.test", None, right=False), NOW + timedelta(days=2))
        assert own.scalar(select(func.count()).select_from(SignInGuard)) == 1


def test_enrolling_reports_everything_that_is_wrong_at_once(app: Flask, cast: Cast, session: Session) -> None:
    wrong = EnrolDraft("", "1", "x", "123", JoinDraft(OrganisationDraft(), OrganisationKind.ENTERPRISE))
    session.info["links"] = app.extensions["links"]
    with pytest.raises(Invalid) as raised:
        accounts.enrol(session, wrong, NOW)
    assert [one.field for one in raised.value.complaints] == [
        "organisation_name", "credit_code", "name", "mobile", "email", "password"]  # fmt: skip


def test_letters_to_a_flooded_address_stay_few(app: Flask, cast: Cast, session: Session) -> None:
    session.info["links"] = app.extensions["links"]
    for minute in range(50):
        accounts.enrol(session, draft(cast.owner.email), NOW + timedelta(minutes=minute))
    session.flush()
    assert session.scalar(select(func.count()).select_from(Letter)) == 1
    assert session.scalar(select(func.count()).select_from(User)) == 8
