"""Reads needs: what is in whose sight, lists with filters, the review queue, and what a stranger sees of a need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain import clock
from app.domain.actor import CITY, DESK, Actor, Role
from app.domain.drafts import NO_CONTACT, Contact, Indicator, NeedDraft
from app.domain.entries import clean_line
from app.domain.errors import Missing
from app.domain.masking import without_contacts, without_name
from app.domain.vocabulary import CooperationMode, HighTechField, NeedCategory, Urgency, Visibility
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.queries.discretion import untold
from app.queries.finding import Related, fitting, nearest
from app.queries.introductions import needs_known_to
from app.queries.paging import Page, page_of, whole_number

PAGE_SIZE = 20
LONGEST_QUERY = 100
MOST_WORDS = 6
OPEN = (Visibility.PUBLIC.value, Visibility.ANONYMOUS.value)
TO_INSTITUTES = (*OPEN, Visibility.INSTITUTES.value)
SORTS: dict[str, Any] = {
    "changed": Need.changed_at,
    "title": Need.title,
    "number": Need.number,
    "valid": Need.valid_until,
}


@dataclass(frozen=True, slots=True)
class NeedFilter:
    """What a list is narrowed to. `answer`: waiting, confirmed or disputed; `sort`: a key of SORTS, "-" for down."""

    text: str = ""
    state: str = ""
    county_id: int | None = None
    industry_id: int | None = None
    answer: str = ""
    sort: str = ""
    page: int = 1

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Self:
        """What a request's query values ask for; what means nothing is left out."""
        return cls(
            text=clean_line(values.get("q", "")[:LONGEST_QUERY]),
            state=values.get("state", ""),
            county_id=whole_number(values.get("county", "")),
            industry_id=whole_number(values.get("industry", "")),
            answer=values.get("answer", ""),
            sort=values.get("sort", ""),
            page=whole_number(values.get("page", "")) or 1,
        )

    @property
    def values(self) -> dict[str, object]:
        """What the filter form shows as chosen."""
        return {
            "q": self.text,
            "state": self.state,
            "county": self.county_id,
            "industry": self.industry_id,
            "answer": self.answer,
        }


@dataclass(frozen=True, slots=True)
class SeenNeed:
    """A need as one actor sees it. `known`: the firm's name and contact stand in it; otherwise they are left out."""

    id: int
    number: str
    state_label: str
    state_tone: str
    organisation: str
    county: str
    industry: str
    known: bool
    published_at: datetime | None
    content: NeedDraft


def visible_to(actor: Actor | None) -> Select[Need]:
    """The needs in sight: one's own; a county's in its office; all in the city; the published ones by visibility."""
    chosen = select(Need)
    if actor is None:
        return chosen.where(Need.state == "published", Need.visibility.in_(OPEN))
    if actor.role in CITY or actor.role is Role.PROGRAMME:
        return chosen
    if actor.role is Role.COUNTY_OFFICE:
        return chosen.where(Need.organisation.has(Organisation.county_id == actor.county_id))
    if actor.role is Role.ENTERPRISE:
        offered = and_(Need.state == "published", Need.visibility.in_(OPEN))
        return chosen.where(or_(Need.organisation_id == actor.organisation_id, offered))
    if actor.role is Role.INSTITUTE:
        offered = and_(Need.state == "published", Need.visibility.in_(TO_INSTITUTES))
        known = and_(Need.state.in_(("published", "settled")), Need.id.in_(needs_known_to(actor.organisation_id)))
        return chosen.where(or_(offered, known))
    if actor.need_id is not None:
        return chosen.where(Need.id == actor.need_id)
    return chosen.where(false())


def own(actor: Actor) -> Select[Need]:
    """The needs of the actor's own organisation."""
    return select(Need).where(Need.organisation_id == actor.organisation_id)


def one(session: Session, chosen: Select[Need], need_id: int) -> Need:
    """The need with this id among the chosen ones, with what a page shows of it; Missing if it isn't there."""
    found = session.scalar(chosen.where(Need.id == need_id).options(*_with_everything()))
    if found is None:
        raise Missing("没有找到这条技术需求，或您无权查看。")
    return found


def _with_everything() -> tuple[Any, ...]:
    return (
        joinedload(Need.organisation).joinedload(Organisation.county),
        joinedload(Need.industry),
        selectinload(Need.indicators),
    )


def listed(
    session: Session,
    chosen: Select[Need],
    wanted: NeedFilter,
    size: int = PAGE_SIZE,
    related: Related | None = None,
    *,
    told: bool = True,
) -> Page[Need]:
    """One page of the chosen needs; those that wait for a review first, then the newest, unless sorted otherwise.

    `related`: what an index found for the text; it is listed too, and the nearest come first. `told`: the asker may read all
    that the words are looked for in; otherwise the order does not depend on it either.
    """
    narrowed = chosen.where(*_conditions(wanted, related)).options(
        joinedload(Need.organisation).joinedload(Organisation.county), joinedload(Need.industry)
    )
    return page_of(session, narrowed.order_by(*_order(wanted, related, told)), wanted.page, size)


def offered(
    session: Session, actor: Actor, wanted: NeedFilter, size: int = PAGE_SIZE, related: Related | None = None
) -> Page[SeenNeed]:
    """One page of the published needs of others, as this actor sees them; `related` as in `listed`."""
    others = visible_to(actor).where(Need.organisation_id != actor.organisation_id, Need.state == "published")
    known = set(session.scalars(needs_known_to(actor.organisation_id)))
    hits = others.where(*_conditions(NeedFilter(text=wanted.text)))
    others = others.where(fitting(Need.id.not_in(untold(session, hits, Need, _words(wanted), known)), Need, related))
    page = listed(session, others.options(selectinload(Need.indicators)), wanted, size, related, told=False)
    return Page(tuple(shown(need, known=need.id in known) for need in page.rows), page.number, page.pages, page.total)


