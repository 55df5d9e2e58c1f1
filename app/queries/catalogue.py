"""Reads what anyone may see of needs and achievements: search, pages, and details with contacts and hidden names left out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from app.domain.errors import Missing
from app.domain.masking import without_contacts, without_name
from app.domain.vocabulary import (
    AchievementKind,
    AchievementLevel,
    CooperationMode,
    HighTechField,
    IpStatus,
    Maturity,
    NeedCategory,
    Urgency,
    Visibility,
    Word,
)
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.need import Need
from app.models.people import Organisation
from app.queries import discretion
from app.queries.finding import Related, fitting, nearest
from app.queries.paging import Page, page_of

PAGE_SIZE = 20
MOST_WORDS = 6
OPEN = (Visibility.PUBLIC.value, Visibility.ANONYMOUS.value)
SHOWN_EVENTS = ("announced", "held", "reported")


@dataclass(frozen=True, slots=True)
class Search:
    """What a visitor looks for. `sort`: newest, closing (needs only) or title."""

    text: str = ""
    industry_id: int | None = None
    county_id: int | None = None
    maturity: Maturity | None = None
    mode: CooperationMode | None = None
    sort: str = "newest"

    @property
    def words(self) -> tuple[str, ...]:
        """The words that must all occur."""
        return tuple(self.text.replace("，", " ").replace("、", " ").replace(",", " ").split()[:MOST_WORDS])


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the catalogue. `organisation` is None where it stays hidden; `terms` is what to mark in it."""

    id: int
    title: str
    summary: str
    organisation: str | None
    county: str
    industry: str
    keywords: tuple[str, ...]
    modes: tuple[str, ...]
    maturity: str
    amount: Decimal | None
    negotiable: bool
    shown_at: datetime | None
    valid_until: date | None
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its text on a detail page."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """指标 / 现值 / 目标值 / 单位."""

    name: str
    present: str
    target: str
    unit: str


@dataclass(frozen=True, slots=True)
class Detail:
    """A detail page: the entry, its sections and facts, and the announced events at which it is shown."""

    entry: Entry
    number: str
    anonymous: bool
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...]
    indicators: tuple[IndicatorLine, ...]
    events: tuple[tuple[int, str, datetime], ...]


def public_needs(today: date) -> Select[Need]:
    """Needs that anyone may see: published, not expired, public or anonymous."""
    return select(Need).where(
        Need.state == "published",
        Need.visibility.in_(OPEN),
        or_(Need.valid_until.is_(None), Need.valid_until >= today),
    )


def public_achievements() -> Select[Achievement]:
    """Achievements that anyone may see: listed, public or anonymous."""
    return select(Achievement).where(Achievement.state == "listed", Achievement.visibility.in_(OPEN))


def public_ids(session: Session, table: type[Need | Achievement]) -> set[int]:
    """The ids of all that anyone may see on one side, past their last day too."""
    state = "published" if table is Need else "listed"
    return set(session.scalars(select(table.id).where(table.state == state, table.visibility.in_(OPEN))))


def needs(
    session: Session, search: Search, number: int, today: date, size: int = PAGE_SIZE, related: Related | None = None
) -> Page[Entry]:
    """One page of the needs that fit the search: those that hold its words, and those that an index found."""
    texts = (Need.title, Need.problem, Need.key_technology, Need.goal, Need.industry_text)
    chosen = public_needs(today).options(
        joinedload(Need.organisation).joinedload(Organisation.county), joinedload(Need.industry)
    )
    chosen = _said(session, chosen, Need, search, texts, related)
    if search.county_id is not None:
        chosen = chosen.where(Need.organisation.has(Organisation.county_id == search.county_id))
    order: tuple[Any, ...] = (Need.published_at.desc(),)
    if search.sort == "closing":
        order = (Need.valid_until.is_(None), Need.valid_until)
    order = _ordering(Need, search, order, related)
    page = page_of(session, chosen.order_by(*order, Need.id.desc()), number, size)
    rows = tuple(_marked(_need_entry(need), search, related) for need in page.rows)
    return Page(rows, page.number, page.pages, page.total)


def achievements(
    session: Session, search: Search, number: int, size: int = PAGE_SIZE, related: Related | None = None
) -> Page[Entry]:
    """One page of the achievements that fit the search: those that hold its words, and those that an index found."""
    texts = (
        Achievement.title,
        Achievement.summary,
        Achievement.indicators,
        Achievement.applications,
        Achievement.industry_text,
    )
    chosen = public_achievements().options(
        joinedload(Achievement.organisation).joinedload(Organisation.county), joinedload(Achievement.industry)
    )
    chosen = _said(session, chosen, Achievement, search, texts, related)
    if search.maturity is not None:
        chosen = chosen.where(Achievement.maturity == search.maturity.value)
    order = _ordering(Achievement, search, (Achievement.listed_at.desc(),), related)
    page = page_of(session, chosen.order_by(*order, Achievement.id.desc()), number, size)
    rows = tuple(_marked(_achievement_entry(one), search, related) for one in page.rows)
    return Page(rows, page.number, page.pages, page.total)


def _said(
    session: Session,
    chosen: Select[Any],
    table: type[Need | Achievement],
    search: Search,
    texts: Iterable[InstrumentedAttribute[str]],
    related: Related | None,
) -> Select[Any]:
    """Narrowed to what a reader finds the words in, or what the index found; and to the industry and the mode."""
    if search.industry_id is not None:
        chosen = chosen.where(table.industry_id == search.industry_id)
    if search.mode is not None:
        chosen = chosen.where(_listed(table.modes, f'"{search.mode.value}"'))
    if not search.words:
        return chosen
    spoken = and_(*_matching(table, search, texts))
    untold = discretion.untold(session, chosen.where(spoken), table, search.words)
    literally = and_(spoken, table.id.not_in(untold))
    return chosen.where(fitting(literally, table, related))


def _marked(entry: Entry, search: Search, related: Related | None) -> Entry:
    """The entry with what was looked for in it."""
    found = related.terms.get(entry.id, ()) if related else ()
    return replace(entry, terms=tuple(dict.fromkeys((*search.words, *found))))


def _matching(
    table: type[Need | Achievement], search: Search, texts: Iterable[InstrumentedAttribute[str]]
) -> list[ColumnElement[bool]]:
    """Every word somewhere."""
    conditions: list[ColumnElement[bool]] = []
    for word in search.words:
        named = table.organisation.has(Organisation.name.icontains(word, autoescape=True))
        places = [column.icontains(word, autoescape=True) for column in texts]
        places += [_listed(table.keywords, part) for part in {word, json.dumps(word)[1:-1]}]
        is_open = table.visibility == Visibility.PUBLIC.value
        conditions.append(or_(*places, is_open & named))
    return conditions


def _listed(column: InstrumentedAttribute[list[str]], part: str) -> ColumnElement[bool]:
    """Whether the text of a JSON list holds this part; Chinese may be kept as it is or as escapes."""
    return cast(column, Text).icontains(part, autoescape=True)


def _ordering(
    table: type[Need | Achievement], search: Search, usual: tuple[Any, ...], related: Related | None
) -> tuple[Any, ...]:
    """By title when asked; otherwise hits in the title first, then as the index ranks them, then the usual order."""
    if search.sort == "title":
        return (table.title,)
    return (*nearest(table, search.words, related), *usual)


def need(session: Session, need_id: int, today: date) -> Detail:
    """A public need's page; Missing when anyone may not see it."""
    found = session.scalar(
        public_needs(today)
        .where(Need.id == need_id)
        .options(joinedload(Need.organisation).joinedload(Organisation.county), selectinload(Need.indicators))
    )
    if found is None:
        raise Missing("没有这条公开的技术需求：可能已经解决、撤回或过期，也可能只对部分单位开放。")
    hidden = _hidden_name(found)
    facts = (
        ("需求类别", _label(NeedCategory, found.category)),
        ("所属技术领域", _label(HighTechField, found.field)),
        ("产业", _industry(found)),
        ("合作方式", "、".join(_modes(found))),
        ("紧迫程度", _label(Urgency, found.urgency)),
    )
    return Detail(
        entry=_need_entry(found),
        number=found.number or "",
        anonymous=bool(hidden),
        sections=_sections(
            hidden,
            ("主要问题", found.problem),
            ("技术关键与主要指标", found.key_technology),
            ("预期目标", found.goal),
            ("现有基础", found.basis),
        ),
        facts=facts,
        indicators=tuple(
            IndicatorLine(*(_masked(part, hidden) for part in (row.name, row.present, row.target, row.unit)))
            for row in found.indicators
        ),
        events=(),
    )


