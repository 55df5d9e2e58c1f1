"""Sheets in the database: a dry run writes nothing, accepting is whole and happens once, undoing puts all back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME, Actor
from app.domain.errors import IllegalMove, Invalid, NotAllowed
from app.domain.vocabulary import SheetKind, Source
from app.extensions import links
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Expert, Organisation
from app.models.sheet import Upload
from app.services import intake, reference
from app.services.conduct import carry_out
from app.services.intake_plan import draft_of
from app.services.intake_undo import discard, undo
from app.services.steps import Step
from tests.cast import NOW, Cast, engage
from tests.sheets.books import book_of
from tests.sheets.rows import code_of

NEEDS, ACHIEVEMENTS = SheetKind.NEEDS, SheetKind.ACHIEVEMENTS
DEMO = Path(__file__).parents[2] / "demo"
FAULTS = Path(__file__).parents[1] / "sheets" / "data" / "needs_with_faults.xlsx"


@pytest.fixture
def people(session: Session) -> Cast:
    """The cast, and the counties of the city."""
    session.info["links"] = links()
    people = engage(session)
    reference.load(session, NOW)
    return people


def check(session: Session, data: bytes, actor: Actor, kind: SheetKind = NEEDS) -> Upload:
    return intake.check(session, kind, "表格.xlsx", data, actor, NOW)


def imported(session: Session, data: bytes, actor: Actor, kind: SheetKind = NEEDS, **more: bool) -> Upload:
    return intake.accept(session, check(session, data, actor, kind), actor, NOW, **more)


def counted(session: Session) -> dict[str, int]:
    """How many rows each table of interest has."""
    session.flush()
    tables = (Organisation, Need, Achievement, Expert, Letter)
    return {table.__tablename__: int(session.scalar(select(func.count()).select_from(table)) or 0) for table in tables}


def test_a_dry_run_keeps_the_file_and_writes_nothing_else(session: Session, people: Cast) -> None:
    before = counted(session)
    upload = check(session, book_of(NEEDS, 3), people.desk.actor)
    assert counted(session) == before
    assert (upload.state, upload.kind, upload.name) == ("checked", "needs", "表格.xlsx")
    assert upload.report["counts"] == {"create": 3, "update": 0, "same": 0, "repeat": 0}
    assert (upload.report["rows"], upload.report["good"], upload.report["complaints"]) == (3, 3, [])


def test_accepting_needs_creates_firms_and_submitted_needs(session: Session, people: Cast) -> None:
    upload = imported(session, book_of(NEEDS, 2), people.desk.actor)
    made = session.scalars(select(Need).order_by(Need.id)).all()
    assert [need.state for need in made] == ["submitted", "submitted"]
    assert [need.upload_id for need in made] == [upload.id, upload.id]
    assert upload.outcome["created"] == [need.id for need in made]
    first = made[0]
    assert (first.source, first.budget, first.valid_until) == (Source.SHEET.value, Decimal(50), date(2027, 12, 31))
    assert first.number == "XQ-2022-411002-0001"
    firm = first.organisation
    assert (firm.name, firm.credit_code, firm.kind) == ("许昌第1机械有限公司", code_of(1), "enterprise")
    assert firm.county is not None
    assert (firm.county.name, firm.above_scale, firm.has_cooperation) == ("魏都区", True, False)
    assert (firm.contact_name, firm.contact_email, firm.approved_at) == ("技术部", "mail1@example.com", NOW)
    assert (upload.state, counted(session)["letter"]) == ("accepted", 0)


def test_accepting_achievements_finds_the_institute_by_name(session: Session, people: Cast) -> None:
    changes = {"M3": "中国科学院许昌新材料研究所", "A3": None}
    imported(session, book_of(ACHIEVEMENTS, 3, changes), people.desk.actor, ACHIEVEMENTS)
    made = session.scalars(select(Achievement).order_by(Achievement.id)).all()
    assert made[0].organisation_id == people.university.organisation_id
    assert [one.state for one in made] == ["submitted"] * 3
    cas = made[1].organisation
    assert (cas.name, cas.kind, cas.supply_kind, cas.credit_code) == (
        "中国科学院许昌新材料研究所",
        "institute",
        "cas",
        None,
    )
    assert made[1].owner_name == "中国科学院许昌新材料研究所"
    assert [one.department.name if one.department else "" for one in made] == ["化工与材料学院"] * 3
    experts = session.scalars(select(Expert).order_by(Expert.id)).all()
    assert [(one.organisation_id, one.email) for one in experts] == [
        (one.organisation_id, f"mail{number}@example.com") for number, one in enumerate(made, start=1)
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("中国科学院某研究所", "cas"),
        ("中科院微电子所", "cas"),
        ("许昌学院", "xuchang_university"),
        ("许昌职业技术学院", "other"),
    ],
)
def test_the_supply_kind_follows_the_name(name: str, kind: str) -> None:
    assert intake.supply_kind(name).value == kind


def test_publishing_at_once_is_for_reviewers(session: Session, people: Cast) -> None:
    imported(session, book_of(NEEDS, 2), people.desk.actor, publish=True)
    assert session.scalars(select(Need.state)).all() == ["published", "published"]
    upload = check(session, own_book(people), people.owner.actor)
    with pytest.raises(NotAllowed):
        intake.accept(session, upload, people.owner.actor, NOW, publish=True)
    assert upload.state == "checked"


def test_nothing_is_written_while_there_are_complaints(session: Session, people: Cast) -> None:
    before = counted(session)
    upload = check(session, FAULTS.read_bytes(), people.desk.actor)
    assert len(upload.report["complaints"]) == 29
    with pytest.raises(Invalid, match="还有 29 处问题，没有导入任何内容"):
        intake.accept(session, upload, people.desk.actor, NOW)
    assert (counted(session), upload.state) == (before, "checked")


def test_good_rows_alone_are_taken_when_the_person_says_so(session: Session, people: Cast) -> None:
    upload = imported(session, book_of(NEEDS, 3, {"T3": "坏"}), people.desk.actor, only_good=True)
    titles = session.scalars(select(Need.title).order_by(Need.id)).all()
    assert titles == ["机床尺寸早晚对不上（1）", "机床尺寸早晚对不上（3）"]
    assert upload.outcome["left_out"] == 1


def test_a_sheet_without_good_rows_is_refused(session: Session, people: Cast) -> None:
    upload = check(session, book_of(NEEDS, 1, {"T2": "坏"}), people.desk.actor)
    with pytest.raises(Invalid, match="没有可以导入的行"):
        intake.accept(session, upload, people.desk.actor, NOW, only_good=True)


def test_accepting_twice_changes_nothing(session: Session, people: Cast) -> None:
    upload = imported(session, book_of(NEEDS, 3), people.desk.actor)
    once, outcome = counted(session), upload.outcome
    again = intake.accept(session, upload, people.desk.actor, NOW)
    assert (again, counted(session), again.outcome) == (upload, once, outcome)


def test_the_same_sheet_again_is_no_change(session: Session, people: Cast) -> None:
    data = book_of(NEEDS, 3)
    imported(session, data, people.desk.actor, publish=True)
    once = counted(session)
    second = imported(session, data, people.desk.actor)
    assert second.outcome["same"] == 3
    assert (second.outcome["created"], second.outcome["updated"], counted(session)) == ([], [], once)
    assert session.scalars(select(Need.state)).all() == ["published"] * 3


@pytest.mark.parametrize(("name", "kind", "rows"), [("needs", NEEDS, 48), ("achievements", ACHIEVEMENTS, 220)])
def test_the_demo_sheets_go_in_published_and_again_without_a_change(
    session: Session, people: Cast, name: str, kind: SheetKind, rows: int
) -> None:
    data = (DEMO / f"{name}.xlsx").read_bytes()
    first = imported(session, data, PROGRAMME, kind, publish=True)
    assert (len(first.outcome["created"]), first.report["complaints"]) == (rows, [])
    second = imported(session, data, PROGRAMME, kind, publish=True)
    assert (second.outcome["created"], second.outcome["updated"], second.outcome["same"]) == ([], [], rows)


def test_an_earlier_import_of_the_same_file_is_mentioned(session: Session, people: Cast) -> None:
    data = book_of(NEEDS, 1)
    assert check(session, data, people.desk.actor).report["notices"] == []
    imported(session, data, people.desk.actor)
    messages = [notice["message"] for notice in check(session, data, people.desk.actor).report["notices"]]
    assert messages == ["同一个文件已在 2022-02-15 09:00 导入过；已有的记录会认作“更新”或“不变”，不会重复新增。"]


def test_a_changed_row_is_an_update_and_blank_cells_take_nothing_away(session: Session, people: Cast) -> None:
    imported(session, book_of(NEEDS, 2), people.desk.actor, publish=True)
    changes = {"J2": "改过的说明：夜里恒温、白天不恒温，尺寸差出三十微米。", "B2": None, "C2": "2022-01-01"}
    upload = imported(session, book_of(NEEDS, 2, changes), people.desk.actor)
    need = session.scalars(select(Need).order_by(Need.id)).first()
    assert need is not None
    assert [entry["id"] for entry in upload.outcome["updated"]] == [need.id]
    assert (need.problem, need.keywords) == (changes["J2"], ["数控机床", "热误差"])
    assert (need.valid_until, need.state) == (date(2027, 12, 31), "submitted")


def test_two_rows_of_one_title_are_one_or_a_complaint(session: Session, people: Cast) -> None:
    twin = {
        "A3": "机床尺寸早晚对不上（1）",
        "N3": "许昌第1机械有限公司",
        "V3": code_of(1),
        "R3": "13800000001",
        "T3": "mail1@example.com",
        "G3": 50,
    }
    upload = check(session, book_of(NEEDS, 2, twin), people.desk.actor)
    assert upload.report["counts"] == {"create": 1, "update": 0, "same": 0, "repeat": 1}
    other = check(session, book_of(NEEDS, 2, twin | {"G3": 80}), people.desk.actor)
    assert [(c["cell"], c["message"]) for c in other.report["complaints"]] == [
        ("A3", "与第 2 行的单位和名称相同、内容不同，请合并成一行，或改名。")
    ]


def test_a_settled_need_is_not_changed_by_a_sheet(session: Session, people: Cast) -> None:
    imported(session, book_of(NEEDS, 1), people.desk.actor, publish=True)
    need = session.scalars(select(Need)).one()
    carry_out(session, Step(need, "settle"), people.desk.actor, NOW)
    upload = check(session, book_of(NEEDS, 1, {"G2": 99}), people.desk.actor)
    assert [c["cell"] for c in upload.report["complaints"]] == ["A2"]


def test_a_firm_without_code_is_found_by_name_or_complained_about(session: Session, people: Cast) -> None:
    changes: dict[str, Any] = {"V2": None, "N2": people.owner.actor.organisation_name, "V3": None}
    upload = check(session, book_of(NEEDS, 2, changes), people.desk.actor)
    assert [(c["cell"], c["column"]) for c in upload.report["complaints"]] == [("V3", "统一社会信用代码")]
    assert upload.report["plans"][0]["new_organisation"] is False


def test_an_institutes_code_is_no_firms_code(session: Session, people: Cast) -> None:
    upload = check(session, book_of(NEEDS, 1, {"V2": "121000004000000313"}), people.desk.actor)
    assert [c["cell"] for c in upload.report["complaints"]] == ["V2"]


def own_book(people: Cast, count: int = 1, **changes: Any) -> bytes:
    """A sheet of the firm that the cast's owner works for."""
    own: dict[str, Any] = {}
    for row in range(2, count + 2):
        own |= {f"N{row}": people.owner.actor.organisation_name, f"V{row}": "91411082MA4000001N", f"W{row}": "长葛市"}
    return book_of(NEEDS, count, own | changes)


