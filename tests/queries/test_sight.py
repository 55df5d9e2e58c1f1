"""Who sees which needs, achievements and files: every role against every state and visibility."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor, Role
from app.domain.drafts import NO_CONTACT
from app.domain.errors import Missing
from app.models.attachment import Attachment
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.pairing import Pairing
from app.queries import achievements, attachments, needs
from tests import shelf
from tests.cast import NOW, Cast, engage

STATES = ("draft", "submitted", "returned", "published", "settled", "withdrawn", "lapsed")
VISIBILITIES = ("public", "institutes", "anonymous", "private")
EVERYTHING = {f"{state}/{visibility}" for state in STATES for visibility in VISIBILITIES}
OFFERED = {"published/public", "published/anonymous"}
NEEDS_SEEN = {
    "owner": EVERYTHING,
    "rival": OFFERED,
    "institute": OFFERED | {"published/institutes"},
    "university": OFFERED | {"published/institutes"},
    "desk": EVERYTHING,
    "county": set(),
    "bureau": EVERYTHING,
    "admin": EVERYTHING,
}
ALL_ACHIEVEMENTS = {f"{state}/{visibility}" for state in ("draft", "submitted", "returned", "listed", "transferred",
                                                          "withdrawn") for visibility in VISIBILITIES}  # fmt: skip
LISTED = {"listed/public", "listed/anonymous"}
ACHIEVEMENTS_SEEN = {
    "owner": LISTED,
    "rival": LISTED,
    "institute": ALL_ACHIEVEMENTS,
    "university": LISTED | {"listed/institutes"},
    "desk": ALL_ACHIEVEMENTS,
    "county": {"listed/public", "listed/institutes"},
    "bureau": ALL_ACHIEVEMENTS,
    "admin": ALL_ACHIEVEMENTS,
}


@pytest.fixture
def cast(session: Session) -> Cast:
    return engage(session)


def test_every_role_sees_exactly_its_needs(session: Session, cast: Cast) -> None:
    for name in EVERYTHING:
        state, visibility = name.split("/")
        shelf.need(session, cast.owner, title=name, state=state, visibility=visibility)
    seen = {part: {need.title for need in session.scalars(needs.visible_to(person.actor))}
            for part, person in cast.everyone().items()}  # fmt: skip
    assert seen == NEEDS_SEEN
    assert {need.title for need in session.scalars(needs.visible_to(None))} == OFFERED
    assert session.scalars(needs.visible_to(Actor(Role.GUEST, "来宾", invitation_id=1))).all() == []


def test_every_role_sees_exactly_its_achievements(session: Session, cast: Cast) -> None:
    for name in ALL_ACHIEVEMENTS:
        state, visibility = name.split("/")
        shelf.achievement(session, cast.institute, title=name, state=state, visibility=visibility)
    seen = {part: {one.title for one in session.scalars(achievements.visible_to(person.actor))}
            for part, person in cast.everyone().items()}  # fmt: skip
    assert seen == ACHIEVEMENTS_SEEN
    assert {one.title for one in session.scalars(achievements.visible_to(None))} == LISTED
    assert session.scalars(achievements.visible_to(Actor(Role.GUEST, "来宾", need_id=1))).all() == []


def test_a_county_office_sees_its_own_county(session: Session, cast: Cast) -> None:
    own = shelf.need(session, cast.rival, state="draft", published_at=None)
    other = shelf.need(session, cast.owner)
    assert needs.one(session, needs.visible_to(cast.county.actor), own.id) is own
    with pytest.raises(Missing):
        needs.one(session, needs.visible_to(cast.county.actor), other.id)


def test_a_stranger_reads_neither_contacts_nor_hidden_names(session: Session, cast: Cast) -> None:
    text = "甲企业机械有限公司的主轴漂移，请致电 13900001111 或 reach.me@firm.test；甲企业机械急需。"
    need = shelf.need(session, cast.owner, title="甲企业机械的难题", problem=text, visibility="anonymous",
                      wanted_institutes="中国科学院某研究所")  # fmt: skip
    stranger = needs.shown(need, known=False)
    assert (stranger.organisation, stranger.county) == ("长葛市某企业（匿名）", "长葛市")
    assert stranger.content.title == "某单位的难题"
    assert stranger.content.problem == (
        "某单位的主轴漂移，请致电 （联系方式已隐去） 或 （联系方式已隐去）；某单位急需。")  # fmt: skip
    assert (stranger.content.contact, stranger.content.wanted_institutes) == (NO_CONTACT, "")
    known = needs.shown(need, known=True)
    assert (known.organisation, known.content.problem) == ("甲企业机械有限公司", text)
    assert known.content.contact.mobile == "13900001111"


def test_an_anonymous_institute_stays_hidden(session: Session, cast: Cast) -> None:
    one = shelf.achievement(session, cast.institute, visibility="anonymous", team="过程远，研究员", owner_name="中国科学院某研究所",
                            summary="中国科学院某研究所研制，电话 0374-7654321。")  # fmt: skip
    stranger = achievements.shown(one, known=False)
    assert stranger.organisation == "某院所（匿名）"
    assert stranger.content.summary == "某单位研制，（联系方式已隐去）。"
    assert (stranger.content.team, stranger.content.owner, stranger.content.owner_phone) == ("", "", "")
    assert achievements.shown(one, known=True).content.team == "过程远，研究员"


def pair(session: Session, cast: Cast, state: str, event: Event | None = None) -> Pairing:
    need = shelf.need(session, cast.owner, visibility="anonymous")
    achievement = shelf.achievement(session, cast.institute, visibility="anonymous")
    made = Pairing(need=need, achievement=achievement, score=0.5, event=event, computed_at=NOW)
    made._state = state
    session.add(made)
    session.flush()
    return made


@pytest.mark.parametrize(("state", "known"), [("suggested", False), ("shortlisted", False), ("introduced", True),
                                              ("met", True), ("dismissed", False)])  # fmt: skip
def test_the_desk_introduces_the_two_sides_to_each_other(session: Session, cast: Cast, state: str, known: bool) -> None:
    pairing = pair(session, cast, state)
    assert needs.is_known(session, pairing.need, cast.institute.actor) is known
    assert achievements.is_known(session, pairing.achievement, cast.owner.actor) is known
    assert needs.is_known(session, pairing.need, cast.university.actor) is False
    assert achievements.is_known(session, pairing.achievement, cast.rival.actor) is False


@pytest.mark.parametrize(("state", "known"), [("draft", False), ("sent", True), ("accepted", True),
                                              ("declined", False), ("void", False)])  # fmt: skip
def test_an_invitation_to_their_session_introduces_them(session: Session, cast: Cast, state: str, known: bool) -> None:
    event = shelf.event(session)
    pairing = pair(session, cast, "shortlisted", event)
    invitation = Invitation(event=event, organisation_id=cast.institute.organisation_id, side="supply", nonce="n",
                            contact_email="e@institute.test", sent_at=NOW, party_size=1, created_at=NOW)  # fmt: skip
    invitation._state = state
    session.add(invitation)
    session.flush()
    assert needs.is_known(session, pairing.need, cast.institute.actor) is known
    assert achievements.is_known(session, pairing.achievement, cast.owner.actor) is False


def test_a_private_need_opens_to_whom_the_desk_introduced(session: Session, cast: Cast) -> None:
    need = shelf.need(session, cast.owner, visibility="private")
    achievement = shelf.achievement(session, cast.institute)
    made = Pairing(need=need, achievement=achievement, score=0.5, computed_at=NOW)
    made._state = "introduced"
    session.add(made)
    session.flush()
    assert session.scalars(needs.visible_to(cast.institute.actor)).all() == [need]
    assert session.scalars(needs.visible_to(cast.university.actor)).all() == []


def test_files_follow_their_record_except_where_it_is_anonymous(session: Session, cast: Cast) -> None:
    for visibility in VISIBILITIES:
        need = shelf.need(session, cast.owner, visibility=visibility)
        session.add(Attachment(need_id=need.id, name=visibility, media_type="image/png", size=1, sha256="0" * 64,
                               content=b"x", created_at=NOW))  # fmt: skip
    session.flush()
    seen = {
        part: {one.name for one in session.scalars(attachments.visible_to(person.actor).order_by(Attachment.id))}
        for part, person in cast.everyone().items()
    }
    everything = set(VISIBILITIES)
    assert seen == {
        "owner": everything, "rival": {"public"}, "institute": {"public", "institutes"},
        "university": {"public", "institutes"}, "desk": everything, "county": set(), "bureau": everything,
        "admin": everything}  # fmt: skip


def test_a_search_finds_words_literally(session: Session, cast: Cast) -> None:
    shelf.need(session, cast.owner, title="收率低于 80%_待改进")
    shelf.need(session, cast.owner, title="收率低于八成")
    chosen = needs.visible_to(cast.desk.actor)
    found = {text: needs.listed(session, chosen, needs.NeedFilter(text=text)).total
             for text in ("%", "_", "80%_", "'", "甲企业", "乙企业", "收率 八成")}  # fmt: skip
    assert found == {"%": 1, "_": 1, "80%_": 1, "'": 0, "甲企业": 2, "乙企业": 0, "收率 八成": 1}


def test_lists_ask_the_database_as_often_for_one_row_as_for_three(session: Session, cast: Cast) -> None:
    from sqlalchemy import event as hooks

    asked: list[str] = []
    engine = session.get_bind()
    hooks.listen(engine, "before_cursor_execute", lambda *given: asked.append(str(given[2])))
    counts = []
    for _ in range(2):
        shelf.need(session, cast.owner)
        session.expire_all()
        asked.clear()
        page = needs.offered(session, cast.institute.actor, needs.NeedFilter())
        assert [seen.organisation for seen in page.rows] == ["甲企业机械有限公司"] * page.total
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert session.scalar(select(1)) == 1
