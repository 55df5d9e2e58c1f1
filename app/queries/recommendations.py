"""Reads recommendations as the desk works on them: overviews per need and per achievement, and one side's pairings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.actor import CITY, Actor
from app.domain.entries import clean_line
from app.domain.errors import Missing
from app.domain.vocabulary import PairingLevel
from app.models.achievement import Achievement
from app.models.lease import Lease
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.queries import achievements, needs
from app.queries.finding import Related, fitting, nearest
from app.queries.paging import Page, page_of, whole_number
from app.queries.pairings import KEPT, LIVING, OFFERED_ACHIEVEMENT, OFFERED_NEED, visible_to

PAGE_SIZE = 20
FOUND = 20
LONGEST_QUERY = 100
SIDES = ("need", "achievement")
PROGRESS = ("waiting", "kept", "nothing", "none")
"""Needs with suggestions and nothing kept; with something kept; with nothing good yet; without any suggestion."""
LEVELS = tuple(level.value for level in PairingLevel)
GOOD = (PairingLevel.STRONG.value, PairingLevel.FAIR.value)


@dataclass(frozen=True, slots=True)
class PairingFilter:
    """What the overview is narrowed to. `by`: the side whose things are listed; `progress`: one of PROGRESS."""

    by: str = "need"
    text: str = ""
    progress: str = ""
    level: str = ""
    county_id: int | None = None
    industry_id: int | None = None
    institute_id: int | None = None
    page: int = 1

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Self:
        """What a request's query values ask for; what means nothing is left out."""
        by, progress, level = values.get("by", ""), values.get("progress", ""), values.get("level", "")
        return cls(
            by=by if by in SIDES else "need",
            text=clean_line(values.get("q", "")[:LONGEST_QUERY]),
            progress=progress if progress in PROGRESS else "",
            level=level if level in LEVELS else "",
            county_id=whole_number(values.get("county", "")),
            industry_id=whole_number(values.get("industry", "")),
            institute_id=whole_number(values.get("institute", "")),
            page=whole_number(values.get("page", "")) or 1,
        )

    @property
    def values(self) -> dict[str, object]:
        """What the filter form shows as chosen."""
        return {
            "q": self.text,
            "progress": self.progress,
            "level": self.level,
            "county": self.county_id,
            "industry": self.industry_id,
            "institute": self.institute_id,
        }


