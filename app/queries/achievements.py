"""Reads achievements: what is in whose sight, lists with filters, and what a stranger sees of an achievement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.actor import CITY, Actor, Role
from app.domain.drafts import NO_CONTACT, AchievementDraft, Contact
from app.domain.entries import clean_line
from app.domain.errors import Missing
from app.domain.masking import without_contacts, without_name
from app.domain.vocabulary import (
    AchievementKind,
    AchievementLevel,
    CooperationMode,
    HighTechField,
    IpStatus,
    Maturity,
    Visibility,
    Willingness,
)
from app.models.achievement import Achievement
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.queries.discretion import untold
from app.queries.finding import Related, fitting, nearest
from app.queries.introductions import achievements_known_to
from app.queries.paging import Page, page_of, whole_number

PAGE_SIZE = 20
LONGEST_QUERY = 100
MOST_WORDS = 6
OPEN = (Visibility.PUBLIC.value, Visibility.ANONYMOUS.value)
TO_INSTITUTES = (*OPEN, Visibility.INSTITUTES.value)
SORTS: dict[str, Any] = {
    "changed": Achievement.changed_at,
    "title": Achievement.title,
    "number": Achievement.number,
}
TEXTS = ("title", "department", "summary", "indicators", "applications", "market", "funding", "awards", "patents",
         "industry", "suitable_for", "notes")  # fmt: skip


@dataclass(frozen=True, slots=True)
class AchievementFilter:
    """What a list is narrowed to. `sort`: a key of SORTS, "-" before it for down."""

    text: str = ""
    state: str = ""
    supply_kind: str = ""
    industry_id: int | None = None
    maturity: str = ""
    sort: str = ""
    page: int = 1

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Self:
        """What a request's query values ask for; what means nothing is left out."""
        return cls(
            text=clean_line(values.get("q", "")[:LONGEST_QUERY]),
            state=values.get("state", ""),
            supply_kind=values.get("supply", ""),
            industry_id=whole_number(values.get("industry", "")),
            maturity=values.get("maturity", ""),
            sort=values.get("sort", ""),
            page=whole_number(values.get("page", "")) or 1,
        )

    @property
    def values(self) -> dict[str, object]:
        """What the filter form shows as chosen."""
        return {
            "q": self.text,
            "state": self.state,
            "supply": self.supply_kind,
            "industry": self.industry_id,
            "maturity": self.maturity,
        }


@dataclass(frozen=True, slots=True)
class SeenAchievement:
    """An achievement as one actor sees it. `known`: the institute's name and contact stand in it."""

    id: int
    number: str
    state_label: str
    state_tone: str
    organisation: str
    industry: str
    known: bool
    listed_at: datetime | None
    content: AchievementDraft


def visible_to(actor: Actor | None) -> Select[Achievement]:
    """The achievements in sight: one's own; those of institutes in the county; all in the city; the listed ones."""
    chosen = select(Achievement)
    offered = and_(Achievement.state == "listed", Achievement.visibility.in_(OPEN))
    if actor is None:
        return chosen.where(offered)
    if actor.role in CITY or actor.role is Role.PROGRAMME:
        return chosen
    if actor.role is Role.COUNTY_OFFICE:
        here = Achievement.organisation.has(Organisation.county_id == actor.county_id)
        named = Achievement.visibility.in_((Visibility.PUBLIC.value, Visibility.INSTITUTES.value))
        return chosen.where(or_(here, and_(Achievement.state == "listed", named)))
    if actor.role is Role.INSTITUTE:
        own_or_open = or_(
            Achievement.organisation_id == actor.organisation_id,
            and_(Achievement.state == "listed", Achievement.visibility.in_(TO_INSTITUTES)),
        )
        return chosen.where(own_or_open)
    if actor.role is Role.ENTERPRISE:
        known = Achievement.id.in_(achievements_known_to(actor.organisation_id))
        return chosen.where(or_(offered, and_(Achievement.state.in_(("listed", "transferred")), known)))
    return chosen.where(false())


def own(actor: Actor) -> Select[Achievement]:
    """The achievements of the actor's own organisation."""
    return select(Achievement).where(Achievement.organisation_id == actor.organisation_id)


def one(session: Session, chosen: Select[Achievement], achievement_id: int) -> Achievement:
    """The achievement with this id among the chosen ones, with what a page shows of it; Missing if it isn't there."""
    found = session.scalar(
        chosen.where(Achievement.id == achievement_id).options(
            joinedload(Achievement.organisation).joinedload(Organisation.county),
            joinedload(Achievement.industry),
            joinedload(Achievement.department),
        )
    )
    if found is None:
        raise Missing("没有找到这项科技成果，或您无权查看。")
    return found


def listed(
    session: Session,
    chosen: Select[Achievement],
    wanted: AchievementFilter,
    size: int = PAGE_SIZE,
    related: Related | None = None,
    *,
    told: bool = True,
) -> Page[Achievement]:
    """One page of the chosen ones; those that wait for a review first, then the newest, unless sorted otherwise.

    `related`: what an index found for the text; it is listed too, and the nearest come first. `told`: the asker may read all
    that the words are looked for in; otherwise the order does not depend on it either.
    """
    narrowed = chosen.where(*_conditions(wanted, related)).options(
        joinedload(Achievement.organisation),
        joinedload(Achievement.industry),
        joinedload(Achievement.department),
    )
    return page_of(session, narrowed.order_by(*_order(wanted, related, told)), wanted.page, size)


