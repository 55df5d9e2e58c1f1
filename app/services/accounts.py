"""Accounts: enrolling, joining organisations, passwords, and what follows when a membership is decided.

Whoever asks from outside learns nothing of what is known already: the answers are in letters to the owners.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME, ROLE_OF, Actor, Role
from app.domain.entries import clean_line, read_credit_code, read_email, read_mobile
from app.domain.errors import Complaint, Invalid, Missing
from app.domain.profiles import EnrolDraft, JoinDraft
from app.domain.validation import check_organisation
from app.domain.vocabulary import OrganisationKind
from app.letters import accounts as letters
from app.letters.accounts import Recipient
from app.letters.writing import Letter
from app.models.letter import Letter as Posted
from app.models.people import Membership, Organisation, User
from app.models.reference import County
from app.services import history, links, outbox, passwords, signing_in
from app.services.steps import Step

MOST_RESETS_AN_HOUR = 5
MOST_NOTICES = 5


def enrol(session: Session, draft: EnrolDraft, now: datetime) -> None:
    """Ask for an account. An address that is known gets a notice and nothing changes; the asker can't tell.

    Raises Invalid for what is wrong with the draft itself.
    """
    draft = _read(draft)
    kept = passwords.hashed(draft.password)  # before looking: it takes the same time for a known address
    known = session.scalar(select(User).where(User.email == draft.email))
    if known is not None:
        key = f"account:known:{known.id}:{now:%Y%m%d%H}"
        outbox.post(session, letters.known(_to(known), key, links.of(session).page("/sign-in")), now)
        return
    user = User(name=draft.name, email=draft.email, mobile=draft.mobile, password_hash=kept, created_at=now)
    session.add(user)
    session.flush()  # history names the person by id
    history.record(session, "user", user.id, "enrol", PROGRAMME, now, label="申请账号")
    _ask(session, user, draft.join, now)


def join(session: Session, user_id: int, draft: JoinDraft, now: datetime) -> None:
    """A person who is known asks to act for another organisation."""
    complaints = _organisation_complaints(draft)
    if complaints:
        raise Invalid(tuple(complaints))
    _ask(session, _user(session, user_id), draft, now)


def request_reset(session: Session, email: str, now: datetime) -> None:
    """Post the link to a new password, if somebody active has the address; at most 5 an hour."""
    user = session.scalar(select(User).where(User.email == signing_in.folded(email), User.is_active))
    if user is None:
        return
    recent = session.scalar(
        select(func.count(Posted.id)).where(
            Posted.recipient == user.email,
            Posted.kind == "password_reset",
            Posted.created_at > now - timedelta(hours=1),
        )
    )
    if (recent or 0) >= MOST_RESETS_AN_HOUR:
        return
    link = links.of(session).reset(user, now)
    key = f"account:reset:{user.id}:{now:%Y%m%d%H%M%S}"
    if outbox.post(session, letters.reset(_to(user), key, link, links.RESET_MINUTES), now):
        history.record(session, "user", user.id, "reset_request", PROGRAMME, now, label="申请重设密码")


def owner_of_reset(session: Session, token: str, now: datetime) -> User:
    """Whose password the link sets; Missing when it was used, is older than 30 minutes, or was tampered with."""
    gone = Missing("这个链接不完整、已经用过或过期（有效 30 分钟）。请在登录页点“忘记密码”重新申请。")
    try:
        parts = links.of(session).read("reset", token)
    except Missing as error:
        raise gone from error
    if len(parts) != 3 or not all(isinstance(part, int) for part in parts):
        raise gone
    user_id, epoch, made = (int(str(part)) for part in parts)
    user = session.get(User, user_id)
    if user is None or not user.is_active or user.session_epoch != epoch:
        raise gone
    if not 0 <= now.timestamp() - made <= links.RESET_MINUTES * 60:
        raise gone
    return user


def reset_password(session: Session, token: str, password: str, now: datetime) -> None:
    """Set a new password through the link; the link is dead afterwards."""
    _set_password(session, owner_of_reset(session, token, now), password, now)


def change_password(session: Session, user_id: int, old: str, new: str, now: datetime) -> signing_in.SignedIn:
    """Set a new password knowing the old one; all other sessions end. Returns what the new session carries."""
    user = _user(session, user_id)
    if not passwords.matches(user.password_hash, old):
        raise Invalid((Complaint("old", "现在的密码不正确。"),))
    _set_password(session, user, new, now)
    return signing_in.SignedIn(user.id, user.name, user.session_epoch)


def rename(session: Session, user_id: int, name: str, mobile: str, now: datetime) -> None:
    """Change one's own name and mobile number."""
    user = _user(session, user_id)
    user.name, user.mobile = clean_line(name), read_mobile(mobile)
    history.record(session, "user", user.id, "edit", PROGRAMME, now, label="修改本人资料")


