"""Needs as services: entering, revising, reviewing, expiring and confirming, with numbers, letters and history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database.transaction import transaction
from app.domain.actor import PROGRAMME, Actor, Role
from app.domain.drafts import NO_CONTACT, Indicator, NeedDraft, Provenance
from app.domain.errors import IllegalMove, Invalid, NotAllowed, Stale
from app.domain.vocabulary import Source, Visibility
from app.models.history import MoveRecord
from app.models.lease import Lease
from app.models.letter import Letter
from app.models.need import Need
from app.models.people import Organisation
from app.models.reference import Industry
from app.queries import needs as reading
from app.services import conduct, needs
from app.services.steps import Step
from tests.cast import Cast, engage
from tests.paper import NEED

NOW = datetime(2022, 2, 15, 1, 0, tzinfo=UTC)


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    session.info["links"] = app.extensions["links"]
    with transaction(session) as writing:
        return engage(writing)


def enter(session: Session, cast: Cast, draft: NeedDraft = NEED, source: Source = Source.OWN) -> Need:
    """A need of the owner's firm: by itself, or by the desk when it has another source."""
    organisation = session.get_one(Organisation, cast.owner.organisation_id)
    actor = cast.owner.actor if source is Source.OWN else cast.desk.actor
    return needs.post(session, draft, organisation, Provenance(source, "王工", "走访"), actor, NOW)


def move(session: Session, need: Need, name: str, actor: Actor, reason: str = "", now: datetime = NOW) -> None:
    conduct.carry_out(session, Step(need, name, reason=reason), actor, now)


def letters(session: Session) -> list[tuple[str, str]]:
    return [(one.kind, one.recipient) for one in session.scalars(select(Letter).order_by(Letter.id))]


def test_what_is_posted_reads_back_as_the_same_draft(session: Session, cast: Cast) -> None:
    with transaction(session) as writing:
        writing.add(Industry(name="装备制造", aliases=["数控", "装备制造/数控"]))
        number = enter(writing, cast).id
    need = session.get_one(Need, number)
    assert needs.draft_of(need) == NEED
    assert need.state == "draft"
    assert need.industry is not None
    assert need.industry.name == "装备制造"


def test_numbers_run_per_county_and_are_given_once(session: Session, cast: Cast) -> None:
    with transaction(session) as writing:
        first, second = enter(writing, cast), enter(writing, cast)
        for need in (first, second):
            move(writing, need, "submit", cast.owner.actor)
        move(writing, first, "return", cast.desk.actor, "请补充")
        move(writing, first, "submit", cast.owner.actor)
        assert (first.number, second.number) == ("XQ-2022-411082-0001", "XQ-2022-411082-0002")


def test_a_submission_needs_everything_and_says_what(session: Session, cast: Cast) -> None:
    with transaction(session) as writing:
        number = enter(writing, cast, NeedDraft(title="占位")).id
    with pytest.raises(Invalid) as refused, transaction(session) as writing:
        move(writing, writing.get_one(Need, number), "submit", cast.owner.actor)
    assert {complaint.field for complaint in refused.value.complaints} == {
        "category", "field", "problem", "key_technology", "modes", "valid_until",
        "contact_name", "contact_mobile", "contact_email"}  # fmt: skip
    assert session.get_one(Need, number).state == "draft"


def test_a_date_that_has_passed_is_refused_on_a_form_and_renewed_from_a_sheet(session: Session, cast: Cast) -> None:
    past = replace(NEED, valid_until=date(2021, 12, 31))
    with pytest.raises(Invalid), transaction(session) as writing:
        move(writing, enter(writing, cast, past), "submit", cast.owner.actor)
    with transaction(session) as writing:
        need = enter(writing, cast, past, Source.SHEET)
        move(writing, need, "submit", cast.desk.actor)
        move(writing, need, "publish", cast.desk.actor)
        assert (need.state, need.valid_until) == ("published", date(2023, 2, 15))
        assert letters(writing) == []
        reasons = writing.scalars(select(MoveRecord.reason).where(MoveRecord.verb == "renew")).all()
        assert reasons == ["导入时的有效期 2021-12-31 已经过去，发布时顺延至 2023-02-15。"]


