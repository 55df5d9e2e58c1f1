"""Checks a season plan against its instance, both as JSON values; shares no code with the planner.

Codes: S1 pairing known, S2 assigned once, S3 session known, S4 kind of the expert, S5 enterprise there, S6 expert there,
S7 talks per guest and session, S8 talks per session, S9 seats, S10 visits per guest and year, S11 talks per enterprise
and year, S12 the same two once per session, S13 fewest enterprises, unless
a pairing is pinned there, S14 pinned pairings, S15 claims are true.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OTHER = "other"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken rule: its code (S1..S15) and a message in Chinese."""

    code: str
    message: str


def check_season(instance: Row, plan: Row) -> tuple[list[Breach], dict[str, float]]:
    """(breaches, recomputed figures: objective, assigned, visits) of a plan; the formats are those of the data README."""
    sessions = {one["id"]: one for one in instance["sessions"]}
    pairs = {one["id"]: one for one in instance["pairs"]}
    found: list[Breach] = []
    placed: dict[str, str] = {}
    for one in plan["assignments"]:
        pair, session = one["pair"], one["session"]
        if pair not in pairs:
            found.append(Breach("S1", f"匹配 {pair} 不存在"))
        elif session not in sessions:
            found.append(Breach("S3", f"匹配 {pair} 去的对接会 {session} 不存在"))
        elif pair in placed:
            found.append(Breach("S2", f"匹配 {pair} 排了两次"))
        else:
            placed[pair] = session
    talks = _talks(instance, placed)
    for talk in talks:
        found += _alone(instance, talk)
    for session_id, session in sessions.items():
        found += _session(instance, session, [talk for talk in talks if talk["session"] == session_id])
    found += _year(instance, talks)
    figures = _figures(instance, talks)
    for name, value in (plan.get("claims") or {}).items():
        if name in figures and abs(figures[name] - value) > 1e-3:
            found.append(Breach("S15", f"声称 {name}={value}，实际为 {figures[name]}"))
    return found, figures


def _talks(instance: Row, placed: Mapping[str, str]) -> list[dict[str, Any]]:
    achievements = {one["id"]: one for one in instance["achievements"]}
    return [
        {
            "id": one["id"],
            "session": placed[one["id"]],
            "E": one["enterprise"],
            "X": achievements[one["achievement"]]["expert"],
            "industry": achievements[one["achievement"]].get("industry"),
            "score": one["score"],
            "pinned": one.get("pinned_to"),
        }
        for one in instance["pairs"]
        if one["id"] in placed
    ]


def _people(instance: Row) -> dict[str, Row]:
    return {one["id"]: one for one in (*instance["enterprises"], *instance["experts"])}


def _alone(instance: Row, talk: Row) -> list[Breach]:
    people = _people(instance)
    session = next(one for one in instance["sessions"] if one["id"] == talk["session"])
    expert, found = people[talk["X"]], []
    if talk["pinned"] is not None:
        if talk["pinned"] != talk["session"]:
            found.append(Breach("S14", f"匹配 {talk['id']} 指定到 {talk['pinned']}，却去了 {talk['session']}"))
    elif session.get("kind") and expert["kind"] not in (session["kind"], OTHER):
        found.append(Breach("S4", f"匹配 {talk['id']} 的专家属于 {expert['kind']}，{talk['session']} 不面向这一类"))
    for code, side, who in (("S5", "E", "企业"), ("S6", "X", "专家")):
        there = people[talk[side]].get("sessions")
        if there is not None and talk["session"] not in there:
            found.append(Breach(code, f"{who} {talk[side]} 不能到 {talk['session']}"))
    return found