def add(
    session: Session, name: str, email: str, role: Role, organisation: Organisation, password: str, now: datetime
) -> Membership:
    """A person made by the operator, with a membership still to be approved; flushed.

    A known address keeps its name and password and gets the membership only.
    """
    address = signing_in.folded(read_email(email))
    user = session.scalar(select(User).where(User.email == address))
    if user is None:
        wrong = passwords.fault(password, _own_words(name, address))
        if wrong:
            raise Invalid((Complaint("password", wrong),))
        user = User(name=clean_line(name), email=address, password_hash=passwords.hashed(password), created_at=now)
        session.add(user)
        session.flush()  # the membership below asks for the id
    member = session.scalar(
        select(Membership).where(
            Membership.user_id == user.id, Membership.organisation_id == organisation.id, Membership.role == role.value
        )
    )
    if member is None:
        member = Membership(user=user, organisation=organisation, role=role.value, created_at=now)
        session.add(member)
        session.flush()  # the step names the membership by id
    return member


def set_active(session: Session, email: str, is_active: bool, now: datetime) -> None:
    """The operator closes or reopens an account; closing ends every session."""
    user = session.scalar(select(User).where(User.email == signing_in.folded(email)))
    if user is None:
        raise Invalid(f"没有用“{email[:80]}”登录的人。")
    user.is_active = is_active
    user.session_epoch += 1
    label = "恢复账号" if is_active else "停用账号"
    history.record(session, "user", user.id, "open" if is_active else "close", PROGRAMME, now, label=label)


# ------------------------------------------------------------------------------- reactions of the lifecycle


def approved(session: Session, step: Step, actor: Actor, now: datetime) -> Iterable[Step]:
    """The organisation is admitted with its first member; the person gets a letter, unless an operator did it."""
    member: Membership = step.subject
    if member.organisation.approved_at is None:
        member.organisation.approved_at = now
        history.record(session, "organisation", member.organisation_id, "admit", actor, now, label="准予入驻")
    if actor.role is not Role.PROGRAMME:
        sign_in = links.of(session).page("/sign-in")
        key = _decision_key(member, "approved", now)
        outbox.post(session, letters.approved(_to(member.user), key, member.organisation.name, sign_in), now)
    return ()


def refused(session: Session, step: Step, actor: Actor, now: datetime) -> Iterable[Step]:
    """The reason is kept with the membership and sent to the person."""
    member: Membership = step.subject
    member.reason = step.reason.strip()
    key = _decision_key(member, "refused", now)
    outbox.post(session, letters.refused(_to(member.user), key, member.organisation.name, member.reason), now)
    return ()


def ended(session: Session, step: Step, actor: Actor, now: datetime) -> Iterable[Step]:
    """The person hears of it; their next request finds the membership gone."""
    member: Membership = step.subject
    key = _decision_key(member, "ended", now)
    outbox.post(session, letters.ended(_to(member.user), key, member.organisation.name), now)
    return ()


def still_in_use(session: Session, member: Membership, now: datetime) -> None:
    """The last active administrator can't be ended: nobody could give the role again."""
    if member.role != Role.ADMINISTRATOR.value:
        return
    others = session.scalar(
        select(func.count(Membership.id)).where(
            Membership.role == member.role, Membership.state == "active", Membership.id != member.id
        )
    )
    if not others:
        raise Invalid("这是最后一个系统管理员账号，不能停用。请先开通另一个管理员。")


# ------------------------------------------------------------------------------- parts


