"""What the tests of who may do what walk over: people of every role, and a real record of every kind with a real owner.

甲企业 (owner) lies in 长葛市, 乙企业 (rival) in 禹州市; each of the two counties has an office (home, other). 许昌学院
(university) has been introduced to 甲企业 by an invitation to the same session, 某研究所 (institute) to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME, Role
from app.domain.profiles import TermsDraft
from app.domain.vocabulary import OrganisationKind, SheetKind, TermKind
from app.letters.writing import Letter as Written
from app.models.absence import Absence
from app.models.attachment import Attachment
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.lexicon_entry import LexiconPreview
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.outbox import SuppressedAddress
from app.models.outlook import Outlook, Resemblance
from app.models.pairing import Pairing
from app.models.people import Department, Expert, Membership, Organisation, User
from app.models.ranking_model import RankingModel
from app.models.reference import County, Industry, SpecialDay, Venue
from app.models.sheet import Upload
from app.models.timetable_version import TimetableVersion
from app.services import (
    attachments,
    feeds,
    intake,
    invitations,
    inviting,
    learning,
    lexicon,
    links,
    outbox,
    planning,
    reference,
    season_previews,
    sending,
)  # fmt: skip
from tests import cast, season, shelf
from tests.cast import NOW, Cast, Person
from tests.paper import PNG
from tests.sheets.books import book_of

ROLES = ("anonymous", "applicant", "owner", "rival", "institute", "university", "home", "other", "desk", "bureau",
         "admin")  # fmt: skip
"""Who knocks. `applicant` has an account and no organisation yet; `home` and `other` are the two county offices."""


@dataclass(frozen=True, slots=True)
class Estate:
    """The people by role, the ids of the records and the tokens of the links by name."""

    people: dict[str, Person]
    ids: dict[str, int]
    tokens: dict[str, str]


def build(session: Session) -> Estate:
    """Write everything; flushed, not committed. The transaction must know the links, as that of a page does."""
    parts = cast.engage(session)
    county = session.get_one(County, parts.county_ids["长葛市"])
    people = parts.everyone() | {
        "other": parts.county,
        "home": _office(session, county),
        "applicant": _applicant(session, parts.owner),
    }
    session.get_one(Organisation, parts.owner.organisation_id).contact_phone = "13800001234"
    ids = {
        "applicant": people["applicant"].membership_id,
        "owner_organisation": parts.owner.organisation_id,
        "county": county.id,
        "other_county": parts.county_ids["禹州市"],
    }
    ids |= _reference(session) | _needs(session, parts) | _achievements(session, parts)
    ids |= _events(session, county)
    ids |= _pairings(session, ids)
    ids |= _invitations(session, ids, parts) | _uploads(session, people) | _files(session, ids)
    ids |= _lexicon(session, ids) | _ranking(session) | _twins(session, ids)
    ids |= _versions(session, ids)
    made = links.of(session)
    tokens = {
        "rsvp": made.rsvp(session.get_one(Invitation, ids["invitation"])),
        "confirm": made.confirm(session.get_one(Need, ids["need_behalf"])),
        "reset": made.reset(session.get_one(User, parts.owner.user_id), NOW),
        "feed": feeds.renew(session, parts.owner.actor, NOW),
    }
    return Estate(people, ids, {name: url.rpartition("/")[2] for name, url in tokens.items()})


def _office(session: Session, county: County) -> Person:
    office = Organisation(kind=OrganisationKind.COUNTY_OFFICE.value, name="长葛市科学技术局", county=county,
                          approved_at=NOW, created_at=NOW)  # fmt: skip
    return _joined(session, office, "葛科", "home", Role.COUNTY_OFFICE, "active")


def _applicant(session: Session, owner: Person) -> Person:
    """Somebody who wants to act for 甲企业 and has not been admitted."""
    firm = session.get_one(Organisation, owner.organisation_id)
    return _joined(session, firm, "申请人", "applicant", Role.ENTERPRISE, "requested")


def _joined(session: Session, organisation: Organisation, name: str, box: str, role: Role, state: str) -> Person:
    user = User(name=name, email=f"{box}@cast.test", mobile="13800000000", password_hash=cast.password_hash(),
                created_at=NOW)  # fmt: skip
    row = Membership(user=user, organisation=organisation, role=role.value, created_at=NOW)
    row._state = state
    session.add(row)
    session.flush()
    return cast._person(row)


def _reference(session: Session) -> dict[str, int]:
    """A year with its quotas, an industry and a venue."""
    industry, venue = Industry(name="装备制造", position=1), Venue(name="长葛市会议中心", capacity=80, tables=6)
    session.add_all([industry, venue])
    reference.ensure_year(session, 2022, NOW)
    session.flush()
    return {"industry": industry.id, "venue": venue.id}


def _needs(session: Session, parts: Cast) -> dict[str, int]:
    waiting: dict[str, Any] = {"published_at": None, "category": "research", "field": "manufacturing",
                               "industry_text": "装备制造", "key_technology": "温度场建模。"}  # fmt: skip
    made = {
        "need": shelf.need(session, parts.owner, "公开的热误差补偿", contact_mobile="13900000101"),
        "need_draft": shelf.need(session, parts.owner, "草稿里的密封难题", state="draft", **waiting),
        "need_submitted": shelf.need(session, parts.owner, "待审的轴承难题", state="submitted", **waiting),
        "need_behalf": shelf.need(
            session, parts.owner, "代填的热处理难题", state="submitted", **waiting, source="visit", told_by="王工",
            confirm_nonce="estate-nonce-of-the-firm",
        ),
        "need_private": shelf.need(session, parts.owner, "只给市场看的难题", visibility="private"),
        "need_rival": shelf.need(session, parts.rival, "公开的含铬污水难题", contact_mobile="13900000202"),
    }  # fmt: skip
    made["need_anonymous"] = _anonymous(session, parts)
    return {name: row.id for name, row in made.items()}


def _anonymous(session: Session, parts: Cast) -> Need:
    """A need published without the name of its firm, which stands in the text and at the contact all the same."""
    firm = Organisation(kind=OrganisationKind.ENTERPRISE.value, name="匿名丙精密有限公司",
                        county_id=parts.county_ids["长葛市"], contact_name="丙联系人", contact_phone="13900000606",
                        contact_email="hidden@bing.test", approved_at=NOW, created_at=NOW)  # fmt: skip
    session.add(firm)
    session.flush()
    need = shelf.need(session, parts.owner, "不具名的磨削难题", visibility="anonymous", contact_name="丙联系人",
                      contact_mobile="13900000606", contact_email="hidden@bing.test",
                      problem="匿名丙精密有限公司的磨床振纹严重，请致电 13900000606 或写信到 hidden@bing.test。")  # fmt: skip
    need.organisation = firm
    return need


def _achievements(session: Session, parts: Cast) -> dict[str, int]:
    waiting: dict[str, Any] = {"listed_at": None}
    made = {
        "achievement": shelf.achievement(session, parts.institute, "公开的在线补偿方法", contact_mobile="13900000303"),
        "achievement_free": shelf.achievement(session, parts.institute, "公开的激光熔覆方法"),
        "achievement_draft": shelf.achievement(session, parts.institute, "草稿里的催化剂", state="draft", **waiting),
        "achievement_submitted": shelf.achievement(
            session, parts.institute, "待审的超滤膜", state="submitted", **waiting
        ),
        "achievement_near": shelf.achievement(
            session, parts.university, "公开的耐磨涂层", contact_mobile="13900000404"
        ),
    }
    institute, university = (
        session.get_one(Organisation, one.organisation_id) for one in (parts.institute, parts.university)
    )
    department = Department(organisation=institute, name="空闲研究室")
    idle = Expert(organisation=institute, name="闲专家", email="idle@institute.test")
    speaker = Expert(organisation=university, name="许涂层", email="speaker@university.test", mobile="13900000505")
    made["achievement_near"].expert = speaker
    session.add_all([department, idle, speaker])
    session.flush()
    people = {"department": department.id, "expert": idle.id, "speaker": speaker.id}
    return {name: row.id for name, row in made.items()} | people


def _events(session: Session, county: County) -> dict[str, int]:
    """Two docking sessions of the city and one topic event of 长葛市."""
    first = season.docking(session, NOW, season.START)
    second = season.docking(session, NOW, season.START + timedelta(days=14), title="第二场对接会", number=2)
    local = shelf.event(session, "长葛市企业服务日", kind="topic", series=None, topic="county", state="scheduled",
                        county_id=county.id, seats_taken=0)  # fmt: skip
    return {"event": first.id, "event_second": second.id, "event_local": local.id}


def _pairings(session: Session, ids: dict[str, int]) -> dict[str, int]:
    """甲企业 meets 许昌学院 at the first session; 乙企业 and 某研究所 are planned for the second; one is suggested."""
    near = _pairing(session, ids, "need", "achievement_near", "shortlisted", "event", "理由：入选首场。")
    session.add(Meeting(event_id=ids["event"], pairing_id=near.id, enterprise_id=ids["owner_organisation"],
                        expert_id=ids["speaker"], slot=0, table_number=0, created_at=NOW))  # fmt: skip
    suggested = _pairing(session, ids, "need", "achievement", "suggested", "", "理由：只是推荐。")
    planned = _pairing(session, ids, "need_rival", "achievement", "shortlisted", "event_second", "理由：入选次场。")
    session.flush()
    return {"pairing": suggested.id, "pairing_near": near.id, "pairing_rival": planned.id}


def _pairing(
    session: Session, ids: dict[str, int], need: str, achievement: str, state: str, event: str, sentence: str
) -> Pairing:
    made = Pairing(need_id=ids[need], achievement_id=ids[achievement], event_id=ids.get(event), score=0.4, rank=1, level="fair",
                   sentence=sentence, computed_at=NOW)  # fmt: skip
    made._state = state
    session.add(made)
    session.flush()
    return made


def _invitations(session: Session, ids: dict[str, int], parts: Cast) -> dict[str, int]:
    """Sent ones to the first session with their letters, one of which failed; a draft to the second."""
    first, second = session.get_one(Event, ids["event"]), session.get_one(Event, ids["event_second"])
    invitations.draft_for(session, first, PROGRAMME, NOW)
    inviting.send_all(session, first, PROGRAMME, NOW)
    draft = Invitation(event=second, organisation_id=parts.owner.organisation_id, side="guest", contact_name="葛长青",
                       contact_email="owner@cast.test", nonce="estate-nonce-of-the-draft", created_at=NOW)  # fmt: skip
    waits = Invitation(event=second, organisation_id=parts.university.organisation_id, side="guest", contact_name="岳教授",
                       contact_email="university@cast.test", nonce="estate-nonce-of-who-waits", sent_at=NOW, wanted_seats=1,
                       line_number=1, created_at=NOW)  # fmt: skip
    waits._state = "waiting"
    session.add_all((draft, waits))
    session.flush()
    sent = {row.organisation_id: row.id for row in session.scalars(select(Invitation).where(
        Invitation.event_id == first.id))}  # fmt: skip
    invitation, near = sent[parts.owner.organisation_id], sent[parts.university.organisation_id]
    session.scalars(select(Meeting)).one().slot = 1  # the letters named another slot
    waiting = session.scalars(select(Letter).where(Letter.invitation_id == invitation)).one()
    failed = session.scalars(select(Letter).where(Letter.invitation_id == near)).one()
    failed.failed_at, failed.last_error = NOW, "550 没有这个邮箱"
    return {"invitation": invitation, "invitation_near": near, "invitation_draft": draft.id,
            "invitation_waiting": waits.id, "letter": waiting.id,
            "letter_failed": failed.id} | _outbox(session)  # fmt: skip


def _outbox(session: Session) -> dict[str, int]:
    """A letter in each state that only a person ends, a dead address, a day of the market's own."""
    made = {}
    for code, column in (("uncertain", "uncertain_at"), ("held", "held_at"), ("sent", "sent_at")):
        outbox.post(session, Written(f"estate:{code}", "test", f"{code}@cast.test", "", code, "正文", ""), NOW)
        row = session.scalars(select(Letter).where(Letter.key == f"estate:{code}")).one()
        setattr(row, column, NOW)
        made[f"letter_{code}"] = row.id
    address = SuppressedAddress(address="dead@cast.test", reason="hand", words="已停用", since_at=NOW)
    day = SpecialDay(held_on=date(2022, 6, 6), is_working=False, name="停电")
    session.add_all((address, day))
    session.flush()
    sending.rest(session, "452 每日限额", NOW + timedelta(days=1), NOW)
    return made | {"address": address.id, "day": day.id}


