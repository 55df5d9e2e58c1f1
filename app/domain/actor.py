"""Owns who is asking: a value, detached from any row or request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Self

from app.domain.vocabulary import OrganisationKind


class Role(str, Enum):
    """What somebody is to the programme; `label` is what the page calls it."""

    label: str

    ENTERPRISE = ("enterprise", "企业")
    INSTITUTE = ("institute", "院所")
    COUNTY_OFFICE = ("county_office", "县（市、区）科技主管部门")
    ORGANIZER = ("organizer", "科技大市场")
    BUREAU = ("bureau", "市科技局")
    ADMINISTRATOR = ("administrator", "系统管理员")
    GUEST = ("guest", "持邀请链接的来宾")
    PROGRAMME = ("programme", "系统")

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member


ROLE_OF = {
    OrganisationKind.ENTERPRISE: Role.ENTERPRISE,
    OrganisationKind.INSTITUTE: Role.INSTITUTE,
    OrganisationKind.COUNTY_OFFICE: Role.COUNTY_OFFICE,
    OrganisationKind.MARKET: Role.ORGANIZER,
    OrganisationKind.BUREAU: Role.BUREAU,
}

PORTAL = frozenset({Role.ENTERPRISE, Role.INSTITUTE})
DESK = frozenset({Role.ORGANIZER, Role.COUNTY_OFFICE, Role.BUREAU, Role.ADMINISTRATOR})
CITY = frozenset({Role.ORGANIZER, Role.BUREAU, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Actor:
    """The asker: one person in one membership.

    `organisation_id` is theirs; `county_id` narrows a county office to its county.
    A guest with a signed link has `invitation_id` (or `need_id`) and nothing else.
    """

    role: Role
    name: str
    user_id: int | None = None
    membership_id: int | None = None
    organisation_id: int | None = None
    organisation_name: str = ""
    county_id: int | None = None
    invitation_id: int | None = None
    need_id: int | None = None
    memberships_count: int = 1

    @property
    def role_label(self) -> str:
        """What the page calls the role."""
        return self.role.label


PROGRAMME = Actor(Role.PROGRAMME, "系统")