@dataclass(frozen=True, slots=True)
class Best:
    """The pairing with the highest score of a need or an achievement: the other side, and its place for the need."""

    title: str
    organisation: str
    score: float
    rank: int | None
    level: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A need or an achievement with how many pairings are suggested, kept and turned down."""

    id: int
    title: str
    organisation: str
    place: str
    industry: str
    suggested: int
    kept: int
    turned_down: int
    best: Best | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """When pairings were last computed, and whether somebody asked for more since."""

    computed_at: datetime | None
    requested: bool


def overview(session: Session, actor: Actor, wanted: PairingFilter) -> Page[Line]:
    """One page of the needs, or of the achievements, with their pairings; those that wait for a decision first."""
    return _by_need(session, actor, wanted) if wanted.by == "need" else _by_achievement(session, actor, wanted)


def _by_need(session: Session, actor: Actor, wanted: PairingFilter) -> Page[Line]:
    mine = Pairing.need_id == Need.id
    chosen = needs.visible_to(actor).where(or_(Need.state == OFFERED_NEED, _some(actor, mine, Pairing.state.in_(KEPT))))
    for word in wanted.text.split()[:6]:
        firm = Need.organisation.has(Organisation.name.icontains(word, autoescape=True))
        theirs = _some(actor, mine, Pairing.achievement.has(_achievement_says(word)))
        chosen = chosen.where(or_(_need_says(word), firm, theirs))
    if wanted.county_id is not None:
        chosen = chosen.where(Need.organisation.has(Organisation.county_id == wanted.county_id))
    if wanted.industry_id is not None:
        chosen = chosen.where(Need.industry_id == wanted.industry_id)
    if wanted.institute_id is not None:
        by = Pairing.achievement.has(Achievement.organisation_id == wanted.institute_id)
        chosen = chosen.where(_some(actor, mine, by, Pairing.state.in_(LIVING)))
    chosen = chosen.where(*_progress(actor, mine, wanted)).order_by(*_order(actor, mine), Need.id.desc())
    chosen = chosen.options(joinedload(Need.organisation).joinedload(Organisation.county), joinedload(Need.industry))
    page = page_of(session, chosen, wanted.page, PAGE_SIZE)
    rows = _rows(session, actor, Pairing.need_id, [need.id for need in page.rows])
    return Page(
        tuple(_need_line(need, rows.get(need.id, ())) for need in page.rows), page.number, page.pages, page.total
    )


def _by_achievement(session: Session, actor: Actor, wanted: PairingFilter) -> Page[Line]:
    mine = Pairing.achievement_id == Achievement.id
    in_state = or_(Achievement.state == OFFERED_ACHIEVEMENT, _some(actor, mine, Pairing.state.in_(KEPT)))
    chosen = achievements.visible_to(actor).where(in_state)
    if actor.role not in CITY:  # of the city's catalogue, a county sees what concerns its own firms
        chosen = chosen.where(_some(actor, mine))
    for word in wanted.text.split()[:6]:
        institute = Achievement.organisation.has(Organisation.name.icontains(word, autoescape=True))
        theirs = _some(actor, mine, Pairing.need.has(_need_says(word)))
        chosen = chosen.where(or_(_achievement_says(word), institute, theirs))
    if wanted.county_id is not None:
        there = Need.organisation.has(Organisation.county_id == wanted.county_id)
        chosen = chosen.where(_some(actor, mine, Pairing.need.has(there), Pairing.state.in_(LIVING)))
    if wanted.industry_id is not None:
        chosen = chosen.where(Achievement.industry_id == wanted.industry_id)
    if wanted.institute_id is not None:
        chosen = chosen.where(Achievement.organisation_id == wanted.institute_id)
    chosen = chosen.where(*_progress(actor, mine, wanted)).order_by(*_order(actor, mine), Achievement.id.desc())
    chosen = chosen.options(joinedload(Achievement.organisation), joinedload(Achievement.industry))
    page = page_of(session, chosen, wanted.page, PAGE_SIZE)
    rows = _rows(session, actor, Pairing.achievement_id, [one.id for one in page.rows])
    lines = tuple(_achievement_line(one, rows.get(one.id, ())) for one in page.rows)
    return Page(lines, page.number, page.pages, page.total)


def _some(actor: Actor, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is a pairing in sight of which all this is true."""
    return visible_to(actor).with_only_columns(Pairing.id).where(*conditions).exists()


def _need_says(word: str) -> ColumnElement[bool]:
    return or_(Need.title.icontains(word, autoescape=True), Need.number.icontains(word, autoescape=True))


def _achievement_says(word: str) -> ColumnElement[bool]:
    said = (Achievement.title, Achievement.number)
    return or_(*(column.icontains(word, autoescape=True) for column in said))


def _progress(actor: Actor, mine: ColumnElement[bool], wanted: PairingFilter) -> Iterable[ColumnElement[bool]]:
    kept = _some(actor, mine, Pairing.state.in_(KEPT))
    if wanted.progress == "waiting":
        yield and_(_some(actor, mine, Pairing.state == "suggested"), ~kept)
    elif wanted.progress == "kept":
        yield kept
    elif wanted.progress == "none":
        yield ~_some(actor, mine, Pairing.state.in_(LIVING))
    elif wanted.progress == "nothing":
        yield ~_some(actor, mine, Pairing.state.in_(LIVING), Pairing.level.in_(GOOD))
    if wanted.level:
        better = LEVELS[: LEVELS.index(wanted.level)]
        yield _some(actor, mine, Pairing.state.in_(LIVING), Pairing.level == wanted.level)
        yield ~_some(actor, mine, Pairing.state.in_(LIVING), Pairing.level.in_(better))


def _best(actor: Actor, mine: ColumnElement[bool]) -> Any:
    """The highest score of the living pairings; NULL when there are none."""
    scores = visible_to(actor).with_only_columns(func.max(Pairing.score)).where(mine, Pairing.state.in_(LIVING))
    return scores.scalar_subquery()