def test_a_return_tells_the_contact_why_and_a_publication_that_it_is_done(session: Session, cast: Cast) -> None:
    with transaction(session) as writing:
        need = enter(writing, cast)
        move(writing, need, "submit", cast.owner.actor)
        needs.remark(writing, need, {"problem": "请写明合格率", "goal": " "}, cast.desk.actor, NOW)
        move(writing, need, "return", cast.desk.actor, "不够具体")
        assert need.remarks == {"problem": "请写明合格率", "reason": "不够具体"}
        sent = writing.scalars(select(Letter)).one()
        assert (sent.kind, sent.recipient) == ("record_returned", "tech@firm.test")
        assert "- 主要问题：请写明合格率" in sent.text
        assert "审核意见：不够具体" in sent.text
        assert f"/portal/needs/{need.id}\n" in sent.text
        move(writing, need, "submit", cast.owner.actor)
        move(writing, need, "publish", cast.desk.actor)
        assert need.remarks == {}
        assert need.published_at == NOW
        assert letters(writing)[1:] == [("record_published", "tech@firm.test")]


def test_a_return_needs_a_reason(session: Session, cast: Cast) -> None:
    with transaction(session) as writing:
        need = enter(writing, cast)
        move(writing, need, "submit", cast.owner.actor)
        with pytest.raises(Invalid):
            move(writing, need, "return", cast.desk.actor)


@pytest.mark.parametrize("deed", ["revise", "withdraw", "settle", "lapse"])
def test_what_is_no_longer_offered_wakes_the_matcher(session: Session, cast: Cast, deed: str) -> None:
    later = NOW + timedelta(hours=1)
    with transaction(session) as writing:
        need = enter(writing, cast)
        move(writing, need, "submit", cast.owner.actor)
        move(writing, need, "publish", cast.desk.actor)
        assert writing.get_one(Lease, "recommend").requested_at == NOW
        move(writing, need, deed, PROGRAMME if deed == "lapse" else cast.owner.actor, now=later)
        assert writing.get_one(Lease, "recommend").requested_at == later


def test_only_what_was_published_and_has_passed_is_overdue(session: Session, cast: Cast) -> None:
    with transaction(session) as writing:
        need = enter(writing, cast, replace(NEED, valid_until=date(2022, 3, 1)))
        enter(writing, cast, replace(NEED, valid_until=date(2022, 3, 1)))
        move(writing, need, "submit", cast.owner.actor)
        move(writing, need, "publish", cast.desk.actor)
        last_minute = datetime(2022, 3, 1, 15, 59, tzinfo=UTC)
        assert writing.scalars(reading.overdue(last_minute)).all() == []
        assert writing.scalars(reading.overdue(last_minute + timedelta(minutes=1))).all() == [need]


def test_an_old_version_overwrites_nothing(session: Session, cast: Cast) -> None:
    with transaction(session) as writing:
        number = enter(writing, cast).id
    seen = session.get_one(Need, number).version
    with transaction(session) as writing:
        need = writing.get_one(Need, number)
        needs.revise(writing, need, replace(NEED, title="同事改的名称"), cast.owner.actor, NOW, version=seen)
    with transaction(session) as writing:
        need = writing.get_one(Need, number)
        with pytest.raises(Stale):
            needs.revise(writing, need, replace(NEED, title="后来的名称"), cast.owner.actor, NOW, version=seen)
    assert session.get_one(Need, number).title == "同事改的名称"


def test_rows_of_indicators_are_replaced_as_a_whole(session: Session, cast: Cast) -> None:
    rows = (Indicator("硬度", "45", "60", "HRC"), Indicator("寿命", "", "2 倍"))
    with transaction(session) as writing:
        need = enter(writing, cast)
        needs.revise(writing, need, replace(NEED, indicators=rows), cast.owner.actor, NOW)
    session.expire_all()
    assert needs.draft_of(session.scalars(select(Need)).one()).indicators == rows
    changed = session.scalars(select(MoveRecord).where(MoveRecord.verb == "edit")).one()
    assert changed.details == {"fields": ["indicators"]}


