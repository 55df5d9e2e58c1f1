"""Finds whose record the desk enters: an organisation known by its code or name, or a new one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.entries import clean_line, read_credit_code
from app.domain.errors import Complaint, Invalid
from app.domain.permissions import Permission, allows, require
from app.domain.profiles import OrganisationDetails
from app.domain.vocabulary import OrganisationKind
from app.models.people import Organisation
from app.services import organisations


def organisation(session: Session, details: OrganisationDetails, actor: Actor, now: datetime) -> Organisation:
    """The organisation with this credit code, or with exactly this name when no code is given; entered if unknown.

    An enterprise is known by its code alone. Raises Invalid (fields `credit_code`, `name`, ...) when it is of another
    kind, out of the county office's county, or when what is given does not suffice to enter it.
    """
    require(actor, Permission.ORGANISATION_EDIT)
    code, name = read_credit_code(details.organisation.credit_code), clean_line(details.organisation.name)
    found = _known(session, code, name, details.kind)
    if found is None:
        if not code and details.kind is OrganisationKind.ENTERPRISE:
            raise Invalid((Complaint("credit_code", "请填写企业的 18 位统一社会信用代码。"),))
        return organisations.enter(session, details, actor, now)
    if found.kind != details.kind.value:
        label = OrganisationKind(found.kind).label
        raise Invalid((Complaint("credit_code", f"“{found.name}”登记的是{label}，这里要填{details.kind.label}。"),))
    if not allows(actor, Permission.ORGANISATION_EDIT, found.owner):
        raise Invalid((Complaint("credit_code", "这家单位不在贵县（市、区），请联系许昌科技大市场代为填报。"),))
    return found


def _known(session: Session, code: str, name: str, kind: OrganisationKind) -> Organisation | None:
    if code:
        return session.scalar(select(Organisation).where(Organisation.credit_code == code))
    if kind is OrganisationKind.ENTERPRISE or not name:
        return None
    return session.scalar(
        select(Organisation).where(Organisation.name == name, Organisation.kind == kind.value).order_by(Organisation.id)
    )