def _session(instance: Row, session: Row, talks: list[dict[str, Any]]) -> list[Breach]:
    found = []
    name = session["id"]
    guests = {side: Counter(talk[side] for talk in talks) for side in ("E", "X")}
    for side in ("E", "X"):
        for guest, number in guests[side].items():
            if number > session["slots"]:
                found.append(Breach("S7", f"{guest} 在 {name} 有{number}次洽谈，只有{session['slots']}个时段"))
    if len(talks) > session["slots"] * session["tables"]:
        found.append(Breach("S8", f"{name} 有{len(talks)}次洽谈，只有{session['slots'] * session['tables']}个桌次"))
    for field, number in (
        ("seats_enterprise", len(guests["E"])),
        ("seats_expert", len(guests["X"])),
        ("seats", len(guests["E"]) + len(guests["X"])),
    ):
        if session.get(field) is not None and number > session[field]:
            found.append(Breach("S9", f"{name} 来{number}家，席位（{field}）只有{session[field]}个"))
    invited = any(talk["pinned"] == name for talk in talks)
    if not invited and 0 < len(guests["E"]) < (session.get("min_enterprise") or 0):
        found.append(Breach("S13", f"{name} 只有{len(guests['E'])}家企业，至少要{session['min_enterprise']}家"))
    if not instance.get("allow_repeat_pairs", True):
        for pair, number in Counter((talk["E"], talk["X"]) for talk in talks).items():
            if number > 1:
                found.append(Breach("S12", f"{pair[0]} 与 {pair[1]} 在 {name} 有{number}次洽谈"))
    return found


def _year(instance: Row, talks: list[dict[str, Any]]) -> list[Breach]:
    visits: dict[str, set[str]] = defaultdict(set)
    held: Counter[str] = Counter()
    for talk in talks:
        for side in ("E", "X"):
            visits[talk[side]].add(talk["session"])
            held[talk[side]] += 1
    found = []
    for guest, one in _people(instance).items():
        most = one.get("max_sessions")
        if most is not None and len(visits[guest]) > most:
            found.append(Breach("S10", f"{guest} 全年到会{len(visits[guest])}场，最多{most}场"))
        most = one.get("max_meetings")
        if most is not None and held[guest] > most:
            found.append(Breach("S11", f"{guest} 全年有{held[guest]}次洽谈，最多{most}次"))
    return found


def _figures(instance: Row, talks: list[dict[str, Any]]) -> dict[str, float]:
    sessions = {one["id"]: one for one in instance["sessions"]}
    people = _people(instance)
    objective = 0.0
    for talk in talks:
        session, expert = sessions[talk["session"]], people[talk["X"]]
        share = 1.0
        if talk["industry"] in (session.get("themes") or ()):
            share += instance.get("theme_bonus") or 0.0
        if expert.get("institute", expert["id"]) in (session.get("hosts") or ()):
            share += instance.get("host_bonus") or 0.0
        objective += talk["score"] * share
    visits = {(talk[side], talk["session"]) for talk in talks for side in ("E", "X")}
    for guest, session_id in visits:
        cost = people[guest].get("visit_cost")
        objective -= (instance.get("attend_cost") or 0.0) if cost is None else cost
        home, there = people[guest].get("county"), sessions[session_id].get("county")
        if home and there and home != there:
            objective -= instance.get("travel_penalty") or 0.0
    objective += (instance.get("balance_bonus") or 0.0) * _even(instance, talks)
    return {"objective": objective, "assigned": float(len(talks)), "visits": float(len(visits))}


def _even(instance: Row, talks: list[dict[str, Any]]) -> int:
    """How many talks count towards the even shares: of every session, and of every county with enterprises."""
    sessions, people, pairs = instance["sessions"], _people(instance), instance["pairs"]
    room = sum(one["slots"] * one["tables"] for one in sessions)
    even = 0
    for session in sessions:
        own = sum(talk["session"] == session["id"] for talk in talks)
        even += min(own, session["slots"] * session["tables"], len(pairs) // len(sessions))
    for county in {people[pair["enterprise"]].get("county") for pair in pairs} - {None, ""}:
        wanted = sum(people[pair["enterprise"]].get("county") == county for pair in pairs)
        own = sum(people[talk["E"]].get("county") == county for talk in talks)
        even += min(own, wanted * min(room, len(pairs)) // len(pairs))
    return even
