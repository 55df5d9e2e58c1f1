"""The JSON format of a season, "season-instance/1": read strictly; plans are written."""

from __future__ import annotations

from datetime import date
from typing import Any

from scheduler.instances import BadInstance, Fields
from scheduler.season_draft import SeasonGuest, SeasonPairing, SeasonSession, SeasonSpec

FORMAT = "season-instance/1"


def read_season(data: object) -> SeasonSpec:
    """A season as a spec. Raises BadInstance when a field is missing, mistyped or names something unknown."""
    whole = Fields(data, "年度实例")
    if (given := whole.raw.get("format", FORMAT)) != FORMAT:
        raise BadInstance(f"年度实例：format 应为 {FORMAT}，实际为 {given!r}")
    sessions = tuple(_session(item, f"sessions[{i}]") for i, item in enumerate(whole.items("sessions")))
    enterprises = {(one := Fields(item, f"enterprises[{i}]")).text("id"): one
                   for i, item in enumerate(whole.items("enterprises"))}  # fmt: skip
    experts = {(one := Fields(item, f"experts[{i}]")).text("id"): one for i, item in enumerate(whole.items("experts"))}
    achievements = {(one := Fields(item, f"achievements[{i}]")).text("id"): one
                    for i, item in enumerate(whole.items("achievements"))}  # fmt: skip
    pairings = []
    for i, item in enumerate(whole.items("pairs")):
        row = Fields(item, f"pairs[{i}]")
        enterprise, achievement = row.text("enterprise"), row.text("achievement")
        if enterprise not in enterprises or achievement not in achievements:
            raise BadInstance(f"pairs[{i}]：企业 {enterprise} 或成果 {achievement} 不存在")
        expert = achievements[achievement].text("expert")
        if expert not in experts:
            raise BadInstance(f"pairs[{i}]：专家 {expert} 不存在")
        pairings.append(
            SeasonPairing(
                id=row.text("id"),
                enterprise=enterprise,
                institute=experts[expert].text("institute", default=expert),
                expert=expert,
                supply=experts[expert].text("kind"),
                industry=achievements[achievement].text("industry", default=""),
                score=row.amount("score"),
                pinned_to=row.text("pinned_to", default="") or None,
            )
        )
    attend = whole.amount("attend_cost", default=0.0)
    return SeasonSpec(
        sessions=sessions,
        pairings=tuple(pairings),
        away=frozenset(
            (guest, session.id)
            for guest, one in (*enterprises.items(), *experts.items())
            if (there := one.raw.get("sessions")) is not None
            for session in sessions
            if session.id not in there
        ),
        theme_bonus=whole.amount("theme_bonus", default=0.0),
        host_bonus=whole.amount("host_bonus", default=0.0),
        visit_cost=0.0,
        allow_repeat_pairs=whole.flag("allow_repeat_pairs", default=True),
        guests=tuple(_guest(one, attend) for one in (*enterprises.values(), *experts.values())),
        travel_cost=whole.amount("travel_penalty", default=0.0),
        balance_bonus=whole.amount("balance_bonus", default=0.0),
    )


def _session(item: object, where: str) -> SeasonSession:
    row = Fields(item, where)
    held_on = row.raw.get("date")
    try:
        day = None if held_on is None else date.fromisoformat(row.text("date"))
    except ValueError as error:
        raise BadInstance(f"{where}：date 应为 YYYY-MM-DD，实际为 {held_on!r}") from error
    return SeasonSession(
        id=row.text("id"),
        series=row.text("kind", default=""),
        slots=row.number("slots"),
        tables=row.number("tables"),
        themes=frozenset(str(theme) for theme in row.optional_list("themes")),
        hosts=frozenset(str(host) for host in row.optional_list("hosts")),
        seats_enterprise=row.maybe_number("seats_enterprise"),
        seats_expert=row.maybe_number("seats_expert"),
        seats=row.maybe_number("seats"),
        held_on=day,
        county=row.text("county", default=""),
        min_enterprises=row.maybe_number("min_enterprise") or 0,
    )


def _guest(row: Fields, attend: float) -> SeasonGuest:
    return SeasonGuest(
        id=row.text("id"),
        county=row.text("county", default=""),
        max_sessions=row.maybe_number("max_sessions"),
        max_meetings=row.maybe_number("max_meetings"),
        visit_cost=row.amount("visit_cost", default=attend),
    )


def plan_written(name: str, plan: Any) -> dict[str, Any]:
    """A season plan (`scheduler.season.SeasonPlan`) as a JSON value."""
    return {
        "season": name,
        "assignments": [{"pair": pairing, "session": session} for pairing, session in plan.assigned.items()],
        "left_out": [{"pair": one.pairing, "reason": one.reason} for one in plan.left_out],
        "claims": {"objective": plan.objective, "assigned": len(plan.assigned)},
    }
