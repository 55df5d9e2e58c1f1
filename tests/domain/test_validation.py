"""The field rules of forms and sheets: what they complain about, at which field, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.drafts import AchievementDraft, Contact, Indicator, NeedDraft, OrganisationDraft
from app.domain.validation import (
    ACHIEVEMENT_IN_SHEET,
    ACHIEVEMENT_ON_FORM,
    LABELS,
    LONGEST_BODY,
    LONGEST_TITLE,
    NEED_IN_SHEET,
    NEED_ON_FORM,
    check_achievement,
    check_contact,
    check_need,
    check_organisation,
    is_hollow,
)
from app.domain.vocabulary import CooperationMode, HighTechField, IpStatus, Maturity, NeedCategory, Willingness

CONTACT = Contact(name="张工", mobile="13800000000", email="zhang@example.com")
NEED = NeedDraft(
    title="数控机床热误差自动补偿",
    category=NeedCategory.RESEARCH,
    field=HighTechField.MANUFACTURING,
    industry="装备制造",
    problem="车间没有恒温，早上和下午的孔距能差出二十微米。",
    key_technology="全天波动不超过六微米。",
    modes=(CooperationMode.COMMISSIONED,),
    budget=Decimal(50),
    valid_until=date(2026, 12, 31),
    contact=CONTACT,
)
ACHIEVEMENT = AchievementDraft(
    title="煤矸石悬浮煅烧活化",
    owner="许昌学院",
    summary="粉磨后的煤矸石停留数秒即可完成脱羟。",
    indicators="强度比九成以上",
    applications="水泥",
    maturity=Maturity.PILOT,
    ip_status=IpStatus.GRANTED,
    field=HighTechField.MATERIALS,
    industry="建材",
    willingness=Willingness.WILLING,
    modes=(CooperationMode.LICENCE,),
    contact=CONTACT,
)


def test_a_full_need_and_a_full_achievement_have_no_complaints() -> None:
    assert check_need(NEED, today=date(2026, 11, 21)) == ()
    assert check_achievement(ACHIEVEMENT) == ()


@pytest.mark.parametrize("required", [NEED_ON_FORM, NEED_IN_SHEET])
def test_an_empty_need_misses_exactly_the_required_fields(required: frozenset[str]) -> None:
    assert {complaint.field for complaint in check_need(NeedDraft(), required=required)} == required


@pytest.mark.parametrize("required", [ACHIEVEMENT_ON_FORM, ACHIEVEMENT_IN_SHEET])
def test_an_empty_achievement_misses_exactly_the_required_fields(required: frozenset[str]) -> None:
    assert {complaint.field for complaint in check_achievement(AchievementDraft(), required=required)} == required


def test_an_empty_draft_may_be_kept() -> None:
    assert check_need(NeedDraft(), required=()) == ()
    assert check_achievement(AchievementDraft(), required=()) == ()


def test_every_required_field_has_a_label() -> None:
    assert (NEED_ON_FORM | NEED_IN_SHEET | ACHIEVEMENT_ON_FORM | ACHIEVEMENT_IN_SHEET) - LABELS.keys() == frozenset()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "长" * (LONGEST_TITLE + 1)}, "title"),
        ({"title": "同上"}, "title"),
        ({"problem": "见附件"}, "problem"),
        ({"problem": "很急"}, "problem"),
        ({"problem": "长长长长长长长长长长长长"}, "problem"),
        ({"problem": "长" * (LONGEST_BODY + 1)}, "problem"),
        ({"goal": "长" * (LONGEST_BODY + 1)}, "goal"),
        ({"industry": "长" * 81}, "industry"),
        ({"wanted_experts": "长" * 201}, "wanted_experts"),
        ({"keywords": tuple("甲乙丙丁戊己")}, "keywords"),
        ({"keywords": ("长" * 31,)}, "keywords"),
        ({"indicators": (Indicator(""),)}, "indicators"),
        ({"indicators": (Indicator("波动", unit="长" * 21),)}, "indicators"),
        ({"indicators": (Indicator("波动"),) * 31}, "indicators"),
        ({"budget": Decimal(-1)}, "budget"),
        ({"budget": Decimal("NaN")}, "budget"),
        ({"budget": Decimal(1_000_001)}, "budget"),
        ({"budget_negotiable": True}, "budget"),
        ({"valid_until": date(2026, 11, 20)}, "valid_until"),
        ({"contact": replace(CONTACT, mobile="12345")}, "contact_mobile"),
        ({"contact": replace(CONTACT, landline="12345")}, "contact_landline"),
        ({"contact": replace(CONTACT, email="tech@")}, "contact_email"),
        ({"contact": replace(CONTACT, name="长" * 41)}, "contact_name"),
    ],
)
def test_one_fault_of_a_need_is_one_complaint_at_its_field(change: dict[str, object], field: str) -> None:
    complaints = check_need(replace(NEED, **change), today=date(2026, 11, 21))  # type: ignore[arg-type]
    assert [complaint.field for complaint in complaints] == [field]
    assert complaints[0].message.endswith("。")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"summary": "略"}, "summary"),
        ({"owner": ""}, "owner"),
        ({"price": Decimal(-1)}, "price"),
        ({"owner_phone": "12345"}, "owner_phone"),
        ({"team": "长" * (LONGEST_BODY + 1)}, "team"),
        ({"department": "长" * 81}, "department"),
        ({"willingness": None}, "willingness"),
    ],
)
def test_one_fault_of_an_achievement_is_one_complaint_at_its_field(change: dict[str, object], field: str) -> None:
    complaints = check_achievement(replace(ACHIEVEMENT, **change))  # type: ignore[arg-type]
    assert [complaint.field for complaint in complaints] == [field]


def test_indicator_rows_stand_for_the_key_technology() -> None:
    rows = (Indicator("全天波动", "20", "6", "μm"),)
    assert check_need(replace(NEED, key_technology="", indicators=rows)) == ()
    assert [c.field for c in check_need(replace(NEED, key_technology=""))] == ["key_technology"]


def test_a_past_date_is_only_wrong_when_the_day_is_asked() -> None:
    past = replace(NEED, valid_until=date(2022, 12, 31))
    assert check_need(past) == ()
    assert check_need(past, today=date(2022, 12, 31)) == ()
    assert [c.field for c in check_need(past, today=date(2023, 1, 1))] == ["valid_until"]


def test_a_landline_is_enough_in_a_sheet_but_not_on_the_form() -> None:
    landline = replace(NEED, contact=replace(CONTACT, mobile="", landline="0374-2965000"))
    assert check_need(landline, required=NEED_IN_SHEET) == ()
    assert [c.field for c in check_need(landline)] == ["contact_mobile"]


def test_an_organisation_needs_a_name_and_a_right_code() -> None:
    good = OrganisationDraft(name="长葛华合机械股份有限公司", credit_code="91411082MA90100171")
    assert check_organisation(good, code_required=True) == ()
    assert [c.field for c in check_organisation(replace(good, name="同上"))] == ["name"]
    assert [c.field for c in check_organisation(OrganisationDraft(), code_required=True)] == ["name", "credit_code"]
    assert [c.field for c in check_organisation(replace(good, credit_code="91411082MA90100172"))] == ["credit_code"]
    assert [c.field for c in check_organisation(replace(good, name="长" * 101))] == ["name"]
    assert [c.field for c in check_organisation(replace(good, legal_person="长" * 41))] == ["legal_person"]


def test_a_contact_may_be_empty_where_nothing_is_required() -> None:
    assert check_contact(Contact()) == ()


@pytest.mark.parametrize("text", ["同上", "（无）", "N/A", "见附件。", "？？？", "-", "aaaa", "一一一一一"])
def test_hollow_text_is_recognised(text: str) -> None:
    assert is_hollow(text) is True


@pytest.mark.parametrize("text", ["电梯", "5G", "无损检测", "同上料机构配套的夹具"])
def test_short_but_real_text_is_not_hollow(text: str) -> None:
    assert is_hollow(text) is False