def achievement(session: Session, achievement_id: int) -> Detail:
    """A public achievement's page; Missing when anyone may not see it."""
    found = session.scalar(
        public_achievements()
        .where(Achievement.id == achievement_id)
        .options(joinedload(Achievement.organisation), joinedload(Achievement.expert))
    )
    if found is None:
        raise Missing("没有这项公开的科技成果：可能已经撤回或转化，也可能只对部分单位开放。")
    hidden = _hidden_name(found)
    people = found.expert.name + (f" {found.expert.title}" if found.expert.title else "") if found.expert else ""
    facts = (
        ("院系（研究所）", found.department.name if found.department and not hidden else ""),
        ("专家", people if not hidden else ""),
        ("所处阶段", _label(Maturity, found.maturity)),
        ("知识产权", _label(IpStatus, found.ip_status)),
        ("成果水平", _label(AchievementLevel, found.level)),
        ("成果类型", "、".join(_label(AchievementKind, kind) for kind in found.kinds)),
        ("完成年份", f"{found.completed_year} 年" if found.completed_year else ""),
        ("所属技术领域", _label(HighTechField, found.field)),
        ("产业", _industry(found)),
        ("合作方式", "、".join(_modes(found))),
    )
    return Detail(
        entry=_achievement_entry(found),
        number=found.number or "",
        anonymous=bool(hidden),
        sections=_sections(
            hidden,
            ("成果简介", found.summary),
            ("技术指标", found.indicators),
            ("应用场景及案例", found.applications),
            ("市场分析", found.market),
            ("适合的企业", found.suitable_for),
            ("团队介绍", "" if hidden else found.team),
        ),
        facts=facts,
        indicators=(),
        events=_events_of(session, found.id),
    )


