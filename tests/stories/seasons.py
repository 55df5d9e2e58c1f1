"""What several stories begin with, done through the pages as people would: a year, a session, a pair, its invitations."""

from __future__ import annotations

from typing import Any

from tests.paper import achievement_form, need_form
from tests.stories.town import Town

SESSION: dict[str, Any] = {
    "line": "docking-cas", "title": "中科院专题对接会（首场）", "held_on": "2022-05-06", "starts": "09:00", "ends": "12:00",
    "talks_start": "09:30", "venue": "", "place": "许昌会展中心二楼 3 号厅", "capacity": "10", "slot_count": "6",
    "slot_minutes": "20", "tables": "3", "pauses": "4:10", "agenda": "09:00 开幕致辞",
}  # fmt: skip
EVENT = "/desk/events/1"
GUESTS = "/desk/invitations/events/1"


def open_session(town: Town) -> None:
    """The desk opens the year, enters a session, fixes and announces it."""
    desk = town.cast.desk
    town.send(desk, "/desk/reference/years", {"year": "2022"})
    assert town.send(desk, "/desk/events/new?year=2022", SESSION) == EVENT
    for move in ("fix", "announce"):
        town.send(desk, f"{EVENT}/move", {"move": move})


def publish_need(town: Town, **changed: Any) -> None:
    """甲企业's need, handed in and published."""
    number = town.send(town.cast.owner, "/portal/needs/new", need_form(**changed)).rpartition("/")[2]
    town.send(town.cast.desk, f"/desk/needs/{number}/review", {"decision": "publish"})


def list_achievement(town: Town, **changed: Any) -> None:
    """某研究所's achievement, handed in and listed."""
    form = achievement_form(title="机床热误差在线补偿装置", **changed)
    number = town.send(town.cast.institute, "/portal/achievements/new", form).rpartition("/")[2]
    town.send(town.cast.desk, f"/desk/achievements/{number}/review", {"decision": "list"})


def plan(town: Town, keep: int = 0) -> str:
    """The desk looks at the plan of the year and adopts it; what the preview said."""
    path = town.send(town.cast.desk, "/desk/season/previews", {"year": "2022", "keep_top": str(keep)})
    town.work("season")
    shown = town.page(town.cast.desk, path)
    town.send(town.cast.desk, "/desk/season", {"preview": path.rpartition("/")[2]})
    return shown


def invited(town: Town) -> None:
    """A session with one talk, both sides invited, all letters before that delivered and put away."""
    open_session(town)
    publish_need(town)
    list_achievement(town)
    town.work("recommend")
    town.send(town.cast.desk, "/desk/pairings/needs/1/keep", {"pairing": "1"})
    plan(town)
    town.work("deliver")
    town.everything()
    town.send(town.cast.desk, f"{GUESTS}/draft")
    town.send(town.cast.desk, f"{GUESTS}/send")
    town.work("deliver")
