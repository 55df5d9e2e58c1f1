"""The pages of the lexicon: from typing an entry to seeing what it changes, enabling it, and what each role may."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.jobs import preview as previews
from app.models.lexicon_entry import LexiconEntry
from tests import shelf
from tests.cast import NOW, Cast, post, sign_in

pytestmark = pytest.mark.databases("sqlite")
ROPE = {"kind": "same", "head": "璇玑绳", "terms": "摇光索", "note": "电梯厂的叫法"}
NEW = "/desk/lexicon/new"


@pytest.fixture
def offers(session: Session, cast: Cast) -> Cast:
    shelf.need(session, cast.owner, "璇玑绳换新", problem="璇玑绳磨损。")
    shelf.achievement(session, cast.university, "摇光索", summary="摇光索经久耐用。")
    shelf.achievement(
        session, cast.university, "面粉", summary="小麦磨得更细。"
    )  # beside which a rope is something rare
    session.commit()
    return cast


def entry(session: Session) -> LexiconEntry:
    session.rollback()
    return session.scalars(select(LexiconEntry).order_by(LexiconEntry.id.desc()).limit(1)).one()


def test_from_typing_to_taking_back(client: FlaskClient, session: Session, offers: Cast) -> None:
    sign_in(client, offers.desk)
    answer = post(client, NEW, ROPE)
    page = f"/desk/lexicon/{entry(session).id}"
    assert (answer.status_code, answer.location) == (303, page)
    waiting = client.get(page).text
    assert '<meta http-equiv="refresh"' in waiting
    assert "再看一次" in waiting
    assert "确认启用吗" not in waiting
    session.rollback()
    assert previews.run(NOW, lambda: False) == {"previews": 1}
    shown = client.get(page).text
    assert '<meta http-equiv="refresh"' not in shown
    assert "璇玑绳换新" in shown
    assert "不在推荐中" in shown
    assert "确认启用吗" in shown
    post(client, f"{page}/move", {"move": "enable"})
    assert entry(session).state == "enabled"
    shown = client.get(page).text
    assert "停用后哪些推荐会变化" in shown
    assert "还没有算过" in shown
    assert "没有完成：请写明停用的理由" in post(client, f"{page}/move", {"move": "retire"}, follow_redirects=True).text
    post(client, f"{page}/move", {"move": "retire", "reason": "不对"})
    assert entry(session).state == "retired"
    assert post(client, f"{page}/move", {"move": "nonsense"}).status_code == 409


def test_a_faulty_entry_keeps_what_was_typed(client: FlaskClient, session: Session, offers: Cast) -> None:
    sign_in(client, offers.desk)
    answer = post(client, NEW, ROPE | {"terms": "摇光索、尼龙、锦纶6"})
    assert answer.status_code == 422
    assert "“尼龙”已在“聚酰胺”一组" in answer.text
    assert "并入已有的组" in answer.text
    assert "摇光索、尼龙、锦纶6" in answer.text
    assert post(client, NEW, ROPE | {"head": ""}).status_code == 422
    assert post(client, NEW, ROPE | {"kind": "nonsense"}).status_code == 422
    assert "写了两次" in post(client, NEW, ROPE | {"terms": "摇光索\n摇光索"}).text
    assert session.scalars(select(LexiconEntry)).all() == []
    assert post(client, NEW, ROPE | {"terms": "1,4-丁二醇甲，摇光索"}).status_code == 303
    assert entry(session).terms == ["1,4-丁二醇甲", "摇光索"]


def test_a_shipped_group_is_offered_for_growing(client: FlaskClient, session: Session, offers: Cast) -> None:
    sign_in(client, offers.desk)
    page = client.get("/desk/lexicon?q=锦纶6&origin=shipped").text
    assert "扩充这一组" in page
    form = client.get(f"{NEW}?kind=same&head=尼龙6&joins=1").text
    assert 'value="尼龙6"' in form
    assert post(client, NEW, {"kind": "same", "head": "尼龙6", "terms": "摇光料", "joins": "y"}).status_code == 303


def test_rewording_what_is_in_effect_makes_a_draft(client: FlaskClient, session: Session, offers: Cast) -> None:
    sign_in(client, offers.desk)
    post(client, NEW, ROPE)
    old = entry(session).id
    session.rollback()
    previews.run(NOW, lambda: False)
    post(client, f"/desk/lexicon/{old}/move", {"move": "enable"})
    edit = f"/desk/lexicon/{old}/edit"
    assert "原来的继续有效" in client.get(edit).text
    answer = post(client, edit, ROPE | {"terms": "摇光索、摇光缆", "version": "1"})
    new = entry(session)
    assert (answer.status_code, new.replaces_id, new.state) == (303, old, "draft")
    assert "一份新的写法等待启用" in client.get(f"/desk/lexicon/{old}").text
    stale = post(client, f"/desk/lexicon/{new.id}/edit", ROPE | {"terms": "摇光缆", "version": "99"})
    assert stale.status_code == 409


def test_offices_read_only(client: FlaskClient, session: Session, offers: Cast) -> None:
    post(sign_in(client, offers.desk), NEW, ROPE)
    page = f"/desk/lexicon/{entry(session).id}"
    sign_in(client, offers.county)
    assert "添加词条" not in client.get("/desk/lexicon").text
    assert "修改" not in client.get(page).text.partition('class="with-side"')[0].partition("page-actions")[2]
    for path in (NEW, f"{page}/edit"):
        assert client.get(path).status_code == 403
    assert post(client, f"{page}/preview").status_code == 403


def test_empty_lists_say_what_to_do(client: FlaskClient, offers: Cast) -> None:
    sign_in(client, offers.desk)
    assert "还没有自己的词条" in client.get("/desk/lexicon?origin=desk").text
    assert "没有符合条件的词条" in client.get("/desk/lexicon?q=没有这样的词").text
    assert client.get("/desk/lexicon?q=%00&kind=x&page=99999999999").status_code == 200
    assert client.get("/desk/lexicon/99").status_code == 404