def _read(draft: EnrolDraft) -> EnrolDraft:
    """The draft with cleaned values; Invalid with every complaint at once."""
    complaints = _organisation_complaints(draft.join)
    name = clean_line(draft.name)
    if not name or len(name) > 40:
        complaints.append(Complaint("name", "请填写姓名，最多 40 个字。"))
    mobile, email = draft.mobile, draft.email
    try:
        mobile = read_mobile(draft.mobile)
        if not mobile:
            complaints.append(Complaint("mobile", "请填 11 位手机号码。"))
    except Invalid as error:
        complaints.append(Complaint("mobile", error.message))
    try:
        email = signing_in.folded(read_email(draft.email))
        if not email or not email.isascii():
            complaints.append(Complaint("email", "请填一个电子邮箱地址，例如 name@example.com。"))
    except Invalid as error:
        complaints.append(Complaint("email", error.message))
    wrong = passwords.fault(draft.password, _own_words(name, email))
    if wrong:
        complaints.append(Complaint("password", wrong))
    if complaints:
        raise Invalid(tuple(complaints))
    return replace(draft, name=name, mobile=mobile, email=email)


def _organisation_complaints(draft: JoinDraft) -> list[Complaint]:
    """Complaints about the organisation; `name` is the person's field on these forms."""
    return [
        replace(complaint, field="organisation_name") if complaint.field == "name" else complaint
        for complaint in check_organisation(draft.organisation, code_required=True)
    ]


def _own_words(name: str, email: str) -> tuple[str, ...]:
    return (name, email, email.partition("@")[0])


def _ask(session: Session, user: User, draft: JoinDraft, now: datetime) -> None:
    """Request a membership; a known organisation is joined as it is, an unknown one is made, not yet admitted."""
    organisation = _organisation(session, draft, now)
    role = ROLE_OF[OrganisationKind(organisation.kind)].value
    member = session.scalar(
        select(Membership).where(
            Membership.user_id == user.id, Membership.organisation_id == organisation.id, Membership.role == role
        )
    )
    if member is not None:
        return
    member = Membership(user=user, organisation=organisation, role=role, title=draft.title[:40], created_at=now)
    session.add(member)
    session.flush()  # history and the letters' keys name the membership by id
    history.record(session, "membership", member.id, "request", PROGRAMME, now, label="申请加入单位")
    key = f"account:received:{member.id}"
    home = links.of(session).page("/")
    named = clean_line(draft.organisation.name)
    outbox.post(session, letters.received(_to(user), key, named, home), now)
    _tell_members(session, member, now)


def _organisation(session: Session, draft: JoinDraft, now: datetime) -> Organisation:
    code = read_credit_code(draft.organisation.credit_code)
    known = session.scalar(select(Organisation).where(Organisation.credit_code == code))
    if known is not None:
        return known
    county = session.scalar(select(County).where(County.name == draft.organisation.county))
    made = Organisation(
        kind=draft.kind.value,
        name=clean_line(draft.organisation.name),
        credit_code=code,
        county=county,
        created_at=now,
    )
    session.add(made)
    session.flush()  # the membership asks for the id
    history.record(session, "organisation", made.id, "enter", PROGRAMME, now, label="单位注册申请")
    return made


def _tell_members(session: Session, member: Membership, now: datetime) -> None:
    """Those who act for the organisation already hear who wants to join them."""
    colleagues = session.scalars(
        select(Membership)
        .where(Membership.organisation_id == member.organisation_id, Membership.state == "active")
        .order_by(Membership.id)
        .limit(MOST_NOTICES)
    ).all()
    for colleague in colleagues:
        letter = letters.somebody_joins(
            _to(colleague.user),
            f"account:joins:{member.id}:{colleague.user_id}",
            member.user.name,
            member.organisation.name,
        )
        outbox.post(session, letter, now)


def _set_password(session: Session, user: User, password: str, now: datetime) -> None:
    wrong = passwords.fault(password, _own_words(user.name, user.email))
    if wrong:
        raise Invalid((Complaint("password", wrong),))
    user.password_hash = passwords.hashed(password)
    user.session_epoch += 1
    signing_in.unlock(session, user.email)
    history.record(session, "user", user.id, "password", PROGRAMME, now, label="修改密码")
    key = f"account:password:{user.id}:{user.session_epoch}"
    letter: Letter = letters.password_changed(_to(user), key, links.of(session).page("/forgotten"))
    outbox.post(session, letter, now)


def _user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise Missing
    return user


def _to(user: User) -> Recipient:
    return Recipient(user.email, user.name)


def _decision_key(member: Membership, verb: str, now: datetime) -> str:
    return f"account:{verb}:{member.id}:{now:%Y%m%d%H%M%S}:{secrets.token_hex(2)}"