def _order(actor: Actor, mine: ColumnElement[bool]) -> tuple[Any, ...]:
    kept = _some(actor, mine, Pairing.state.in_(KEPT))
    return kept.asc(), func.coalesce(_best(actor, mine), 0.0).desc()


def _rows(session: Session, actor: Actor, side: Any, ids: Sequence[int]) -> dict[int, list[Any]]:
    """The pairings of these needs or achievements as short rows, best first, by the id of that side."""
    institute, firm = Organisation.__table__.alias("institute"), Organisation.__table__.alias("firm")
    query = (
        visible_to(actor)
        .with_only_columns(
            side.label("side"), Pairing.state.label("state"), Pairing.score, Pairing.rank,
            Pairing.level, Need.title.label("need"),
            Achievement.title.label("achievement"), institute.c.name.label("institute"), firm.c.name.label("firm"),
        )
        .join(Need, Pairing.need_id == Need.id)
        .join(Achievement, Pairing.achievement_id == Achievement.id)
        .join(institute, Achievement.organisation_id == institute.c.id)
        .join(firm, Need.organisation_id == firm.c.id)
        .where(side.in_(ids), Pairing.state != "dropped")
        .order_by(Pairing.score.desc(), Pairing.id)
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in session.execute(query):
        found.setdefault(row.side, []).append(row)
    return found


def _need_line(need: Need, rows: Sequence[Any]) -> Line:
    living = [row for row in rows if row.state in LIVING]
    top = living[0] if living else None
    county = need.organisation.county
    return Line(
        id=need.id,
        title=need.title,
        organisation=need.organisation.name,
        place=county.name if county else "",
        industry=need.industry.name if need.industry else need.industry_text,
        best=Best(top.achievement, top.institute, top.score, top.rank, top.level) if top else None,
        **_counted(rows),
    )


def _achievement_line(achievement: Achievement, rows: Sequence[Any]) -> Line:
    living = [row for row in rows if row.state in LIVING]
    top = living[0] if living else None
    return Line(
        id=achievement.id,
        title=achievement.title,
        organisation=achievement.organisation.name,
        place="",
        industry=achievement.industry.name if achievement.industry else achievement.industry_text,
        best=Best(top.need, top.firm, top.score, top.rank, top.level) if top else None,
        **_counted(rows),
    )


def _counted(rows: Sequence[Any]) -> dict[str, int]:
    states = [row.state for row in rows]
    kept = sum(state in KEPT for state in states)
    suggested = states.count("suggested")
    return {"suggested": suggested, "kept": kept, "turned_down": len(states) - kept - suggested}


def of_need(session: Session, actor: Actor, need_id: int) -> Sequence[Pairing]:
    """The need's pairings in sight, without those that fell away, best first, with both sides."""
    return session.scalars(_with_sides(visible_to(actor).where(Pairing.need_id == need_id))).all()


def of_achievement(session: Session, actor: Actor, achievement_id: int) -> Sequence[Pairing]:
    """The achievement's pairings in sight, without those that fell away, best first, with both sides."""
    return session.scalars(_with_sides(visible_to(actor).where(Pairing.achievement_id == achievement_id))).all()


def needs_in_sight(session: Session, actor: Actor, but: Collection[int]) -> dict[int, Need]:
    """The published needs in the actor's sight but these, by id, with their firms."""
    chosen = needs.visible_to(actor).where(Need.state == OFFERED_NEED, Need.id.not_in(but))
    rows = session.scalars(chosen.options(joinedload(Need.organisation).joinedload(Organisation.county)))
    return {row.id: row for row in rows}


def grouped(found: Sequence[Pairing]) -> dict[str, list[Pairing]]:
    """The pairings by the heads of a list: kept, suggested, weak, turned_down.

    Weak are the suggestions that are probably no answer: of the levels weak and none.
    """
    kept = [one for one in found if one.state in KEPT]
    suggested = [one for one in found if one.state == "suggested"]
    weak = [one for one in suggested if one.level is not None and one.level not in GOOD]
    turned_down = [one for one in found if one.state not in LIVING]
    return {
        "kept": kept, "suggested": [one for one in suggested if one not in weak], "weak": weak,
        "turned_down": turned_down,
    }  # fmt: skip


def _with_sides(chosen: Select[Pairing]) -> Select[Pairing]:
    return (
        chosen.where(Pairing.state != "dropped")
        .options(
            joinedload(Pairing.need).joinedload(Need.organisation).joinedload(Organisation.county),
            joinedload(Pairing.achievement).joinedload(Achievement.organisation),
        )
        .order_by(Pairing.score.desc(), Pairing.id)
    )


def best_scores(session: Session, need_ids: Iterable[int]) -> dict[int, float]:
    """The highest score among the living pairings of each of these needs: what the bars are measured by."""
    rows = session.execute(
        select(Pairing.need_id, func.max(Pairing.score))
        .where(Pairing.need_id.in_(set(need_ids)), Pairing.state.in_(LIVING))
        .group_by(Pairing.need_id)
    )
    return {need_id: float(score) for need_id, score in rows}


def one(session: Session, actor: Actor, pairing_id: int) -> Pairing:
    """The pairing with this id, in any state, if it is in sight; Missing otherwise."""
    found = session.scalar(visible_to(actor).where(Pairing.id == pairing_id))
    if found is None:
        raise Missing("没有找到这对推荐，或您无权查看。")
    return found


@dataclass(frozen=True, slots=True)
class Around:
    """The pairings before and after one in its need's list; None at the ends."""

    before: int | None
    after: int | None


def around(session: Session, actor: Actor, pairing: Pairing) -> Around:
    """The neighbours of a pairing among those of its need in sight, best first."""
    mine = visible_to(actor).where(Pairing.need_id == pairing.need_id, Pairing.state != "dropped")
    ids = list(session.scalars(mine.with_only_columns(Pairing.id).order_by(Pairing.score.desc(), Pairing.id)))
    place = ids.index(pairing.id) if pairing.id in ids else len(ids)
    return Around(ids[place - 1] if place > 0 else None, ids[place + 1] if place + 1 < len(ids) else None)


def addable(
    session: Session, actor: Actor, need_id: int, text: str, related: Related | None = None
) -> list[tuple[Achievement, Pairing | None]]:
    """Up to FOUND listed achievements that hold all the words, each with the pairing there is with the need.

    `related`: what an index found for the text; it is offered too, and the nearest come first.
    """
    words = text.split()[:6]
    if not words:
        return []
    chosen = achievements.visible_to(actor).where(Achievement.state == OFFERED_ACHIEVEMENT)
    literally: list[ColumnElement[bool]] = []
    for word in words:
        said = (Achievement.title, Achievement.number, Achievement.summary, Achievement.industry_text)
        by = Achievement.organisation.has(Organisation.name.icontains(word, autoescape=True))
        literally.append(or_(by, *(column.icontains(word, autoescape=True) for column in said)))
    spoken = and_(*literally)
    chosen = chosen.where(fitting(spoken, Achievement, related))
    order = nearest(Achievement, words, related, spoken) if related else ()
    found = session.scalars(
        chosen.options(joinedload(Achievement.organisation))
        .order_by(*order, Achievement.title, Achievement.id)
        .limit(FOUND)
    ).all()
    paired = session.scalars(
        visible_to(actor).where(Pairing.need_id == need_id, Pairing.achievement_id.in_([row.id for row in found]))
    )
    known = {pairing.achievement_id: pairing for pairing in paired}
    return [(row, known.get(row.id)) for row in found]


def institutes(session: Session) -> list[tuple[int, str]]:
    """The institutes with an achievement on offer, by name."""
    offering = select(Achievement.organisation_id).where(Achievement.state == OFFERED_ACHIEVEMENT)
    rows = session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(offering)).order_by(Organisation.name)
    )
    return [(row[0], row[1]) for row in rows]


def freshness(session: Session) -> Freshness:
    """How fresh the pairings are."""
    lease, whole = session.get(Lease, "recommend"), session.get(Lease, "rebuild")
    computed_at = session.scalar(select(func.max(Pairing.computed_at)))
    finished_at = lease.finished_at if lease else None
    moments = [moment for moment in (computed_at, finished_at) if moment is not None]
    requested = any(one is not None and one.requested_at is not None for one in (lease, whole))
    return Freshness(max(moments, default=None), requested)
