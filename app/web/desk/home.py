"""The workbench: what waits for a decision today, the next events, and how far the year has come."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, url_for

from app.domain import clock
from app.domain.actor import CITY, Actor
from app.domain.permissions import Permission, require
from app.extensions import db
from app.queries import agenda, dashboard
from app.web.desk.blueprint import desk
from app.web.doors import current_actor


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its link."""

    label: str
    value: int
    unit: str
    url: str
    tone: str = ""
    note: str = ""


@desk.get("/")
def home() -> str:
    """Show today's work."""
    actor, session, now = current_actor(), db.session(), clock.now()
    require(actor, Permission.DESK_READ)
    year = agenda.present_year(session, clock.today(now))
    return render_template(
        "desk/home.html",
        today=clock.today(now),
        work=_work(dashboard.waiting(session, actor, now), actor),
        stock=_stock(dashboard.stock(session, actor, now)),
        events=dashboard.next_events(session, actor, now),
        progress=agenda.progress(session, year),
        is_county=actor.role not in CITY,
    )


def _work(waiting: dashboard.Waiting, actor: Actor) -> list[Tile]:
    """What waits, most urgent first; queues with nothing in them are shown quietly."""

    def tile(label: str, value: int, unit: str, url: str, note: str = "", tone: str = "wait") -> Tile:
        return Tile(label, value, unit, url, tone if value else "", note if value else "")

    tiles = [
        tile("账号待审核", waiting.memberships, "人", url_for("desk.people"), "申请人在等回复"),
        tile("需求待审", waiting.needs, "条", url_for("desk.needs", state="submitted"), "审核后才能配对"),
        tile("成果待审", waiting.achievements, "项", url_for("desk.achievements", state="submitted"), "审核后入库"),
        tile("匹配待选定", waiting.pairings, "条", url_for("desk.pairings", progress="waiting"), "有推荐，还没有入选"),
        tile("邀请待发", waiting.drafted, "封", url_for("desk.invitations"), "已起草，未发出"),
        tile("邀请未回复", waiting.unanswered, "家", url_for("desk.invitations"), "活动还没开始"),
    ]
    if actor.role in CITY and waiting.stuck:
        tiles.append(tile("信件发送失败", waiting.stuck, "封", url_for("desk.letters", status="failed"),
                          "请核对邮箱后重发", "bad"))  # fmt: skip
    return tiles


def _stock(stock: dashboard.Stock) -> list[tuple[str, str]]:
    return [
        ("已入驻企业", f"{stock.enterprises} 家"),
        ("已入驻院所高校", f"{stock.institutes} 家"),
        ("已发布需求", f"{stock.published_needs} 条"),
        ("已入库成果", f"{stock.listed_achievements} 项"),
        ("入选配对", f"{stock.kept_pairings} 对"),
        ("近两周应邀到会", f"{stock.signed_up_soon} 家"),
    ]
