"""A firm posts a need, the desk sends it back once and then publishes it; everybody reads of it what they may."""

from __future__ import annotations

from app.models.need import Need
from tests.paper import need_form
from tests.stories.town import Town, link_in, text_of

TITLE = "高速电主轴热误差在线补偿"
NUMBER = "XQ-2022-411082-0001"


def test_from_a_first_draft_to_the_public_page(town: Town) -> None:
    owner, desk, home = town.cast.owner, town.cast.desk, "/portal/needs/1"

    # Half a form is kept as a draft; a whole one with a fault is shown again and writes nothing.
    assert town.send(owner, "/portal/needs/new", {"title": TITLE, "action": "draft"}) == home
    town.read(town.cast.rival, home, 404)
    faulty = need_form(contact_mobile="12345", form_key="0" * 32)
    assert "请填 11 位手机号码" in town.send(owner, f"{home}/edit", faulty, 422)
    assert town.one(Need)["state"] == "draft"
    assert town.one(Need)["problem"] == ""

    # Handed in, it has a number and waits at the desk; nobody outside sees it, nobody gets a letter yet.
    assert town.send(owner, f"{home}/edit", need_form()) == home
    assert (town.one(Need)["state"], town.one(Need)["number"]) == ("submitted", NUMBER)
    assert f"{TITLE}" in town.read(desk, "/desk/needs?state=submitted")
    town.read(None, "/needs/1", 404)
    assert TITLE not in town.read(town.cast.university, "/portal/needs")
    town.work()
    assert town.everything() == {}

    # The desk sends it back with a remark; the contact is written to, and the remark stands beside the field.
    town.on(2, 16)
    town.send(desk, "/desk/needs/1/review", {"decision": "return", "remark-problem": "请写明现在的合格率"})
    town.work("deliver")
    letter = town.smtp.to("tech@firm.test")[0]
    assert "请写明现在的合格率" in text_of(letter)
    assert town.everything() == {"tech@firm.test": [f"请修改后重新提交：技术需求“{TITLE}”"]}
    assert "请写明现在的合格率" in town.read(owner, f"{home}/edit")

    # Improved and handed in again, it keeps its number; published, it can be read by everybody without the contact.
    town.on(2, 17)
    better = need_form(problem="主轴升温后孔径漂移十五微米，操作工每小时停机测量一次，合格率只有八成，要到九成五。")
    town.send(owner, f"{home}/edit", better)
    town.send(desk, "/desk/needs/1/review", {"decision": "publish"})
    assert (town.one(Need)["state"], town.one(Need)["number"]) == ("published", NUMBER)
    town.work("deliver")
    assert town.everything() == {"tech@firm.test": [f"已通过审核：技术需求“{TITLE}”"]}
    shown = town.read(None, "/needs/1")
    assert TITLE in shown
    assert "要到九成五" in shown
    assert [word for word in ("13900001111", "tech@firm.test", "技术部长") if word in shown] == []
    assert TITLE in town.read(town.cast.university, "/portal/needs")
    assert TITLE in town.read(None, "/needs?q=电主轴")

    # A second click on the same button is told what has happened, and changes nothing.
    assert "已发布" in town.send(desk, "/desk/needs/1/review", {"decision": "publish"}, 409)
    town.work()
    assert town.everything() == {}


def test_a_need_lapses_by_itself_and_can_be_taken_up_again(town: Town) -> None:
    owner, desk, home = town.cast.owner, town.cast.desk, "/portal/needs/1"
    town.send(owner, "/portal/needs/new", need_form(valid_until="2022-06-30"))
    town.send(desk, "/desk/needs/1/review", {"decision": "publish"})
    town.on(6, 30, 23)
    town.work("expire")
    assert town.one(Need)["state"] == "published"
    town.on(7, 1, 0, 30)
    town.work("expire")
    assert town.one(Need)["state"] == "lapsed"
    assert TITLE not in town.read(None, "/needs")
    town.send(owner, f"{home}/move", {"move": "revise"})
    town.send(owner, f"{home}/edit", need_form(valid_until="2022-12-31"))
    town.send(desk, "/desk/needs/1/review", {"decision": "publish"})
    assert (town.one(Need)["state"], town.one(Need)["number"]) == ("published", NUMBER)
    assert TITLE in town.read(None, "/needs")


def test_the_county_enters_a_need_and_the_firm_answers_by_its_link(town: Town) -> None:
    county, desk = town.cast.county, town.cast.desk
    told = {"source": "visit", "told_by": "技术部王工", "told_how": "现场走访", "visited_on": "2022-02-14"}
    form = need_form(credit_code="91411081MA4000002B", contact_email="wang@firm.test", **told)
    assert town.send(county, "/desk/needs/new", form) == "/desk/needs/1"
    assert town.one(Need)["source"] == "visit"
    town.work("deliver")
    letters = town.smtp.to("wang@firm.test")
    assert [str(one["Subject"]) for one in letters] == [f"请核实：我们代贵单位登记了技术需求“{TITLE}”"]

    guest, link = town.app.test_client(use_cookies=False), link_in(letters[0], "confirm")
    assert "技术部王工" in guest.get(link).text
    assert town.one(Need)["confirmed_at"] is None
    assert guest.post(link, data={"answer": "dispute", "note": ""}).status_code == 422
    assert guest.post(link, data={"answer": "dispute", "note": "合格率是七成"}).status_code == 303
    assert "合格率是七成" in town.read(desk, "/desk/needs/1")
    assert guest.post(link, data={"answer": "agree"}).status_code == 303
    need = town.one(Need)
    assert (need["confirmed_at"] is not None, need["confirm_note"]) == (True, "")
    assert "企业已确认" in town.read(county, "/desk/needs/1")
    town.read(town.cast.owner, "/portal/needs/1", 404)
