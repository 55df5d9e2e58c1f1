"""The cast of the tests: organisations and people of every kind, and how one of them uses a browser.

`engage(session, now)` writes them; the caller commits. Everybody's password is PASSWORD.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.domain import clock
from app.domain.actor import Actor, Role
from app.domain.vocabulary import OrganisationKind, SupplyKind
from app.models.people import Membership, Organisation, User
from app.models.reference import County
from app.services import passwords

PASSWORD = "莲城-对接-2022-春"
NOW = datetime(2022, 2, 15, 1, 0, tzinfo=UTC)
"""09:00 in Xuchang, the day the cast was engaged, unless another instant is given."""
CSRF = "5f4dcc3b5aa765d61d8327deb882cf99a1b2c3d4"
COUNTIES = {"长葛市": "411082", "禹州市": "411081", "魏都区": "411002"}


@dataclass(frozen=True, slots=True)
class Person:
    """One of the cast, as values: usable in any transaction."""

    email: str
    user_id: int
    membership_id: int
    actor: Actor

    @property
    def organisation_id(self) -> int:
        """The organisation they act for."""
        assert self.actor.organisation_id is not None
        return self.actor.organisation_id

    @property
    def name(self) -> str:
        """What they are called."""
        return self.actor.name


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody. `owner` and `rival` are enterprises in 长葛市 and 禹州市; `county` is 禹州市's office."""

    owner: Person
    rival: Person
    institute: Person
    university: Person
    desk: Person
    county: Person
    bureau: Person
    admin: Person
    county_ids: dict[str, int]

    def everyone(self) -> dict[str, Person]:
        """All people by the name of their part."""
        parts = ("owner", "rival", "institute", "university", "desk", "county", "bureau", "admin")
        return {part: getattr(self, part) for part in parts}


@dataclass(frozen=True, slots=True)
class _Part:
    person: str
    mailbox: str
    organisation: str
    kind: OrganisationKind
    role: Role
    county: str = ""
    supply: SupplyKind | None = None
    code: str | None = None


_PARTS = {
    "owner": _Part("葛长青", "owner", "甲企业机械有限公司", OrganisationKind.ENTERPRISE, Role.ENTERPRISE, "长葛市",
                   code="91411082MA4000001N"),
    "rival": _Part("禹小川", "rival", "乙企业环保科技有限公司", OrganisationKind.ENTERPRISE, Role.ENTERPRISE, "禹州市",
                   code="91411081MA4000002B"),
    "institute": _Part("过程远", "institute", "中国科学院某研究所", OrganisationKind.INSTITUTE, Role.INSTITUTE,
                       supply=SupplyKind.CAS, code="121000004000000313"),
    "university": _Part("许学文", "university", "许昌学院", OrganisationKind.INSTITUTE, Role.INSTITUTE, "魏都区",
                        supply=SupplyKind.XUCHANG_UNIVERSITY, code="12410000400000042F"),
    "desk": _Part("市桥", "desk", "许昌科技大市场", OrganisationKind.MARKET, Role.ORGANIZER),
    "county": _Part("禹科", "county", "禹州市科学技术局", OrganisationKind.COUNTY_OFFICE, Role.COUNTY_OFFICE, "禹州市"),
    "bureau": _Part("科局", "bureau", "许昌市科学技术局", OrganisationKind.BUREAU, Role.BUREAU),
    "admin": _Part("管理", "admin", "许昌科技大市场", OrganisationKind.MARKET, Role.ADMINISTRATOR),
}  # fmt: skip


@cache
def password_hash() -> str:
    """The hash of PASSWORD, made once."""
    return passwords.hashed(PASSWORD)


def engage(session: Session, now: datetime = NOW) -> Cast:
    """Write counties, organisations, people and their active memberships; flushed, not committed."""
    counties = {name: County(code=code, name=name, position=n) for n, (name, code) in enumerate(COUNTIES.items())}
    session.add_all(counties.values())
    organisations: dict[str, Organisation] = {}
    rows: dict[str, Membership] = {}
    for part, given in _PARTS.items():
        organisation = organisations.setdefault(given.organisation, _organisation(given, counties, now))
        user = User(name=given.person, email=f"{given.mailbox}@cast.test", mobile="13800000000",
                    password_hash=password_hash(), created_at=now)  # fmt: skip
        rows[part] = Membership(user=user, organisation=organisation, role=given.role.value, created_at=now)
        rows[part]._state = "active"
    session.add_all(rows.values())
    session.flush()  # the cast is known by its ids
    people = {part: _person(row) for part, row in rows.items()}
    return Cast(county_ids={name: row.id for name, row in counties.items()}, **people)


def _organisation(given: _Part, counties: dict[str, County], now: datetime) -> Organisation:
    return Organisation(
        kind=given.kind.value,
        supply_kind=given.supply.value if given.supply else None,
        name=given.organisation,
        credit_code=given.code,
        county=counties.get(given.county),
        contact_name=given.person,
        contact_email=f"{given.mailbox}@cast.test",
        contact_phone="13800000000",
        approved_at=now,
        created_at=now,
    )


def _person(row: Membership) -> Person:
    role = Role(row.role)
    actor = Actor(
        role=role,
        name=row.user.name,
        user_id=row.user_id,
        membership_id=row.id,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation.name,
        county_id=row.organisation.county_id if role is Role.COUNTY_OFFICE else None,
    )
    return Person(row.user.email, row.user_id, row.id, actor)


def sign_in(client: FlaskClient, person: Person, epoch: int = 0) -> FlaskClient:
    """Give the client the session this person has after signing in; returns the client."""
    stamp = int(clock.now().timestamp())
    with client.session_transaction() as kept:
        kept.clear()
        kept.update(_user_id=f"{person.user_id}.{epoch}", _fresh=True, opened=stamp, seen=stamp)
        kept["membership_id"] = person.membership_id
    return client


def csrf(client: FlaskClient) -> str:
    """A CSRF token that fits the client's session, as a page of ours would have given it."""
    with client.session_transaction() as kept:
        kept.setdefault("csrf_token", CSRF)
        raw = kept["csrf_token"]
    secret = client.application.config["SECRET_KEY"]
    return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw))


def post(client: FlaskClient, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
    """POST a form the way our pages do: with a CSRF token."""
    return client.post(path, data={"csrf_token": csrf(client), **(data or {})}, **more)
