"""What templates may say about values: labels, dates, money, moves; and the navigation of each shell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask, has_request_context, request, url_for

from app.domain import clock, vocabulary
from app.domain.actor import Actor, Role
from app.domain.highlights import Piece, everywhere
from app.domain.machine import Move
from app.domain.permissions import Permission, allows
from app.domain.vocabulary import Word
from app.web.doors import actor_or_none, home_of

WEEKDAYS = "一二三四五六日"


def label(code: object, kind: str) -> str:
    """The Chinese label of a code of the vocabulary class `kind`; empty for nothing."""
    if code is None or code == "":
        return ""
    words: type[Word] = getattr(vocabulary, kind)
    return words(str(getattr(code, "value", code))).label


def labels(codes: list[str], kind: str) -> str:
    """Several labels, joined the Chinese way."""
    return "、".join(label(code, kind) for code in codes)


def day(value: date | datetime | None) -> str:
    """2022年5月6日（周五）."""
    if value is None:
        return ""
    on = clock.today(value) if isinstance(value, datetime) else value
    return f"{on.year}年{on.month}月{on.day}日（周{WEEKDAYS[on.weekday()]}）"


def moment(value: datetime | None) -> str:
    """2022年5月6日（周五）09:00."""
    return "" if value is None else f"{day(value)}{clock.local(value):%H:%M}"


def hour(value: datetime | None) -> str:
    """09:00 on the wall clock."""
    return "" if value is None else f"{clock.local(value):%H:%M}"


def leaf(value: datetime) -> tuple[str, str, str]:
    """("5月", "18", "周三"): a date as the leaf of a calendar shows it."""
    on = clock.today(value)
    return f"{on.month}月", str(on.day), f"周{WEEKDAYS[on.weekday()]}"


def stamp(value: datetime | None) -> str:
    """2022-05-06 09:00, for tables."""
    return "" if value is None else f"{clock.local(value):%Y-%m-%d %H:%M}"


def money(value: Decimal | None, negotiable: bool = False) -> str:
    """50 万元, or 面议."""
    if value is None:
        return "面议" if negotiable else ""
    return f"{value.normalize():f} 万元" + ("（可面议）" if negotiable else "")


def hits(text: str, terms: tuple[str, ...]) -> list[Piece]:
    """The text with what was looked for marked in it, the longest words first; nothing to mark: an empty list."""
    places = [{"text": term, "kind": "shared", "title": ""} for term in sorted(terms, key=len, reverse=True)]
    found = everywhere(text, places)
    return found if any(one.kind for one in found) else []


def percent(value: float | None) -> str:
    """0.734 -> 73 %."""
    return "" if value is None else f"{round(value * 100)}%"


def yes_no(value: bool | None) -> str:
    """是, 否, or 待核."""
    return "待核" if value is None else ("是" if value else "否")


def open_moves(subject: Any, actor: Actor) -> list[Move]:
    """The moves this person may make now, in the order of the lifecycle's table."""
    return [
        move
        for move in subject.machine.open_moves(subject.state)
        if move.may is not None and allows(actor, move.may, subject.owner)
    ]


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of a navigation."""

    label: str
    url: str
    active: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries under one heading."""

    title: str
    items: list[NavItem]