def _uploads(session: Session, people: dict[str, Person]) -> dict[str, int]:
    """A checked and an imported sheet of 甲企业, and of its county's office."""
    made: dict[str, Upload] = {}
    for role, number in (("owner", 1), ("home", 2)):
        cells = {f"{column}2": value for column, value in _own_firm(role).items()}
        actor = people[role].actor
        books = [book_of(SheetKind.NEEDS, 1, cells | {"A2": f"表格里的需求{number}{part}"}) for part in "甲乙"]
        made[f"upload_{role}"] = intake.check(session, SheetKind.NEEDS, "需求.xlsx", books[0], actor, NOW)
        taken = intake.check(session, SheetKind.NEEDS, "已导入.xlsx", books[1], actor, NOW)
        made[f"upload_{role}_taken"] = intake.accept(session, taken, actor, NOW)
    return {name: row.id for name, row in made.items()}


def _own_firm(role: str) -> dict[str, str]:
    """The cells of a sheet that name 甲企业; a county's office may name a new firm of its county."""
    if role == "owner":
        return {"N": "甲企业机械有限公司", "V": "91411082MA4000001N", "W": "长葛市"}
    return {"W": "长葛市"}


def _lexicon(session: Session, ids: dict[str, int]) -> dict[str, int]:
    """An entry that waits to be enabled; its preview says what changes for a need that only the market may see."""
    draft = TermsDraft(TermKind.SAME, "甲地叫法绳", ("乙地叫法索",), "电梯厂的叫法")
    entry = lexicon.add(session, draft, PROGRAMME, NOW)
    change = {"need": ids["need_private"], "achievement": ids["achievement"], "kind": "in", "old": None,
              "new": {"rank": 1, "score": 0.4, "level": "强"}}  # fmt: skip
    figures = dict.fromkeys(("in", "needs", "needs_changed"), 1) | dict.fromkeys(("out", "moved", "level", "score"), 0)
    session.add(LexiconPreview(entry_id=entry.id, deed="enable", line=entry.line, requested_at=NOW, done_at=NOW,
                               figures=figures, changes=[change]))  # fmt: skip
    session.flush()
    return {"lexicon_entry": entry.id}