def offered(
    session: Session, actor: Actor, wanted: AchievementFilter, size: int = PAGE_SIZE, related: Related | None = None
) -> Page[SeenAchievement]:
    """One page of the listed achievements of others, as this actor sees them; `related` as in `listed`."""
    others = visible_to(actor).where(
        Achievement.organisation_id != actor.organisation_id, Achievement.state == "listed"
    )
    known = set(session.scalars(achievements_known_to(actor.organisation_id)))
    hits = others.where(*_conditions(AchievementFilter(text=wanted.text)))
    readable = Achievement.id.not_in(untold(session, hits, Achievement, _words(wanted), known))
    others = others.where(fitting(readable, Achievement, related))
    page = listed(session, others, wanted, size, related, told=False)
    return Page(tuple(shown(one, known=one.id in known) for one in page.rows), page.number, page.pages, page.total)


def _words(wanted: AchievementFilter) -> list[str]:
    return wanted.text.split()[:MOST_WORDS]


def _spoken(wanted: AchievementFilter) -> ColumnElement[bool]:
    """Every word somewhere."""
    literally: list[ColumnElement[bool]] = []
    for word in _words(wanted):
        named = Achievement.organisation.has(Organisation.name.icontains(word, autoescape=True))
        columns = (Achievement.title, Achievement.number, Achievement.summary, Achievement.applications,
                   Achievement.industry_text)  # fmt: skip
        literally.append(or_(named, *(column.icontains(word, autoescape=True) for column in columns)))
    return and_(*literally)


def _conditions(wanted: AchievementFilter, related: Related | None = None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if _words(wanted):
        conditions.append(fitting(_spoken(wanted), Achievement, related))
    if wanted.state:
        conditions.append(Achievement.state == wanted.state)
    if wanted.supply_kind:
        conditions.append(Achievement.organisation.has(Organisation.supply_kind == wanted.supply_kind))
    if wanted.industry_id is not None:
        conditions.append(Achievement.industry_id == wanted.industry_id)
    if wanted.maturity:
        conditions.append(Achievement.maturity == wanted.maturity)
    return conditions


def _order(wanted: AchievementFilter, related: Related | None, told: bool) -> tuple[Any, ...]:
    sort = wanted.sort
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        waiting = case((Achievement.state == "submitted", 0), else_=1)
        near = nearest(Achievement, _words(wanted), related, _spoken(wanted) if told else None) if related else ()
        return (*near, waiting, Achievement.changed_at.desc(), Achievement.id.desc())
    return (column.desc() if sort.startswith("-") else column.asc(), Achievement.id.desc())


def is_known(session: Session, achievement: Achievement, actor: Actor) -> bool:
    """Whether the actor may read the institute's name and contact: the city, its county, and who was introduced."""
    if actor.role in CITY or achievement.organisation_id == actor.organisation_id:
        return True
    if actor.role is Role.COUNTY_OFFICE:
        return achievement.organisation.county_id == actor.county_id
    known = achievements_known_to(actor.organisation_id).where(Pairing.achievement_id == achievement.id)
    return session.scalar(known.limit(1)) is not None


def counts(session: Session, chosen: Select[Achievement]) -> dict[str, int]:
    """How many of the chosen achievements are in each state."""
    inner = chosen.order_by(None).subquery()
    rows = session.execute(select(inner.c.state, func.count()).group_by(inner.c.state))
    return {str(state): int(number) for state, number in rows}


def shown(achievement: Achievement, *, known: bool) -> SeenAchievement:
    """The achievement as somebody sees it who knows the institute, or does not: then without ways to reach people."""
    hidden = achievement.visibility == Visibility.ANONYMOUS.value and not known
    draft = draft_of(achievement)
    return SeenAchievement(
        id=achievement.id,
        number=achievement.number or "",
        state_label=achievement.state_label,
        state_tone=achievement.state_tone,
        organisation="某院所（匿名）" if hidden else achievement.organisation.name,
        industry=achievement.industry.name if achievement.industry else achievement.industry_text,
        known=known,
        listed_at=achievement.listed_at,
        content=draft if known else _masked(draft, achievement.organisation.name if hidden else ""),
    )


def _masked(draft: AchievementDraft, name: str) -> AchievementDraft:
    plain: dict[str, Any] = {text: without_name(without_contacts(getattr(draft, text)), name) for text in TEXTS}
    if name:
        plain["department"] = ""
    return replace(
        draft,
        **plain,
        keywords=tuple(without_name(without_contacts(word), name) for word in draft.keywords),
        owner="" if name else draft.owner,
        owner_phone="",
        team="" if name else without_contacts(draft.team),
        contact=NO_CONTACT,
    )


def draft_of(achievement: Achievement) -> AchievementDraft:
    """The achievement's content as the value a form yields."""
    one = achievement
    return AchievementDraft(
        title=one.title,
        department=one.department.name if one.department else "",
        owner=one.owner_name,
        owner_phone=one.owner_phone,
        team=one.team,
        keywords=tuple(one.keywords),
        summary=one.summary,
        indicators=one.indicators,
        applications=one.applications,
        market=one.market,
        kinds=tuple(AchievementKind(code) for code in one.kinds),
        acquisition=one.acquisition,
        funding=one.funding,
        completed_year=one.completed_year,
        awards=one.awards,
        maturity=Maturity(one.maturity) if one.maturity else None,
        level=AchievementLevel(one.level) if one.level else None,
        ip_status=IpStatus(one.ip_status) if one.ip_status else None,
        patents=one.patents,
        field=HighTechField(one.field) if one.field else None,
        industry=one.industry_text,
        willingness=Willingness(one.willingness) if one.willingness else None,
        modes=tuple(CooperationMode(code) for code in one.modes),
        price=one.price,
        price_negotiable=one.price_negotiable,
        suitable_for=one.suitable_for,
        landed_locally=one.landed_locally,
        visibility=Visibility(one.visibility),
        contact=Contact(
            one.contact_name, one.contact_title, one.contact_mobile, one.contact_landline, one.contact_email
        ),
        notes=one.notes,
    )
