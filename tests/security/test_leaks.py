"""What a page must not tell: every page is read by everybody and searched for words that only some may see.

A word counts as leaked in any text of an answer: page, calendar, table, workbook, name of a file. That those who may
see a word do see it shows that the walk would find it where it should not be.
"""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.extensions import db
from app.models.people import Organisation
from tests.security.estate import ROLES
from tests.security.house import House
from tests.security.policy import CITY, READERS
from tests.security.walk import RULES

KINDS = {"need_id": "need", "achievement_id": "achievement", "event_id": "event", "pairing_id": "pairing",
         "invitation_id": "invitation", "letter_id": "letter", "upload_id": "upload", "attachment_id": "attachment",
         "department_id": "department", "expert_id": "expert"}  # fmt: skip
"""The argument of an address, and what the names of its records in the estate begin with."""

GUARDED = {
    # records that are not published
    "草稿里的密封难题": f"owner {READERS}",
    "待审的轴承难题": f"owner {READERS}",
    "代填的热处理难题": f"owner {READERS}",
    "只给市场看的难题": f"owner {READERS}",
    "草稿里的催化剂": f"institute {CITY}",
    "待审的超滤膜": f"institute {CITY}",
    "草稿图纸.png": f"owner {READERS}",
    "长葛市企业服务日": READERS,
    # sheets that wait, and what one brought
    "表格里的需求1甲": f"owner {CITY}",
    "表格里的需求1乙": f"owner {READERS}",
    "表格里的需求2甲": READERS,
    "表格里的需求2乙": READERS,
    # numbers of contacts; 甲企业 and 许昌学院 have been introduced to each other
    "13900000101": f"owner university {READERS}",
    "13900000202": f"rival other {CITY}",
    "13900000303": f"institute {CITY}",
    "13900000404": f"university owner {CITY}",
    "13900000505": f"university {CITY}",
    # people who sign in
    "rival@cast.test": f"rival other {CITY}",
    "institute@cast.test": f"institute {CITY}",
    "applicant@cast.test": f"applicant owner {READERS}",
    # a firm that keeps its name to itself
    "匿名丙精密": READERS,
    "丙联系人": READERS,
    "13900000606": READERS,
    "hidden@bing.test": READERS,
    # what the desk thinks of a pair
    "理由：只是推荐。": READERS,
    "理由：入选首场。": f"owner university {READERS}",
    "理由：入选次场。": f"rival institute other {CITY}",
    # what became of a letter
    "550 没有这个邮箱": CITY,
}


TITLE = "不具名的磨削难题"


def addresses(house: House, rule: Rule) -> list[str]:
    """The rule's addresses for all records of the estate."""
    chosen = [[(name, value) for value in values_of(house, rule, name)] for name in sorted(rule.arguments)]
    return [house.address(rule, dict(values)) for values in itertools.product(*chosen)]


def values_of(house: House, rule: Rule, name: str) -> list[Any]:
    """What may stand in the address for this argument."""
    if name in KINDS:
        return [given for key, given in house.estate.ids.items() if key.partition("_")[0] == KINDS[name]]
    if name == "organisation_id":
        with house.app.app_context():
            return list(db.session.scalars(select(Organisation.id)))
    fixed: dict[str, list[Any]] = {
        "kind": ["needs", "achievements"],
        "form": ["xlsx", "csv"],
        "code": ["morning"],
        "year": [2022],
        "row_id": [1],
        "entry_id": [house.estate.ids["lexicon_entry"]],
        "number": [house.estate.ids["ranking_model"]],
        "preview_id": [house.estate.ids["season_preview"]],
    }
    return fixed[name]


def read(answer: TestResponse) -> str:
    """All text of an answer, of a workbook too, with the names of files."""
    data = answer.get_data()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            data = b"".join(book.read(name) for name in book.namelist())
    return unescape(data.decode(errors="replace")) + unquote(answer.headers.get("Content-Disposition", ""))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reads_what_it_may_and_nothing_else(house: House, role: str) -> None:
    browser, before = house.browser(role), house.mark()
    seen: dict[str, str] = {}
    rules = [rule for rule in RULES.values() if "GET" in (rule.methods or ()) and rule.endpoint != "static"]
    for rule in rules:
        if "token" in rule.arguments:  # who has the link has the right
            continue
        for path in addresses(house, rule):
            answer = browser.get(path)
            assert answer.status_code in (200, 302, 303, 403, 404), path
            text = read(answer)
            seen |= {word: seen.get(word, path) for word in GUARDED if word in text}
    allowed = {word for word, roles in GUARDED.items() if role in roles.split()}
    assert {word: path for word, path in seen.items() if word not in allowed} == {}
    assert set(seen) == allowed
    assert house.mark() == before


TELLING = ("匿名丙精密", "匿名丙精密有限公司", "丙精密", "丙精", "密有限公司的磨", "13900000606", "1390000", "hidden@bing.test",
           "bing.test", "丙联系人")  # fmt: skip


def unmarked(text: str) -> str:
    """A page without the marks around what was looked for."""
    return re.sub("</?mark[^>]*>", "", text)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", ["/needs", "/portal/needs", "/desk/needs", "/desk/pairings"])
def test_a_search_for_what_is_hidden_finds_nothing(house: House, role: str, path: str) -> None:
    """To find the need under the firm's name would be to tell whose it is."""
    browser = house.browser(role)
    found = [word for word in TELLING if TITLE in unmarked(browser.get(path, query_string={"q": word}).text)]
    assert found == [] or (path.startswith("/desk/") and role in READERS.split())


@pytest.mark.parametrize(
    ("role", "path"), [("anonymous", "/needs"), ("rival", "/needs"), ("institute", "/portal/needs")]
)
def test_strangers_find_the_need_of_the_hidden_firm_by_what_they_may_read(house: House, role: str, path: str) -> None:
    """That strangers do read the need is what makes the searches above mean something."""
    browser = house.browser(role)
    for word in ("", "磨削", "振纹严重", "磨床 振纹"):
        text = unmarked(browser.get(path, query_string={"q": word}).text)
        assert TITLE in text, word
        assert re.search("匿名丙|丙联系|13900000606|hidden@", text) is None