def _twins(session: Session, ids: dict[str, int]) -> dict[str, int]:
    """Two achievements that resemble each other, and what is to be expected for the need."""
    first, second = sorted((ids["achievement"], ids["achievement_free"]))
    row = Resemblance(kind="achievement", first_id=first, second_id=second, likeness=0.8, same=["名称"], found_at=NOW)
    covering = [{"kind": "institute", "name": "许昌学院", "score": 0.3, "achievements": [ids["achievement"]]}]
    similar = [{"need": ids["need_private"], "likeness": 0.5, "together": True}]
    advice = {"sentences": ["可以先问许昌学院。"], "unknown": ["石子"], "barrier": "≤6μm"}
    session.add_all(
        [row, Outlook(need_id=ids["need"], help=advice, covering=covering, similar=similar, computed_at=NOW)]
    )
    session.flush()
    return {"resemblance": row.id}


def _ranking(session: Session) -> dict[str, int]:
    """A candidate that compared well."""
    figures = {"needs": 32, "ndcg": 0.81, "ndcg_other": 0.8, "auc": 0.8, "auc_other": None, "p_value": 0.4}
    row = RankingModel(number=1, content=learning.shipped_json(), fingerprint="0" * 64, shipped_pairs=785, desk_pairs=31,
                       compared_with=0, figures=figures, trained_at=NOW)  # fmt: skip
    session.add(row)
    session.flush()
    return {"ranking_model": row.number}