# (title, [(label, endpoint, roles that see it; None: everybody the shell admits)])
Entry = tuple[str, str, frozenset[Role] | None]
ENTERPRISE = frozenset({Role.ENTERPRISE})
INSTITUTE = frozenset({Role.INSTITUTE})
PORTAL_NAV: list[tuple[str, list[Entry]]] = [
    (
        "",
        [
            ("首页", "portal.home", None),
            ("我的需求", "portal.needs", ENTERPRISE),
            ("我的成果", "portal.achievements", INSTITUTE),
            ("找成果", "portal.achievements", ENTERPRISE),
            ("企业需求", "portal.needs", INSTITUTE),
            ("对接推荐", "portal.matches", None),
            ("表格导入", "portal.sheets", None),
            ("邀请与日程", "portal.invitations", None),
            ("单位与人员", "portal.organisation", None),
        ],
    ),
]
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
NOT_COUNTY = frozenset({Role.ORGANIZER, Role.BUREAU, Role.ADMINISTRATOR})
DESK_NAV: list[tuple[str, list[Entry]]] = [
    ("今日", [("工作台", "desk.home", None)]),
    (
        "供需",
        [
            ("技术需求", "desk.needs", None),
            ("科技成果", "desk.achievements", None),
            ("供需匹配", "desk.pairings", None),
            ("可能重复", "desk.resemblances", NOT_COUNTY),
            ("表格导入", "desk.sheets", None),
        ],
    ),
    (
        "活动",
        [
            ("年度活动", "desk.events", None),
            ("年度排期", "desk.season", NOT_COUNTY),
        ],
    ),
    (
        "沟通",
        [
            ("邀请与回执", "desk.invitations", None),
            ("信件", "desk.letters", NOT_COUNTY),
            ("提醒", "desk.reminders", NOT_COUNTY),
        ],
    ),
    (
        "资料",
        [
            ("单位与人员", "desk.people", None),
            ("基础资料", "desk.reference", NOT_COUNTY),
            ("词典与同义词", "desk.lexicon", None),
            ("匹配模型", "desk.ranking", None),
            ("运行状况", "desk.status", ADMINISTRATORS),
        ],
    ),
]


PARTS = {
    "desk.waiting": "desk.invitations",
    "desk.replies": "desk.invitations",
    "desk.event": "desk.events",
    "desk.timetable": "desk.events",
}
"""Pages that belong to an entry of the navigation although they are not called like it."""


def navigation(groups: list[tuple[str, list[Entry]]], actor: Actor) -> list[NavGroup]:
    """The entries this role may open, with the present page marked."""
    here = request.endpoint or ""
    here = next((entry for part, entry in PARTS.items() if here == part or here.startswith(part + "_")), here)
    shown = []
    for title, entries in groups:
        items = [
            NavItem(text, url_for(endpoint), here == endpoint or here.startswith((endpoint + ".", endpoint + "_")))
            for text, endpoint, roles in entries
            if roles is None or actor.role in roles
        ]
        if items:
            shown.append(NavGroup(title, items))
    return shown


def install(app: Flask) -> None:
    """Give templates their filters and globals."""
    for function in (label, labels, day, moment, hour, leaf, stamp, money, hits, percent, yes_no):
        app.add_template_filter(function)
    app.add_template_global(_link_maker(app), "url_for")
    app.add_template_global(open_moves)
    app.add_template_global(allows)
    app.add_template_global(Permission)
    app.context_processor(_shell)


def _link_maker(app: Flask) -> Callable[..., str]:
    """url_for for templates. Addresses of static files, a dozen on every page, are made once."""
    known: dict[tuple[str, str], str] = {}

    def url_for_page(endpoint: str, **values: Any) -> str:
        if endpoint != "static" or values.keys() != {"filename"} or not has_request_context():
            return app.url_for(endpoint, **values)
        wanted = (request.script_root, values["filename"])
        found = known.get(wanted)
        if found is None:
            found = known[wanted] = app.url_for(endpoint, **values)
        return found

    return url_for_page


def _shell() -> dict[str, Any]:
    actor = actor_or_none()
    nav: list[NavGroup] = []
    if actor is not None and request.blueprint in ("portal", "desk"):
        nav = navigation(PORTAL_NAV if request.blueprint == "portal" else DESK_NAV, actor)
    home_url = home_of(actor) if actor is not None else None
    return {
        "actor": actor,
        "nav": nav,
        "home_url": home_url,
        "workplace_url": home_url,
        "switch_url": url_for("site.places"),
    }