def test_a_firm_imports_its_own_rows_only(session: Session, people: Cast) -> None:
    upload = imported(session, own_book(people), people.owner.actor)
    assert session.scalars(select(Need.organisation_id)).all() == [people.owner.organisation_id]
    assert upload.organisation_id == people.owner.organisation_id
    others = check(session, book_of(NEEDS, 2), people.owner.actor)
    assert [c["cell"] for c in others.report["complaints"]] == ["N2", "N3"]
    with pytest.raises(NotAllowed):
        check(session, book_of(ACHIEVEMENTS, 1), people.owner.actor, ACHIEVEMENTS)
    with pytest.raises(NotAllowed):
        check(session, own_book(people), people.institute.actor)


def test_a_county_office_imports_for_its_county_only(session: Session, people: Cast) -> None:
    changes = {"W2": "禹州市", "N4": "乙企业环保科技有限公司", "V4": "91411081MA4000002B"}
    upload = check(session, book_of(NEEDS, 3, changes), people.county.actor)
    assert [(c["cell"], c["column"]) for c in upload.report["complaints"]] == [("W3", "所在县（市、区）")]
    assert [(plan["row"], plan["new_organisation"]) for plan in upload.report["plans"]] == [(2, True), (4, False)]
    done = intake.accept(session, upload, people.county.actor, NOW, only_good=True)
    assert len(done.outcome["created"]) == 2