def _words(wanted: NeedFilter) -> list[str]:
    return wanted.text.split()[:MOST_WORDS]


def _spoken(wanted: NeedFilter) -> ColumnElement[bool]:
    """Every word somewhere."""
    literally: list[ColumnElement[bool]] = []
    for word in _words(wanted):
        named = Need.organisation.has(Organisation.name.icontains(word, autoescape=True))
        columns = (Need.title, Need.number, Need.problem, Need.key_technology, Need.industry_text)
        literally.append(or_(named, *(column.icontains(word, autoescape=True) for column in columns)))
    return and_(*literally)


def _conditions(wanted: NeedFilter, related: Related | None = None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if _words(wanted):
        conditions.append(fitting(_spoken(wanted), Need, related))
    if wanted.state:
        conditions.append(Need.state == wanted.state)
    if wanted.county_id is not None:
        conditions.append(Need.organisation.has(Organisation.county_id == wanted.county_id))
    if wanted.industry_id is not None:
        conditions.append(Need.industry_id == wanted.industry_id)
    if wanted.answer:
        conditions.append(_ANSWERS.get(wanted.answer, false()))
    return conditions


_ASKED = Need.confirm_nonce.is_not(None)
_ANSWERS: dict[str, ColumnElement[bool]] = {
    "waiting": and_(_ASKED, Need.confirmed_at.is_(None), Need.confirm_note == ""),
    "confirmed": and_(_ASKED, Need.confirmed_at.is_not(None)),
    "disputed": and_(_ASKED, Need.confirmed_at.is_(None), Need.confirm_note != ""),
}


def _order(wanted: NeedFilter, related: Related | None, told: bool) -> tuple[Any, ...]:
    sort = wanted.sort
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        waiting = case((Need.state == "submitted", 0), else_=1)
        near = nearest(Need, _words(wanted), related, _spoken(wanted) if told else None) if related else ()
        return (*near, waiting, Need.changed_at.desc(), Need.id.desc())
    return (column.desc() if sort.startswith("-") else column.asc(), Need.id.desc())


def is_known(session: Session, need: Need, actor: Actor) -> bool:
    """Whether the actor may read the firm's name and contact: the desk, its county, and who was introduced."""
    if actor.role in DESK or need.organisation_id == actor.organisation_id:
        return True
    known = needs_known_to(actor.organisation_id).where(Pairing.need_id == need.id)
    return session.scalar(known.limit(1)) is not None


def counts(session: Session, chosen: Select[Need]) -> dict[str, int]:
    """How many of the chosen needs are in each state."""
    inner = chosen.order_by(None).subquery()
    rows = session.execute(select(inner.c.state, func.count()).group_by(inner.c.state))
    return {str(state): int(number) for state, number in rows}


def overdue(now: datetime) -> Select[Need]:
    """Published needs whose date of validity has passed: they lapse."""
    return select(Need).where(Need.state == "published", Need.valid_until < clock.today(now)).order_by(Need.id)


def shown(need: Need, *, known: bool) -> SeenNeed:
    """The need as somebody sees it who knows the firm, or does not: then without contacts, and without a hidden name."""
    organisation, county = need.organisation, need.organisation.county
    place = county.name if county else "许昌市"
    hidden = need.visibility == Visibility.ANONYMOUS.value and not known
    draft = draft_of(need)
    return SeenNeed(
        id=need.id,
        number=need.number or "",
        state_label=need.state_label,
        state_tone=need.state_tone,
        organisation=f"{place}某企业（匿名）" if hidden else organisation.name,
        county=place,
        industry=need.industry.name if need.industry else need.industry_text,
        known=known,
        published_at=need.published_at,
        content=draft if known else _masked(draft, organisation.name if hidden else ""),
    )


def _masked(draft: NeedDraft, name: str) -> NeedDraft:
    def plain(text: str) -> str:
        return without_name(without_contacts(text), name)

    return replace(
        draft,
        title=plain(draft.title),
        industry=plain(draft.industry),
        problem=plain(draft.problem),
        key_technology=plain(draft.key_technology),
        goal=plain(draft.goal),
        basis=plain(draft.basis),
        keywords=tuple(plain(word) for word in draft.keywords),
        indicators=tuple(
            Indicator(plain(row.name), plain(row.present), plain(row.target), plain(row.unit))
            for row in draft.indicators
        ),
        wanted_institutes="",
        wanted_experts="",
        contact=NO_CONTACT,
    )


def draft_of(need: Need) -> NeedDraft:
    """The need's content as the value a form yields."""
    return NeedDraft(
        title=need.title,
        category=NeedCategory(need.category) if need.category else None,
        field=HighTechField(need.field) if need.field else None,
        industry=need.industry_text,
        problem=need.problem,
        key_technology=need.key_technology,
        indicators=tuple(Indicator(row.name, row.present, row.target, row.unit) for row in need.indicators),
        goal=need.goal,
        basis=need.basis,
        keywords=tuple(need.keywords),
        modes=tuple(CooperationMode(code) for code in need.modes),
        budget=need.budget,
        budget_negotiable=need.budget_negotiable,
        wanted_institutes=need.wanted_institutes,
        wanted_experts=need.wanted_experts,
        valid_until=need.valid_until,
        urgency=Urgency(need.urgency) if need.urgency else None,
        visibility=Visibility(need.visibility),
        contact=Contact(
            need.contact_name, need.contact_title, need.contact_mobile, need.contact_landline, need.contact_email
        ),
    )
