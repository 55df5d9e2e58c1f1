"""Reads the story that the demo tells: who signs in, what waits for review, how guests answer (demo/story.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.domain.actor import Role
from app.domain.drafts import AchievementDraft, Contact, Indicator, NeedDraft, OrganisationDraft
from app.domain.profiles import EnrolDraft, JoinDraft
from app.domain.vocabulary import (
    CooperationMode,
    HighTechField,
    IpStatus,
    Maturity,
    NeedCategory,
    OrganisationKind,
    Urgency,
    Visibility,
    Willingness,
)

VALIDITY = timedelta(days=365)
MOBILE = "19900000020"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in to the demo; `part` is what they are to the story."""

    part: str
    role: Role
    name: str
    email: str
    organisation: str
    county: str


@dataclass(frozen=True, slots=True)
class Written:
    """A need or an achievement of the story: its content, how far it has got, and what the reviewer said."""

    draft: NeedDraft | AchievementDraft
    state: str
    reason: str
    remarks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the desk says of the recommendations of one rank: "dismiss" or "ban", and why."""

    move: str
    rank: int
    reason: str


@dataclass(frozen=True, slots=True)
class Story:
    """The whole story. `guests`, `notes` and `refusals` are what answers to invitations say."""

    password: str
    people: tuple[Person, ...]
    contacts: Mapping[str, Contact]
    newcomers: tuple[EnrolDraft, ...]
    needs: tuple[Written, ...]
    achievements: tuple[Written, ...]
    decisions: tuple[Decision, ...]
    guests: tuple[str, ...]
    notes: tuple[str, ...]
    refusals: tuple[str, ...]

    def person(self, part: str) -> Person:
        """Who plays this part."""
        return next(person for person in self.people if person.part == part)

    def sign_ins(self) -> list[str]:
        """One line per person who can sign in."""
        lines = [f"登录账号（密码都是 {self.password}）："]
        return lines + [f"  {one.email:22} {one.role.label} {one.name}（{one.organisation}）" for one in self.people]


def read(path: Path, today: date) -> Story:
    """The story in the file; what it enters is valid for a year from `today`. KeyError or ValueError for a broken one."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    people = tuple(_person(one) for one in told["people"])
    firm = next(person for person in people if person.role is Role.ENTERPRISE)
    institute = next(person for person in people if person.role is Role.INSTITUTE)
    return Story(
        password=told["password"],
        people=people,
        contacts={one["organisation"]: _contact(one) for one in told["contacts"]},
        newcomers=tuple(_newcomer(one, told["password"]) for one in told["newcomers"]),
        needs=tuple(_written(_need(one, firm, today + VALIDITY), one) for one in told["needs"]),
        achievements=tuple(_written(_achievement(one, institute), one) for one in told["achievements"]),
        decisions=tuple(Decision(one["move"], one["rank"], one["reason"]) for one in told["decisions"]),
        guests=tuple(told["guests"]),
        notes=tuple(told["notes"]),
        refusals=tuple(told["refusals"]),
    )


def _person(one: dict[str, Any]) -> Person:
    return Person(one["part"], Role(one["role"]), one["name"], one["email"], one["organisation"], one.get("county", ""))


def _contact(one: dict[str, Any]) -> Contact:
    return Contact(name=one["name"], landline=one["landline"], email=one["email"])


def _newcomer(one: dict[str, Any], password: str) -> EnrolDraft:
    place = OrganisationDraft(name=one["organisation"], credit_code=one["credit_code"], county=one["county"])
    join = JoinDraft(place, OrganisationKind.ENTERPRISE, one["title"])
    return EnrolDraft(one["name"], one["mobile"], one["email"], password, join)


def _written(draft: NeedDraft | AchievementDraft, one: dict[str, Any]) -> Written:
    return Written(draft, one["state"], one.get("reason", ""), one.get("remarks", {}))


def _need(one: dict[str, Any], firm: Person, valid_until: date) -> NeedDraft:
    rows = [Indicator(*cells) for cells in one.get("indicators", ())]
    return NeedDraft(
        title=one["title"],
        category=NeedCategory(one["category"]),
        field=HighTechField(one["field"]) if "field" in one else None,
        industry=one["industry"],
        problem=one["problem"],
        key_technology=one.get("key_technology", ""),
        indicators=tuple(rows),
        goal=one.get("goal", ""),
        basis=one.get("basis", ""),
        keywords=tuple(one["keywords"]),
        modes=tuple(CooperationMode(mode) for mode in one["modes"]),
        budget=Decimal(one["budget"]) if "budget" in one else None,
        budget_negotiable=one.get("negotiable", False),
        valid_until=valid_until,
        urgency=Urgency(one["urgency"]) if "urgency" in one else None,
        visibility=Visibility(one.get("visibility", "public")),
        contact=Contact(firm.name, "技术部经理", MOBILE, "", firm.email),
    )


def _achievement(one: dict[str, Any], institute: Person) -> AchievementDraft:
    return AchievementDraft(
        title=one["title"],
        department=one["department"],
        owner=one["owner"],
        keywords=tuple(one["keywords"]),
        summary=one["summary"],
        indicators=one["indicators"],
        applications=one["applications"],
        maturity=Maturity(one["maturity"]),
        ip_status=IpStatus(one["ip_status"]),
        field=HighTechField(one["field"]),
        industry=one["industry"],
        willingness=Willingness(one["willingness"]),
        modes=tuple(CooperationMode(mode) for mode in one["modes"]),
        price=Decimal(one["price"]) if "price" in one else None,
        price_negotiable=one.get("negotiable", False),
        contact=Contact(institute.name, "副教授", MOBILE, "", institute.email),
    )
