"""What each page that writes is sent in these tests: forms filled in well enough to be taken from whoever may send them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from app.domain.vocabulary import SheetKind
from tests import cast, paper
from tests.security.house import House
from tests.sheets.books import book_of

CODES = {"owner": "91411082MA4000001N", "rival": "91411081MA4000002B"}
FRESH_CODE = "91411082MA9010020C"
FRESH_PASSWORD = "换一句-更长的-话-2022"
Sent = dict[str, Any]
EVENT = {"line": "topic-county", "title": "改过名的服务日", "held_on": "2022-04-20", "starts": "09:00", "ends": "11:30",
         "place": "一楼报告厅", "capacity": "60", "seats_per_firm": "0", "offer_hours": "48", "slot_count": "0", "slot_minutes": "20", "tables": "0"}  # fmt: skip
DOCKING = {"line": "docking-cas", "title": "改过名的对接会", "held_on": "2022-05-06", "starts": "09:00", "ends": "12:00",
           "talks_start": "09:30", "venue": "2", "place": "二楼 3 号厅", "capacity": "10", "seats_per_firm": "0", "offer_hours": "48", "slot_count": "6",
           "slot_minutes": "20", "tables": "3"}  # fmt: skip
MOVED = {"held_on": "2022-05-10", "starts": "09:00", "ends": "12:00", "talks_start": "09:30", "place": "改到四楼",
         "reason": "会场冲突"}  # fmt: skip
FIRM = {"name": "甲企业机械有限公司", "credit_code": CODES["owner"], "county": "长葛市", "kind": "enterprise",
        "supply_kind": "other", "profile": "改过的简介", "contact_name": "葛长青", "contact_phone": "13800001234",
        "contact_email": "owner@cast.test", "industry": "", "above_scale": "", "has_cooperation": ""}  # fmt: skip
PROVENANCE = {"source": "visit", "told_by": "王工", "told_how": "现场走访", "visited_on": "2022-02-14"}


def form_for(house: House, endpoint: str, subject: str, role: str) -> Sent:
    """The form for this page, as this role would fill it in."""
    made = FORMS[endpoint](house, subject, role)
    return {name: value for name, value in made.items() if value is not None}


def fixed(**values: Any) -> Callable[[House, str, str], Sent]:
    """A form that is the same for everybody."""
    return lambda _house, _subject, _role: dict(values)


def _near(house: House, _subject: str, role: str) -> Sent:
    """A need of a firm in the sender's sight: a county office's own."""
    firm = "rival" if role == "other" else "owner"
    return paper.need_form(**PROVENANCE, credit_code=CODES[firm], action="draft")


def _organisation(_house: House, _subject: str, role: str) -> Sent:
    return FIRM | {
        "name": "新登记的企业有限公司",
        "credit_code": FRESH_CODE,
        "county": "禹州市" if role == "other" else "长葛市",
    }


def _replies(house: House, _subject: str, _role: str) -> Sent:
    """A sheet in which nobody has answered."""
    return {"file": (io.BytesIO("来宾编号,答复\n1,\n".encode()), "答复.csv"), "action": "check"}


def _event_new(house: House, _subject: str, role: str) -> Sent:
    return EVENT | {"county": house.estate.ids["other_county" if role == "other" else "county"], "title": "新的服务日"}


def _event_edit(house: House, subject: str, _role: str) -> Sent:
    shown = EVENT if subject == "event_local" else DOCKING
    return shown | {
        "county": house.estate.ids["county"],
        "version": _version(house, f"/desk/events/{house.estate.ids[subject]}/edit"),
    }


def _postpone(house: House, subject: str, _role: str) -> Sent:
    return MOVED if subject == "event" else MOVED | {"talks_start": "", "ends": "11:30"}


def _event_move(_house: House, subject: str, _role: str) -> Sent:
    return {"move": "cancel" if subject == "event" else "announce", "reason": "会场停电"}


def _version(house: House, path: str) -> str:
    """The version that the form of this page shows to the market."""
    found = re.search(r'name="version"[^>]*value="(\d+)"', house.browser("desk").get(path).text)
    assert found, path
    return found[1]


def _publication(house: House, subject: str, _role: str) -> Sent:
    """The draft as the market sees it before it is published."""
    page = house.browser("desk").get(f"/desk/events/{house.estate.ids[subject]}/timetable/compare")
    return dict(re.findall(r'name="(number|seen)" value="([^"]+)"', page.text))


def _repair(house: House, subject: str, _role: str) -> Sent:
    """甲企业 does not come, as the market sees what that changes."""
    chosen = {"what": "cancelled", "person": f"E{house.estate.ids['owner_organisation']}", "slot": "1"}
    path = f"/desk/events/{house.estate.ids[subject]}/timetable/repair"
    found = re.search(r'name="seen" value="([^"]+)"', house.browser("desk").get(path, query_string=chosen).text)
    assert found, path
    return chosen | {"seen": found[1]}


def _year(house: House, _subject: str, _role: str) -> Sent:
    page = house.browser("desk").get("/desk/reference/years/2022").text
    quotas = dict(re.findall(r'name="(quota_\d+)"[^>]*value="(\d+)"', page))
    return {"name": "改过名的行动", "starts_on": "2022-01-01", "ends_on": "2022-12-31", "note": "", **quotas}


def _file(kind: SheetKind, changes: dict[str, str]) -> Sent:
    return {"kind": kind.value, "file": (io.BytesIO(book_of(kind, 1, changes)), "新表格.xlsx")}


def _sheet(_house: House, _subject: str, role: str) -> Sent:
    if role in ("institute", "university"):
        return _file(SheetKind.ACHIEVEMENTS, {"C2": "表格里新来的成果"})
    return _file(SheetKind.NEEDS, {"A2": "表格里新来的需求"})


def _switch(house: House, _subject: str, role: str) -> Sent:
    person = house.estate.people.get(role)
    return {"membership_id": person.membership_id if person else 1}


FORMS: dict[str, Callable[[House, str, str], Sent]] = {
    "site.sign_in": fixed(email="rival@cast.test", password=cast.PASSWORD),
    "site.sign_up": fixed(kind="enterprise", organisation_name="新登记的企业有限公司", credit_code=FRESH_CODE, county="长葛市",
                          name="新来的", mobile="13900009999", email="new@cast.test", password=FRESH_PASSWORD,
                          again=FRESH_PASSWORD, consent="y"),
    "site.forgotten": fixed(email="owner@cast.test"),
    "site.new_password": fixed(password=FRESH_PASSWORD, again=FRESH_PASSWORD),
    "site.rsvp_answer": fixed(answer="accept", attendees="葛长青", party_size="1"),
    "site.confirm_answer": fixed(answer="agree"),
    **dict.fromkeys(("site.feed_renew", "site.feed_end"), fixed()),
    "site.rename": fixed(name="改名", mobile="13900008888"),
    "site.change_password": fixed(old=cast.PASSWORD, password=FRESH_PASSWORD, again=FRESH_PASSWORD),
    "site.join": fixed(kind="enterprise", organisation_name="新登记的企业有限公司", credit_code=FRESH_CODE, county="长葛市"),
    "site.switch": _switch,
    "site.sign_out": fixed(),
    "portal.needs_new": fixed(**paper.need_form(action="draft")),
    "portal.needs_edit": fixed(**paper.need_form(action="draft")),
    "portal.needs_move": fixed(move="withdraw"),
    "portal.needs_confirm": fixed(answer="agree"),
    "portal.achievements_new": fixed(**paper.achievement_form(action="draft")),
    "portal.achievements_edit": fixed(**paper.achievement_form(action="draft")),
    "portal.achievements_move": fixed(move="withdraw"),
    "portal.attachment_drop": fixed(),
    "portal.invitations_answer": fixed(answer="accept", attendees="葛长青", party_size="1"),
    "portal.organisation_edit": fixed(profile="改过的简介", contact_name="新联系人", contact_phone="13800001234",
                                      contact_email="contact@cast.test"),
    "portal.organisation_department_new": fixed(name="新设研究室"),
    "portal.organisation_department_drop": fixed(),
    "portal.organisation_expert_new": fixed(name="新专家", email="fresh@cast.test"),
    "portal.organisation_expert": fixed(name="改名专家", email="idle@institute.test"),
    "portal.organisation_expert_drop": fixed(),
    "portal.organisation_absence_new": fixed(starts_on="2099-05-16", ends_on="2099-05-17", note="设备检修"),
    "portal.organisation_absence_drop": fixed(),
    "portal.sheets_check": _sheet,
    "portal.sheets_accept": fixed(),
    "portal.sheets_discard": fixed(),
    "portal.sheets_undo": fixed(),
    "desk.needs_new": _near,
    "desk.needs_edit": fixed(**paper.need_form(action="draft")),
    "desk.needs_review": fixed(decision="publish"),
    "desk.needs_move": fixed(move="withdraw"),
    "desk.needs_ask": fixed(),
    "desk.achievements_new": fixed(**paper.achievement_form(action="draft"), **PROVENANCE, organisation_name="许昌学院",
                                   credit_code="12410000400000042F", supply_kind="xuchang_university"),
    "desk.achievements_edit": fixed(**paper.achievement_form(action="draft")),
    "desk.achievements_move": fixed(move="withdraw"),
    "desk.achievements_review": fixed(decision="list"),
    "desk.attachment_drop": fixed(),
    "desk.pairings_refresh": fixed(),
    "desk.resemblances_settle": fixed(),
    "desk.pairings_shortlist_keep": fixed(need="3"),
    "desk.pairings_move": fixed(move="keep"),
    "desk.pairings_keep": lambda house, _subject, _role: {"pairing": house.estate.ids["pairing"]},
    "desk.pairings_add": lambda house, _subject, _role: {"achievement": house.estate.ids["achievement_free"],
                                                         "note": "双方都做热处理。"},
    "desk.sheets_check": _sheet,
    "desk.sheets_accept": fixed(),
    "desk.sheets_discard": fixed(),
    "desk.sheets_undo": fixed(),
    "desk.events_fill": fixed(year="2022"),
    "desk.events_new": _event_new,
    "desk.events_edit": _event_edit,
    "desk.events_move": _event_move,
    "desk.events_postpone": _postpone,
    "desk.events_releases": lambda house, _subject, _role: {"achievement": house.estate.ids["achievement"]},
    "desk.timetable_build": fixed(),
    "desk.timetable_meeting": fixed(deed="out"),
    "desk.timetable_publish": _publication,
    "desk.timetable_discard": fixed(),
    "desk.timetable_restore": fixed(),
    "desk.timetable_repair_adopt": _repair,
    "desk.timetable_repair_withdraw": fixed(position="1"),
    "desk.timetable_advise": fixed(),
    "desk.season_ask": fixed(year="2022", keep_top="1"),
    "desk.season_plan": fixed(preview="1"),
    "desk.invitations_draft": fixed(),
    "desk.invitations_send": fixed(),
    "desk.invitations_retell": fixed(),
    "desk.replies_take": _replies,
    "desk.waiting_place": fixed(place="1", reason="有一对一洽谈"),
    "desk.invitations_edit": fixed(contact_name="葛总", contact_email="ge@cast.test", subject="诚邀{单位}",
                                   body="{联系人}：\n{回复链接}\n{洽谈安排}"),
    "desk.invitations_move": fixed(move="send"),
    "desk.invitations_answer": fixed(answer="accept", attendees="葛长青", party_size="1", note="葛总来电"),
    "desk.letters_cancel": fixed(),
    **dict.fromkeys(("desk.reminders_switch", "desk.reminders_event_switch"), fixed(on="0")),
    **dict.fromkeys(
        ("desk.reminders_edit", "desk.reminders_event_edit"), fixed(subject="请准时到会", body="{单位}：\n\n{回复链接}")
    ),
    "desk.letters_retry": fixed(),
    "desk.letters_received": fixed(),
    "desk.letters_once_more": fixed(),
    "desk.letters_release": fixed(),
    "desk.letters_bounce": fixed(reason="550 没有这个邮箱"),
    "desk.outbox_pause": fixed(reason="服务器迁移"),
    "desk.outbox_resume": fixed(),
    "desk.outbox_revise": fixed(quiet_from="21:00", quiet_to="07:30", per_minute="30", per_day="", domain_per_minute="",
                               bounces_to_suppress="3"),
    "desk.outbox_suppress": fixed(address="gone@cast.test", words="已离职"),
    "desk.outbox_revive": fixed(),
    "desk.outbox_day_add": fixed(held_on="2022-10-08", is_working="yes", name="调休"),
    "desk.outbox_day_remove": fixed(),
    "desk.people_new": _organisation,
    "desk.people_edit": fixed(**FIRM),
    "desk.people_move": fixed(move="approve"),
    "desk.people_absence_new": fixed(starts_on="2099-05-16"),
    "desk.people_absence_drop": fixed(),
    "desk.reference_year_open": fixed(year="2023"),
    "desk.reference_year": _year,
    "desk.reference_county": fixed(code="411099", name="新的县", position="9"),
    "desk.reference_industry": fixed(name="新的行业", position="9", tier="", aliases=""),
    "desk.lexicon_new": fixed(kind="same", head="丁地叫法渣", terms="戊地叫法屑", note="车间的叫法"),
    "desk.lexicon_edit": fixed(kind="same", head="甲地叫法绳", terms="乙地叫法索、丙地叫法索", note="", version=""),
    "desk.lexicon_preview": fixed(),
    "desk.lexicon_move": fixed(move="enable"),
    "desk.ranking_train": fixed(),
    "desk.ranking_move": fixed(move="activate"),
    "desk.reference_venue": fixed(name="新的会场", capacity="50", tables="5", county="", address=""),
}  # fmt: skip
