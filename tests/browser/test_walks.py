"""What people do in a real browser, on the screen they have: forms with mistakes, links from letters, choices with reasons.

The page fixture fails a test on any script error and on anything that the security policy stops.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain import clock
from app.extensions import writing
from app.services import reference
from tests import cast
from tests.browser.conftest import Market
from tests.cast import NOW

pytestmark = pytest.mark.databases("sqlite")
FAULTS = Path(__file__).parents[1] / "sheets" / "data" / "needs_with_faults.xlsx"


def test_signing_in_with_a_wrong_password_first(page: Page, market: Market) -> None:
    page.goto(f"{market.url}/portal/needs")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.get_by_label("邮箱").fill("owner@cast.test")
    page.get_by_label("密码").fill("不对的密码")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_text("没有登录成功")).to_be_visible()
    expect(page.get_by_label("邮箱")).to_have_value("owner@cast.test")
    page.get_by_label("密码").fill(cast.PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(f"{market.url}/portal/needs")
    page.get_by_role("button", name="退出").click()
    expect(page).to_have_url(f"{market.url}/")
    page.goto(f"{market.url}/portal/needs")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")


def test_a_need_on_a_phone_with_a_mistake_and_a_draft_between(page: Page, market: Market) -> None:
    market.admit(page.context, "owner")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{market.url}/portal/needs/new")
    page.get_by_label("技术需求名称").fill("刀具寿命太短")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    page.get_by_role("link", name=re.compile("填写|修改")).first.click()
    expect(page.get_by_label("技术需求名称")).to_have_value("刀具寿命太短")

    page.locator("#problem").fill("硬质合金刀具加工超硬材料，平均八十件就要换刀。")
    page.locator("#contact_mobile").fill("12345")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("请填 11 位手机号码").first).to_be_visible()
    expect(page.locator("#problem")).to_have_value("硬质合金刀具加工超硬材料，平均八十件就要换刀。")
    assert overflow(page) == 0

    page.locator("#contact_mobile").fill("13900001111")
    page.locator("#category").select_option("research")
    page.locator("#field").select_option("manufacturing")
    page.locator("#industry").fill("超硬材料")
    page.locator("#key_technology").fill("涂层结合力。")
    page.locator("#keywords").fill("刀具、涂层")
    page.locator("[name=modes][value=joint]").check()
    page.locator("#budget").fill("30")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("已提交审核")).to_be_visible()
    expect(page.get_by_text("待审", exact=True).first).to_be_visible()


def test_a_guest_answers_the_letter_without_cookies_and_without_scripts(browser: Browser, market: Market) -> None:
    """A strict browser: no cookie may be kept, no script runs."""
    link = f"{market.url}/rsvp/{market.estate.tokens['rsvp']}"
    for scripts, persons in ((False, "2"), (True, "3")):
        context = browser.new_context(
            java_script_enabled=scripts, viewport={"width": 390, "height": 844}, locale="zh-CN"
        )
        page = context.new_page()
        page.goto(link)
        expect(page.get_by_text("许昌会展中心").first).to_be_visible()
        page.locator("[name=attendees]").fill("葛长青、陈工")
        page.locator("[name=party_size]").fill(persons)
        page.locator("button[name=answer][value=accept], form:has([name=attendees]) button").first.click()
        expect(page.get_by_text("答复已收到")).to_be_visible()
        context.clear_cookies()
        page.goto(link)
        expect(page.locator("[name=party_size]")).to_have_value(persons)
        context.close()


def test_the_desk_reads_the_reasons_and_keeps_a_pairing(page: Page, market: Market) -> None:
    market.admit(page.context, "desk")
    page.goto(f"{market.url}/desk/pairings")
    page.get_by_role("link", name="公开的热误差补偿").first.click()
    card = page.locator(f"#pairing-{market.estate.ids['pairing']}")
    if not card.is_visible():
        page.get_by_text("匹配程度较弱的推荐").click()
    expect(card.get_by_text("理由：只是推荐。")).to_be_visible()
    card.get_by_role("button", name="入选").click()
    expect(page.get_by_text("已入选，排期时会为这一对安排场次。")).to_be_visible()
    expect(page.get_by_role("heading", name="已入选 2 项")).to_be_visible()


def test_a_move_that_cannot_be_undone_asks_first(page: Page, market: Market) -> None:
    market.admit(page.context, "owner")
    page.goto(f"{market.url}/portal/needs/{market.estate.ids['need_draft']}")
    page.get_by_role("button", name="撤回").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("确认撤回吗")
    dialog.get_by_role("button", name="返回").click()
    expect(page.get_by_text("草稿", exact=True).first).to_be_visible()
    page.get_by_role("button", name="撤回").click()
    dialog.locator("[data-ask=yes]").click()
    expect(page.get_by_text("现在是“已撤回”")).to_be_visible()


def test_a_sheet_with_faults_is_shown_with_its_cells(page: Page, market: Market) -> None:
    clock.set_clock(datetime(2026, 11, 21, 1, 0, tzinfo=UTC))  # the day the sheet was made for
    with market.app.app_context(), writing() as session:
        reference.load(session, clock.now())
    market.admit(page.context, "desk")
    page.goto(f"{market.url}/desk/sheets")
    page.locator("input[type=file]").set_input_files(FAULTS)
    page.get_by_role("button", name=re.compile("检查")).click()
    expect(page.get_by_text("没有导入").first).to_be_visible()
    told = FAULTS.with_suffix(".tsv").read_text("utf-8").splitlines()[1:]
    shown = page.locator("main").inner_text()
    cells = [line.split("\t")[0] for line in told]
    assert [cell for cell in cells if not re.search(rf"\b{cell}\b", shown)] == []
    good = 1000 - len({cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for cell in cells})
    assert page.get_by_role("button", name="导入").all_inner_texts() == [f"只导入没有问题的 {good} 行"]


def test_a_visitor_finds_an_achievement(page: Page, market: Market) -> None:
    page.goto(f"{market.url}/achievements")
    page.locator("[name=q]").fill("涂层")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_text("与“涂层”有关的成果 1 项")).to_be_visible()
    page.get_by_role("link", name="公开的耐磨涂层").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("公开的耐磨涂层")
    assert "13900000404" not in page.content()


def overflow(page: Page) -> int:
    """How many pixels the page is wider than the screen."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return max(0, wider)


def test_a_form_survives_the_end_of_the_session(page: Page, market: Market) -> None:
    market.admit(page.context, "owner")
    page.goto(f"{market.url}/portal/needs/new")
    page.locator("#title").fill("刀具寿命太短")
    page.locator("#problem").fill("第一行\n第二行，平均八十件就要换刀。")
    clock.set_clock(NOW + timedelta(hours=2))
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("请重新登录")
    page.get_by_label("邮箱").fill("owner@cast.test")
    page.get_by_label("密码").fill(cast.PASSWORD)
    page.get_by_role("button", name="登录并继续").click()
    page.get_by_role("button", name="继续提交").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    expect(page.get_by_text("第二行，平均八十件就要换刀。").first).to_be_visible()
