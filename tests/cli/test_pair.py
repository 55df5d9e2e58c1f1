"""`pair` and `pairings export`: what they print and write, and that running them again changes nothing."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.models.need import Need
from tests.cast import Cast
from tests.offers import Offers, everything, offer

HEADER = ["need title", "need organisation", "achievement title", "institute", "score", "rank", "reasons", "level"]


@pytest.fixture
def offers(session: Session, cast: Cast) -> Offers:
    made = offer(session, cast)
    session.commit()
    return made


def test_pair_says_what_it_found_and_changes_nothing_the_second_time(
    app: Flask, session: Session, offers: Offers
) -> None:
    runner = app.test_cli_runner()
    first = json.loads(runner.invoke(args=["pair", "--json"]).output)
    found = everything(session)
    assert {name: first[name] for name in ("needs", "achievements", "pairings", "added", "unchanged")} == {
        "needs": 2, "achievements": 4, "pairings": len(found), "added": len(found), "unchanged": 0,
    }  # fmt: skip
    assert isinstance(first["seconds"], float)
    versions = {key: one.version for key, one in found.items()}
    second = runner.invoke(args=["pair"])
    assert second.exit_code == 0
    assert f"新增 0，更新 0，失效 0，未变 {len(found)}。" in second.output
    assert {key: one.version for key, one in everything(session).items()} == versions


def test_pair_with_nothing_on_offer_says_what_is_missing(app: Flask, cast: Cast) -> None:
    answer = app.test_cli_runner().invoke(args=["pair"])
    assert (answer.exit_code, answer.output.splitlines()[-1]) == (
        0, "还没有可匹配的内容：请先发布技术需求、入库科技成果。")  # fmt: skip


def test_the_export_opens_in_a_spreadsheet_and_holds_no_formula(
    app: Flask, session: Session, offers: Offers, tmp_path: Path
) -> None:
    session.get_one(Need, offers.chrome).title = "=HYPERLINK(1)"
    session.commit()
    runner = app.test_cli_runner()
    runner.invoke(args=["pair"])
    path = tmp_path / "pairings.csv"
    answer = runner.invoke(args=["pairings", "export", str(path)])
    found = everything(session)
    assert (answer.exit_code, answer.output) == (0, f"已写出 {len(found)} 个推荐到 {path}。\n")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    assert (header, len(rows)) == (HEADER, len(found))
    best = found[offers.spindle, offers.heat]
    assert rows[0][:6] == ["高速电主轴热误差补偿", "甲企业机械有限公司", "电主轴热误差在线补偿方法", "中国科学院某研究所",
                           f"{best.score:.6f}", "1"]  # fmt: skip
    assert rows[0][6].startswith(f"{best.sentence}（")
    assert [row[0][0] for row in rows if "HYPERLINK" in row[0]] == ["'"] * sum(
        need == offers.chrome for need, _ in found
    )


def test_a_place_that_cannot_be_written_to_is_named(app: Flask, cast: Cast, tmp_path: Path) -> None:
    answer = app.test_cli_runner().invoke(args=["pairings", "export", str(tmp_path / "nowhere" / "a.csv")])
    assert (answer.exit_code, "请检查路径和权限" in answer.output) == (1, True)