def test_the_review_may_correct_but_the_firm_may_not_touch_it_then(session: Session, cast: Cast) -> None:
    with transaction(session) as writing:
        need = enter(writing, cast)
        move(writing, need, "submit", cast.owner.actor)
        with pytest.raises(IllegalMove):
            needs.revise(writing, need, replace(NEED, title="审核中偷改"), cast.owner.actor, NOW)
        needs.revise(writing, need, replace(NEED, title="凝练后的名称"), cast.desk.actor, NOW)
        assert need.title == "凝练后的名称"


@pytest.mark.parametrize("who", ["rival", "institute", "university", "county", "bureau"])
def test_strangers_neither_enter_nor_change_a_need(session: Session, cast: Cast, who: str) -> None:
    stranger = cast.everyone()[who].actor
    with transaction(session) as writing:
        organisation = writing.get_one(Organisation, cast.owner.organisation_id)
        with pytest.raises(NotAllowed):
            needs.post(writing, NEED, organisation, Provenance(), stranger, NOW)
        need = enter(writing, cast)
        with pytest.raises(NotAllowed):
            needs.revise(writing, need, replace(NEED, title="改掉"), stranger, NOW)
        with pytest.raises(NotAllowed):
            needs.remark(writing, need, {"title": "改"}, stranger, NOW)
        with pytest.raises(NotAllowed):
            move(writing, need, "submit", stranger)


def test_a_need_entered_for_a_firm_asks_the_firm(session: Session, cast: Cast) -> None:
    with transaction(session) as writing:
        need = enter(writing, cast, source=Source.VISIT)
        assert letters(writing) == []
        move(writing, need, "submit", cast.desk.actor)
        assert letters(writing) == [("need_confirm", "tech@firm.test")]
        assert needs.answer_of(need) == "waiting"
        guest = Actor(Role.GUEST, "葛长青", need_id=need.id)
        with pytest.raises(Invalid):
            needs.confirm(writing, need, False, "", guest, NOW)
        with pytest.raises(NotAllowed):
            needs.confirm(writing, need, True, "", Actor(Role.GUEST, "别人", need_id=need.id + 1), NOW)
        with pytest.raises(NotAllowed):
            needs.confirm(writing, need, True, "", cast.desk.actor, NOW)
        needs.confirm(writing, need, False, "漂移是 25 微米", guest, NOW)
        assert needs.answer_of(need) == "disputed"
        asked = need.confirm_nonce
        needs.revise(
            writing, need, replace(NEED, problem="主轴升温后孔径漂移二十五微米，需要补偿。"), cast.desk.actor, NOW
        )
        assert needs.answer_of(need) == "waiting"
        assert need.confirm_nonce != asked
        needs.ask_again(writing, need, cast.desk.actor, NOW)
        assert letters(writing) == [("need_confirm", "tech@firm.test")] * 2
        needs.confirm(writing, need, True, "", guest, NOW)
        assert (needs.answer_of(need), need.confirmed_at) == ("confirmed", NOW)


def test_without_any_address_history_says_so(session: Session, cast: Cast) -> None:
    with transaction(session) as writing:
        writing.get_one(Organisation, cast.owner.organisation_id).contact_email = ""
        need = enter(writing, cast, replace(NEED, contact=NO_CONTACT), Source.VISIT)
        needs.ask_again(writing, need, cast.desk.actor, NOW)
        assert letters(writing) == []
        line = writing.scalars(select(MoveRecord).where(MoveRecord.verb == "unreachable")).one()
        assert line.reason == "没有联系邮箱，请电话告知对方。"


def test_a_need_belongs_to_an_enterprise(session: Session, cast: Cast) -> None:
    institute = session.get_one(Organisation, cast.institute.organisation_id)
    with pytest.raises(Invalid):
        needs.post(session, NEED, institute, Provenance(), cast.desk.actor, NOW)


def test_an_unwritable_draft_is_refused(session: Session, cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        enter(session, cast, replace(NEED, title="长" * 61, visibility=Visibility.PUBLIC))
    assert [complaint.field for complaint in refused.value.complaints] == ["title"]