@pytest.mark.parametrize("who", ["bureau", "institute", "university"])
def test_who_may_not_write_needs_may_not_import_them(session: Session, people: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        check(session, book_of(NEEDS, 1), people.everyone()[who].actor)


@pytest.mark.parametrize("command", [intake.accept, discard, undo])
def test_a_strangers_upload_is_nobody_elses(
    session: Session, people: Cast, command: Callable[[Session, Upload, Actor, Any], Upload]
) -> None:
    upload = check(session, own_book(people), people.owner.actor)
    for stranger in (people.rival, people.institute, people.county, people.bureau):
        with pytest.raises(NotAllowed):
            command(session, upload, stranger.actor, NOW)
    assert upload.state == "checked"


def test_discarding_is_final_and_may_be_repeated(session: Session, people: Cast) -> None:
    upload = check(session, book_of(NEEDS, 1), people.desk.actor)
    assert (
        discard(session, discard(session, upload, people.desk.actor, NOW), people.desk.actor, NOW).state == "discarded"
    )
    with pytest.raises(IllegalMove):
        intake.accept(session, upload, people.desk.actor, NOW)
    with pytest.raises(IllegalMove):
        undo(session, upload, people.desk.actor, NOW)


@pytest.mark.parametrize("kind", list(SheetKind))
def test_undoing_withdraws_all_that_came_in_and_may_be_repeated(
    session: Session, people: Cast, kind: SheetKind
) -> None:
    upload = imported(session, book_of(kind, 3), people.desk.actor, kind, publish=True)
    undo(session, upload, people.desk.actor, NOW)
    undo(session, upload, people.desk.actor, NOW)
    model = Need if kind is NEEDS else Achievement
    assert session.scalars(select(model.state)).all() == ["withdrawn"] * 3
    assert upload.state == "undone"
    again = imported(session, book_of(kind, 3), people.desk.actor, kind)
    assert len(again.outcome["created"]) == 3


def test_undoing_puts_changed_records_back(session: Session, people: Cast) -> None:
    imported(session, book_of(NEEDS, 2), people.desk.actor, publish=True)
    before = [draft_of(need) for need in session.scalars(select(Need).order_by(Need.id))]
    changed = imported(session, book_of(NEEDS, 2, {"G2": 99, "H3": "许昌学院"}), people.desk.actor, publish=True)
    undo(session, changed, people.desk.actor, NOW)
    after = session.scalars(select(Need).order_by(Need.id)).all()
    assert [draft_of(need) for need in after] == before
    assert [need.state for need in after] == ["published", "published"]


def test_a_firm_takes_its_update_back_into_the_review(session: Session, people: Cast) -> None:
    imported(session, own_book(people), people.owner.actor)
    need = session.scalars(select(Need)).one()
    carry_out(session, Step(need, "publish"), people.desk.actor, NOW)
    changed = imported(session, own_book(people, G2=99), people.owner.actor)
    assert (need.state, need.budget) == ("submitted", Decimal(99))
    undo(session, changed, people.owner.actor, NOW)
    assert (need.state, need.budget) == ("submitted", Decimal(50))


def test_a_need_under_review_is_not_changed_by_its_firm(session: Session, people: Cast) -> None:
    imported(session, own_book(people), people.owner.actor)
    upload = check(session, own_book(people, G2=99), people.owner.actor)
    assert [(c["cell"], c["message"]) for c in upload.report["complaints"]] == [
        ("A2", "系统中的同名技术需求正在审核，暂时不能修改，请等审核结束后再导入，或删去这一行。")
    ]


def test_undoing_is_refused_when_a_person_changed_a_record_since(session: Session, people: Cast) -> None:
    imported(session, book_of(NEEDS, 1), people.desk.actor)
    changed = imported(session, book_of(NEEDS, 1, {"G2": 99}), people.desk.actor)
    session.scalars(select(Need)).one().budget = Decimal(77)
    with pytest.raises(Invalid, match="在导入后又被修改过"):
        undo(session, changed, people.desk.actor, NOW)
    assert changed.state == "accepted"


def test_undoing_is_refused_while_something_rests_on_a_record(session: Session, people: Cast) -> None:
    needs_upload = imported(session, book_of(NEEDS, 1), people.desk.actor, publish=True)
    offers = imported(session, book_of(ACHIEVEMENTS, 1), people.desk.actor, ACHIEVEMENTS, publish=True)
    need, offer = session.scalars(select(Need)).one(), session.scalars(select(Achievement)).one()
    pairing = Pairing(need=need, achievement=offer, score=0.5, computed_at=NOW)
    session.add(pairing)
    session.flush()
    carry_out(session, Step(pairing, "keep"), people.desk.actor, NOW)
    for upload in (needs_upload, offers):
        with pytest.raises(Invalid) as refusal:
            undo(session, upload, people.desk.actor, NOW)
        assert refusal.value.message == (
            f"不能撤销这次导入：“{need.title}”与“{offer.title}”的匹配已是“入选”。请先处理这些记录，再来撤销。"
        )
    assert (need.state, offer.state) == ("published", "listed")


def test_undoing_is_refused_when_an_invitation_went_out(session: Session, people: Cast) -> None:
    upload = imported(session, book_of(NEEDS, 1), people.desk.actor)
    firm = session.scalars(select(Need)).one().organisation
    event = Event(year=2022, kind="docking", title="专题对接会", created_at=NOW, changed_at=NOW)
    invitation = Invitation(
        event=event, organisation=firm, side="demand", contact_email="a@b.cn", nonce="x", created_at=NOW
    )
    invitation._state, invitation.sent_at = "sent", NOW
    session.add(invitation)
    session.flush()
    with pytest.raises(Invalid, match="已向“许昌第1机械有限公司”发出邀请"):
        undo(session, upload, people.desk.actor, NOW)


def test_the_same_file_sent_twice_waits_once(session: Session, people: Cast) -> None:
    data = book_of(NEEDS, 1)
    first = check(session, data, people.desk.actor)
    assert check(session, data, people.desk.actor) is first
    assert check(session, data, people.admin.actor) is not first