def _versions(session: Session, ids: dict[str, int]) -> dict[str, int]:
    """What stands at the first session is published; a draft of it puts the talk elsewhere, with a table less."""
    event = session.get_one(Event, ids["event"])
    meeting = session.scalars(select(Meeting)).one()
    given: dict[str, Any] = {"event_id": event.id, "made_at": NOW}
    here = [[meeting.pairing_id, meeting.slot, 0, meeting.expert_id, 0]]
    there = [[meeting.pairing_id, meeting.slot + 1, 0, meeting.expert_id, 0]]
    lost = [{"kind": "table", "slot": 0, "person": "", "table": 2}]
    session.add_all([
        TimetableVersion(number=1, edition=1, origin="taken", placements=here, published_at=NOW, **given),
        TimetableVersion(number=2, origin="repair", note="3号桌停用", base_number=1, placements=there, conditions=lost,
                         **given),
    ])  # fmt: skip
    event.edition = 1
    session.flush()
    proposal = planning.propose(session, 2022, 1, PROGRAMME, NOW)
    preview = season_previews.ask(session, 2022, 1, False, None, PROGRAMME, NOW)
    season_previews.store(session, preview.id, season_previews.found(proposal), NOW)
    session.flush()
    absence = Absence(organisation_id=ids["owner_organisation"], starts_on=date(2099, 5, 1), ends_on=date(2099, 5, 2),
                      created_at=NOW)  # fmt: skip
    session.add(absence)
    session.flush()
    return {"version": 1, "season_preview": preview.id, "absence": absence.id}


def _files(session: Session, ids: dict[str, int]) -> dict[str, int]:
    draft = session.get_one(Need, ids["need_draft"])
    attachments.add(session, draft, [("草稿图纸.png", PNG)], PROGRAMME, NOW)
    session.flush()
    row = session.scalars(select(Attachment)).one()
    return {"attachment": row.id}
