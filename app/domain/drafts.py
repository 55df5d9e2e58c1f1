"""Owns the frozen values a form or a spreadsheet row yields before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from app.domain.offers import USUAL_HOURS
from app.domain.vocabulary import (
    AchievementKind,
    AchievementLevel,
    CooperationMode,
    EventKind,
    HighTechField,
    IpStatus,
    Maturity,
    NeedCategory,
    Series,
    Source,
    Topic,
    Urgency,
    Visibility,
    Willingness,
)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One measurable line of a need: 指标 / 现值 / 目标值 / 单位."""

    name: str
    present: str = ""
    target: str = ""
    unit: str = ""

    def text(self) -> str:
        """The line as one phrase, for the matcher and for letters."""
        present = f"现值 {self.present}{self.unit}" if self.present else ""
        target = f"目标 {self.target}{self.unit}" if self.target else ""
        return " ".join(part for part in (self.name, present, target) if part)


@dataclass(frozen=True, slots=True)
class Contact:
    """联系人; personal data, used only for the programme."""

    name: str = ""
    title: str = ""
    mobile: str = ""
    landline: str = ""
    email: str = ""


NO_CONTACT = Contact()


@dataclass(frozen=True, slots=True)
class Provenance:
    """来源: who told us, how, and when; for records entered on somebody's behalf."""

    source: Source = Source.OWN
    told_by: str = ""
    told_how: str = ""
    visited_on: date | None = None


@dataclass(frozen=True, slots=True)
class OrganisationDraft:
    """An organisation as a sign-up form or a sheet row names it. `county` is the county's label."""

    name: str = ""
    credit_code: str = ""
    county: str = ""
    address: str = ""
    legal_person: str = ""
    above_scale: bool | None = None
    has_cooperation: bool | None = None


@dataclass(frozen=True, slots=True)
class NeedDraft:
    """技术需求征集表 (form 5A). Every field may be empty while the need is a draft; budget in 万元."""

    title: str = ""
    category: NeedCategory | None = None
    field: HighTechField | None = None
    industry: str = ""
    problem: str = ""
    key_technology: str = ""
    indicators: tuple[Indicator, ...] = ()
    goal: str = ""
    basis: str = ""
    keywords: tuple[str, ...] = ()
    modes: tuple[CooperationMode, ...] = ()
    budget: Decimal | None = None
    budget_negotiable: bool = False
    wanted_institutes: str = ""
    wanted_experts: str = ""
    valid_until: date | None = None
    urgency: Urgency | None = None
    visibility: Visibility = Visibility.PUBLIC
    contact: Contact = NO_CONTACT


@dataclass(frozen=True, slots=True)
class AchievementDraft:
    """科技成果信息表 (form 5B). Every field may be empty while it is a draft; price in 万元."""

    title: str = ""
    department: str = ""
    owner: str = ""
    owner_phone: str = ""
    team: str = ""
    keywords: tuple[str, ...] = ()
    summary: str = ""
    indicators: str = ""
    applications: str = ""
    market: str = ""
    kinds: tuple[AchievementKind, ...] = ()
    acquisition: str = ""
    funding: str = ""
    completed_year: int | None = None
    awards: str = ""
    maturity: Maturity | None = None
    level: AchievementLevel | None = None
    ip_status: IpStatus | None = None
    patents: str = ""
    field: HighTechField | None = None
    industry: str = ""
    willingness: Willingness | None = None
    modes: tuple[CooperationMode, ...] = ()
    price: Decimal | None = None
    price_negotiable: bool = False
    suitable_for: str = ""
    landed_locally: bool | None = None
    visibility: Visibility = Visibility.PUBLIC
    contact: Contact = NO_CONTACT
    notes: str = ""


@dataclass(frozen=True, slots=True)
class ReplyDraft:
    """回执: who comes, how many, when they arrive and leave (local wall time of the event's day).

    `given_at` is when the person said so, None for this moment; `note` is the source when somebody else writes it down.
    """

    attendees: str = ""
    party_size: int = 1
    arrives_at: time | None = None
    leaves_at: time | None = None
    reason: str = ""
    note: str = ""
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When and where an event is held; times are the wall clock of `held_on` in Xuchang. Without a date: not fixed yet."""

    held_on: date | None = None
    starts: time | None = None
    ends: time | None = None
    talks_start: time | None = None
    venue_id: int | None = None
    place: str = ""


NO_SCHEDULE = Schedule()


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event as its form gives it. Slots: `slot_count` talks of `slot_minutes`, at `tables` tables.

    `pauses` holds (slot, minutes): a break before that slot (from 0); `agenda` holds (time, what) lines.
    """

    year: int = 0
    kind: EventKind | None = None
    series: Series | None = None
    topic: Topic | None = None
    title: str = ""
    summary: str = ""
    schedule: Schedule = NO_SCHEDULE
    capacity: int = 100
    seats_per_firm: int = 0
    offer_hours: int = USUAL_HOURS
    slot_minutes: int = 20
    slot_count: int = 0
    tables: int = 0
    pauses: tuple[tuple[int, int], ...] = ()
    agenda: tuple[tuple[str, str], ...] = ()
    county_id: int | None = None
    industry_ids: tuple[int, ...] = ()
    host_ids: tuple[int, ...] = ()
