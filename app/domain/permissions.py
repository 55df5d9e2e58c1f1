"""Owns who may do what: one enum, one table of grants, one question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.domain.actor import CITY, DESK, PORTAL, Actor, Role
from app.domain.errors import NotAllowed


class Permission(str, Enum):
    """A deed, in words."""

    NEED_WRITE = "need.write"  # enter, revise, submit, withdraw a need of the owner
    NEED_REVIEW = "need.review"  # publish, return, settle
    NEED_CONFIRM = "need.confirm"  # say that what others entered for us is right, or not
    ACHIEVEMENT_WRITE = "achievement.write"
    ACHIEVEMENT_REVIEW = "achievement.review"
    SHEET_IMPORT = "sheet.import"
    PAIRING_READ = "pairing.read"
    PAIRING_DECIDE = "pairing.decide"  # keep, dismiss, ban, add by hand
    EVENT_PLAN = "event.plan"  # dates, places, season plan, timetable
    INVITATION_SEND = "invitation.send"  # draft, edit, send, void
    INVITATION_ANSWER = "invitation.answer"  # reply for oneself; those who record a phone call make the same move
    INVITATION_RECORD = "invitation.record"  # write down a reply given by phone
    LETTER_READ = "letter.read"
    FOLLOW_UP_WRITE = "follow_up.write"
    PEOPLE_APPROVE = "people.approve"  # approve, refuse, end memberships
    ORGANISATION_EDIT = "organisation.edit"
    DESK_READ = "desk.read"
    REFERENCE_EDIT = "reference.edit"  # counties, industries, venues, the year's quotas
    LEXICON_EDIT = "lexicon.edit"  # words and synonyms of the matcher: add, preview, enable, retire
    RANKING_CHOOSE = "ranking.choose"  # train, activate and take back the weights of the matcher
    CALENDAR_SUBSCRIBE = "calendar.subscribe"  # a personal calendar with an address of its own
    STATUS_READ = "status.read"  # how the installation runs: jobs, processes, sizes, limits


P = Permission
R = Role

GRANTS: dict[Permission, frozenset[Role]] = {
    P.NEED_WRITE: frozenset({R.ENTERPRISE, R.COUNTY_OFFICE, R.ORGANIZER, R.ADMINISTRATOR}),
    P.NEED_REVIEW: frozenset({R.COUNTY_OFFICE, R.ORGANIZER, R.ADMINISTRATOR}),
    P.NEED_CONFIRM: frozenset({R.ENTERPRISE, R.GUEST}),
    P.ACHIEVEMENT_WRITE: frozenset({R.INSTITUTE, R.ORGANIZER, R.ADMINISTRATOR}),
    P.ACHIEVEMENT_REVIEW: frozenset({R.ORGANIZER, R.ADMINISTRATOR}),
    P.SHEET_IMPORT: frozenset({R.ENTERPRISE, R.INSTITUTE, R.COUNTY_OFFICE, R.ORGANIZER, R.ADMINISTRATOR}),
    P.PAIRING_READ: DESK,
    P.PAIRING_DECIDE: frozenset({R.ORGANIZER, R.ADMINISTRATOR}),
    P.EVENT_PLAN: frozenset({R.ORGANIZER, R.COUNTY_OFFICE, R.ADMINISTRATOR}),
    P.INVITATION_SEND: frozenset({R.ORGANIZER, R.ADMINISTRATOR}),
    P.INVITATION_ANSWER: frozenset({R.ENTERPRISE, R.INSTITUTE, R.GUEST, R.COUNTY_OFFICE, R.ORGANIZER, R.ADMINISTRATOR}),
    P.INVITATION_RECORD: frozenset({R.ORGANIZER, R.COUNTY_OFFICE, R.ADMINISTRATOR}),
    P.LETTER_READ: CITY,
    P.FOLLOW_UP_WRITE: frozenset({R.ENTERPRISE, R.INSTITUTE, R.COUNTY_OFFICE, R.ORGANIZER, R.ADMINISTRATOR}),
    P.PEOPLE_APPROVE: frozenset({R.ORGANIZER, R.ADMINISTRATOR}),
    P.ORGANISATION_EDIT: frozenset({R.ENTERPRISE, R.INSTITUTE, R.COUNTY_OFFICE, R.ORGANIZER, R.ADMINISTRATOR}),
    P.DESK_READ: DESK,
    P.REFERENCE_EDIT: frozenset({R.ORGANIZER, R.ADMINISTRATOR}),
    P.LEXICON_EDIT: frozenset({R.ORGANIZER, R.ADMINISTRATOR}),
    P.RANKING_CHOOSE: frozenset({R.ORGANIZER, R.ADMINISTRATOR}),
    P.CALENDAR_SUBSCRIBE: PORTAL | DESK,
    P.STATUS_READ: frozenset({R.ADMINISTRATOR}),
}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a thing is: the organisations it belongs to and the counties it lies in.

    An empty `counties` set means that it belongs to the city as a whole.
    """

    organisations: frozenset[int] = frozenset()
    counties: frozenset[int] = frozenset()
    invitation_id: int | None = None
    need_id: int | None = None


def allows(actor: Actor, permission: Permission | None, owner: Owner | None = None) -> bool:
    """Whether the actor may do the deed to a thing of this owner.

    The programme itself may do anything. Portal roles act on their own organisation only, a county office
    on its own county only, a guest on the thing its link names. None stands for the programme alone.
    """
    if actor.role is Role.PROGRAMME:
        return True
    if permission is None or actor.role not in GRANTS[permission]:
        return False
    if owner is None or actor.role in CITY:
        return True
    if actor.role is Role.COUNTY_OFFICE:
        return actor.county_id is not None and actor.county_id in owner.counties
    if actor.role is Role.GUEST:
        by_invitation = actor.invitation_id is not None and actor.invitation_id == owner.invitation_id
        return by_invitation or (actor.need_id is not None and actor.need_id == owner.need_id)
    return actor.organisation_id is not None and actor.organisation_id in owner.organisations


def require(actor: Actor, permission: Permission | None, owner: Owner | None = None) -> None:
    """Do nothing if allowed; NotAllowed otherwise."""
    if not allows(actor, permission, owner):
        raise NotAllowed("您没有权限进行这项操作；如需办理，请联系许昌科技大市场。")
