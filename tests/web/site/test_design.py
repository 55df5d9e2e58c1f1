"""The design system keeps its promises: contrast, vendored files, icons, and a page that shows all of it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[3]
STATIC = ROOT / "app" / "static"
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", (STATIC / "css" / "tokens.css").read_text()))


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(text: str, ground: str) -> float:
    first, second = sorted((luminance(COLOURS[text]), luminance(COLOURS[ground])), reverse=True)
    return (first + 0.05) / (second + 0.05)


@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        ("ink", "ground", 7), ("ink-soft", "ground", 4.5), ("ink-soft", "sunken", 4.5), ("ink-faint", "ground", 4.5),
        ("brand", "ground", 4.5), ("brand-deep", "brand-soft", 4.5), ("lotus", "lotus-soft", 4.5),
        ("good", "good-soft", 4.5), ("wait", "wait-soft", 4.5), ("bad", "bad-soft", 4.5), ("info", "info-soft", 4.5),
        ("quiet", "quiet-soft", 4.5), ("surface", "brand", 4.5), ("surface", "lotus", 4.5),
        ("line-strong", "ground", 3), ("focus", "ground", 3),
    ],
)  # fmt: skip
def test_colours_can_be_read(text: str, ground: str, least: float) -> None:
    assert contrast(text, ground) >= least


def test_vendored_files_are_the_published_ones() -> None:
    table = (STATIC / "vendor" / "README.md").read_text()
    noted = dict(re.findall(r"\| `(bootstrap/[^`]+)` \|.*\| `([0-9a-f]{64})` \|", table))
    found = {name: hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() for name in noted}
    assert sorted(noted) == ["bootstrap/bootstrap.bundle.min.js", "bootstrap/bootstrap.min.css"]
    assert found == noted


def test_every_icon_that_templates_name_is_in_the_sprite() -> None:
    symbols = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "img" / "icons.svg").read_text()))
    named = {
        name
        for path in (ROOT / "app" / "templates").rglob("*.html")
        for name in re.findall(r"\bicon\(\"([a-z0-9-]+)\"", path.read_text(encoding="utf-8"))
    }
    assert named - symbols == set()


def test_style_sheets_name_only_files_that_are_there() -> None:
    missing = [
        f"{sheet.name}: {target}"
        for sheet in (STATIC / "css").glob("*.css")
        for target in re.findall(r'url\("([^"]+)"\)', sheet.read_text())
        if not (sheet.parent / target).resolve().is_file()
    ]
    assert missing == []


def test_the_components_page_shows_them(client: FlaskClient) -> None:
    answer = client.get("/components")
    assert answer.status_code == 200
    assert re.findall(r'<h2 id="c-[a-z]+">([^<]*)</h2>', answer.text) == [
        "颜色", "文字", "按钮、标签和操作", "提示", "表单", "列表", "卡片", "年度和时间表", "空白状态",
    ]  # fmt: skip


@pytest.mark.databases("sqlite")
def test_rows_are_added_and_dropped_and_keep_their_numbers(page: Page, live_server: str) -> None:
    page.goto(f"{live_server}/components")
    page.locator("[data-row-add]").click()
    page.locator('[name="indicators-2-name"]').fill("第三行")
    page.locator('[aria-label="删去第 1 行"]').click()
    names = page.locator("[data-row] input").evaluate_all("inputs => inputs.map(one => one.name)")
    assert names == [f"indicators-{row}-{column}" for row in (0, 1) for column in ("name", "present", "target", "unit")]
    assert page.locator('[name="indicators-1-name"]').input_value() == "第三行"


@pytest.mark.databases("sqlite")
def test_a_grave_move_asks_first_and_going_back_does_nothing(page: Page, live_server: str) -> None:
    page.goto(f"{live_server}/components")
    page.get_by_role("button", name="撤回").click()
    assert page.locator("#ask-text").inner_text() == "这里只是示例，点“返回”即可。"
    assert page.evaluate("document.activeElement.dataset.ask") == "no"
    page.get_by_role("button", name="返回").click()
    assert (page.locator("#ask").is_visible(), page.url) == (False, f"{live_server}/components")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("path", ["/", "/agenda", "/achievements", "/needs", "/components", "/sign-in"])
def test_pages_fit_a_small_phone(page: Page, live_server: str, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{live_server}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