def _events_of(session: Session, achievement_id: int) -> tuple[tuple[int, str, datetime], ...]:
    """The announced events at which the achievement is released: id, title, start."""
    rows = session.execute(
        select(Event.id, Event.title, Event.starts_at)
        .where(Event.releases.any(Achievement.id == achievement_id), Event.state.in_(SHOWN_EVENTS))
        .order_by(Event.starts_at)
    )
    return tuple((event_id, title, starts_at) for event_id, title, starts_at in rows if starts_at is not None)


def _hidden_name(subject: Need | Achievement) -> str:
    """The organisation's name when it must not be read; empty when it may."""
    return subject.organisation.name if subject.visibility == Visibility.ANONYMOUS.value else ""


def _masked(text: str, hidden: str) -> str:
    text = without_contacts(text)
    return without_name(text, hidden) if hidden else text


def _sections(hidden: str, *pairs: tuple[str, str]) -> tuple[Section, ...]:
    return tuple(Section(title, _masked(text, hidden)) for title, text in pairs if text.strip())


def _label(words: type[Word], code: str | None) -> str:
    return words(code).label if code else ""


def _modes(subject: Need | Achievement) -> tuple[str, ...]:
    return tuple(CooperationMode(code).label for code in subject.modes)


def _industry(subject: Need | Achievement) -> str:
    return subject.industry.name if subject.industry else subject.industry_text


def _need_entry(need: Need) -> Entry:
    hidden = _hidden_name(need)
    return Entry(
        id=need.id,
        title=_masked(need.title, hidden),
        summary=_masked(need.problem or need.key_technology, hidden),
        organisation=None if hidden else need.organisation.name,
        county=need.organisation.county.name if need.organisation.county else "",
        industry=_industry(need),
        keywords=tuple(_masked(word, hidden) for word in need.keywords),
        modes=_modes(need),
        maturity="",
        amount=need.budget,
        negotiable=need.budget_negotiable,
        shown_at=need.published_at,
        valid_until=need.valid_until,
    )


def _achievement_entry(found: Achievement) -> Entry:
    hidden = _hidden_name(found)
    return Entry(
        id=found.id,
        title=_masked(found.title, hidden),
        summary=_masked(found.summary, hidden),
        organisation=None if hidden else found.organisation.name,
        county="",
        industry=_industry(found),
        keywords=tuple(_masked(word, hidden) for word in found.keywords),
        modes=_modes(found),
        maturity=_label(Maturity, found.maturity),
        amount=found.price,
        negotiable=found.price_negotiable,
        shown_at=found.listed_at,
        valid_until=None,
    )
