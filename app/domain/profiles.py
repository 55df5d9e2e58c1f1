"""Owns the frozen values that forms yield about people and organisations, and about the desk's editable lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.drafts import NO_CONTACT, Contact, OrganisationDraft
from app.domain.vocabulary import OrganisationKind, SupplyKind, TermKind


@dataclass(frozen=True, slots=True)
class JoinDraft:
    """Which organisation somebody wants to act for, and as what (`title`: 职务)."""

    organisation: OrganisationDraft
    kind: OrganisationKind
    title: str = ""


@dataclass(frozen=True, slots=True)
class EnrolDraft:
    """A person who signs up, with the organisation they want to act for."""

    name: str
    mobile: str
    email: str
    password: str
    join: JoinDraft


@dataclass(frozen=True, slots=True)
class OrganisationDetails:
    """An organisation's data as its page gives them; `industry` is a name or alias, `supply_kind` for institutes."""

    organisation: OrganisationDraft
    kind: OrganisationKind = OrganisationKind.ENTERPRISE
    supply_kind: SupplyKind | None = None
    industry: str = ""
    profile: str = ""
    contact: Contact = NO_CONTACT


@dataclass(frozen=True, slots=True)
class ExpertDraft:
    """An expert of an institute; `department` is the name of a 院系, made when it is new."""

    name: str
    email: str
    title: str = ""
    mobile: str = ""
    department: str = ""


LONGEST_ABSENCE_NOTE = 100


@dataclass(frozen=True, slots=True)
class AbsenceDraft:
    """Who cannot come (None: nobody of the organisation can), from when to when, both days included, and why."""

    expert_id: int | None
    starts_on: date | None
    ends_on: date | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class WordDraft:
    """A county or an industry as the form gives it; `tier` is for industries, `code` and `is_zone` for counties."""

    name: str
    aliases: tuple[str, ...] = ()
    position: int = 0
    tier: str = ""
    code: str = ""
    is_zone: bool = False


@dataclass(frozen=True, slots=True)
class VenueDraft:
    """A venue as the form gives it; `county` is a county's name or empty."""

    name: str
    address: str = ""
    capacity: int = 120
    tables: int = 15
    county: str = ""


@dataclass(frozen=True, slots=True)
class YearDraft:
    """A year's name, period and note, and the minimum of each of its quotas by the quota's id."""

    name: str
    starts_on: date
    ends_on: date
    note: str = ""
    minimums: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TermsDraft:
    """An entry of the lexicon as the form gives it; a word has no `terms`.

    `joins`: the person knows that the entry makes one group of terms out of groups that are there.
    """

    kind: TermKind
    head: str
    terms: tuple[str, ...] = ()
    note: str = ""
    joins: bool = False
