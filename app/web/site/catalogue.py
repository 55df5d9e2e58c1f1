"""The public catalogue: achievements and needs, searched and page by page, and one page for each."""

from __future__ import annotations

from flask import render_template, request

from app.domain import clock
from app.domain.entries import clean_line
from app.domain.vocabulary import CooperationMode, Maturity
from app.extensions import db
from app.queries import catalogue, catalogue_counts
from app.queries.paging import whole_number
from app.web.related import related_to
from app.web.site.blueprint import site

LONGEST_QUERY = 100
ACHIEVEMENT_SORTS = [("newest", "最新入库"), ("title", "按名称")]
NEED_SORTS = [("newest", "最新发布"), ("closing", "即将到期"), ("title", "按名称")]


def query_number(name: str) -> int | None:
    """The query value as a positive number; None for anything else."""
    return whole_number(request.args.get(name, ""))


def _search(sorts: list[tuple[str, str]]) -> catalogue.Search:
    """What the visitor looks for; values that mean nothing are left out."""
    wanted = request.args.get("sort", "")
    return catalogue.Search(
        text=clean_line(request.args.get("q", "")[:LONGEST_QUERY]),
        industry_id=query_number("industry"),
        county_id=query_number("county"),
        maturity=next((one for one in Maturity if one.value == request.args.get("maturity")), None),
        mode=next((one for one in CooperationMode if one.value == request.args.get("mode")), None),
        sort=wanted if wanted in dict(sorts) else "newest",
    )


def _values(search: catalogue.Search) -> dict[str, object]:
    """What the filter form shows as chosen."""
    return {
        "q": search.text,
        "industry": search.industry_id,
        "county": search.county_id,
        "maturity": search.maturity.value if search.maturity else None,
        "mode": search.mode.value if search.mode else None,
    }


def _choices(found: list[catalogue_counts.Choice]) -> list[tuple[str, str]]:
    return [(str(one.id), f"{one.name}（{one.count}）") for one in found]


@site.get("/achievements")
def achievements() -> str:
    """List the public achievements that fit the search."""
    search = _search(ACHIEVEMENT_SORTS)
    session = db.session()
    related = related_to("achievement", search.text)
    return render_template(
        "site/achievements.html",
        place="achievements",
        page=catalogue.achievements(session, search, query_number("page") or 1, related=related),
        related=related,
        search=search,
        values=_values(search),
        sorts=ACHIEVEMENT_SORTS,
        selects=[
            ("industry", "产业", _choices(catalogue_counts.achievement_industries(session))),
            ("maturity", "所处阶段", Maturity.choices()),
            ("mode", "合作方式", CooperationMode.choices()),
        ],
    )


@site.get("/achievements/<int(max=2147483647):achievement_id>")
def achievement(achievement_id: int) -> str:
    """Show one public achievement."""
    detail = catalogue.achievement(db.session(), achievement_id)
    return render_template("site/achievement.html", place="achievements", detail=detail)


@site.get("/needs")
def needs() -> str:
    """List the public needs that fit the search."""
    search = _search(NEED_SORTS)
    session, today = db.session(), clock.today(clock.now())
    related = related_to("need", search.text)
    return render_template(
        "site/needs.html",
        place="needs",
        page=catalogue.needs(session, search, query_number("page") or 1, today, related=related),
        related=related,
        search=search,
        values=_values(search),
        sorts=NEED_SORTS,
        selects=[
            ("industry", "产业", _choices(catalogue_counts.need_industries(session, today))),
            ("county", "县（市、区）", _choices(catalogue_counts.need_counties(session, today))),
            ("mode", "合作方式", CooperationMode.choices()),
        ],
    )


@site.get("/needs/<int(max=2147483647):need_id>")
def need(need_id: int) -> str:
    """Show one public need; anonymous ones without the firm."""
    detail = catalogue.need(db.session(), need_id, clock.today(clock.now()))
    return render_template("site/need.html", place="needs", detail=detail)
