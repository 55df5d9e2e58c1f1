"""`matching`: the file of judgements, the training in one command, the list, activating and going back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from app.extensions import writing
from app.jobs import recommend
from app.models.pairing import Pairing
from app.services.conduct import carry_out
from app.services.steps import Step
from matching.files import read_profiles, read_verdicts
from tests.cast import NOW, Cast
from tests.offers import Offers, everything, offer

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def offers(session: Session, cast: Cast) -> Offers:
    made = offer(session, cast)
    session.commit()
    recommend.refresh(NOW)
    return made


def invoke(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["matching", *words])


def test_judgements_can_be_learned_from_elsewhere(
    app: Flask, session: Session, cast: Cast, offers: Offers, tmp_path: Path
) -> None:
    found = {key: row.id for key, row in everything(session).items()}
    session.rollback()
    for key, name in (((offers.spindle, offers.heat), "keep"), ((offers.spindle, offers.sensor), "dismiss")):
        with writing() as open_session:
            step = Step(open_session.get_one(Pairing, found[key]), name, reason="理由")
            carry_out(open_session, step, cast.desk.actor, NOW)
    file = tmp_path / "judgements.tsv"
    answer = invoke(app, "judgements", str(file), "--profiles", str(tmp_path))
    assert (answer.exit_code, answer.output) == (0, f"已写出 2 条判断到 {file}。\n")
    assert file.read_text(encoding="utf-8").splitlines() == [
        "need_id\tachievement_id\tverdict\tat\tby",
        f"{offers.spindle}\t{offers.heat}\tkeep\t2022-02-15T01:00:00+00:00\t许昌科技大市场 市桥",
        f"{offers.spindle}\t{offers.sensor}\tdismiss\t2022-02-15T01:00:00+00:00\t许昌科技大市场 市桥",
    ]
    assert read_verdicts(file) == {str(offers.spindle): {str(offers.heat): 2, str(offers.sensor): 0}}
    assert [one.title for one in read_profiles(tmp_path / "needs.jsonl")] == ["高速电主轴热误差补偿"]
    assert len(read_profiles(tmp_path / "achievements.jsonl")) == 4
    assert invoke(app, "judgements", str(tmp_path / "no" / "file.tsv")).exit_code == 1


def test_one_command_trains_and_nothing_ranks_before_it_is_activated(app: Flask, offers: Offers) -> None:
    assert invoke(app, "models").output == "正在使用：随程序提供的模型。\n"
    trained = invoke(app, "train")
    assert trained.exit_code == 0, trained.output
    assert "第 1 版已训练：随程序提供的判断 785 对，本单位的判断 0 对。" in trained.output
    assert "不足 30 对，这次没有用上" in trained.output
    (row,) = json.loads(invoke(app, "models", "--json").output)["models"]
    assert (row["version"], row["state"], row["compared_with"]) == (1, "candidate", 0)
    assert row["figures"]["needs"] == 32
    assert "第 1 版 [候选]" in invoke(app, "models").output
    assert json.loads(invoke(app, "activate", "1", "--reason", "试用", "--json").output) == {"active": 1}
    assert "第 1 版 [使用中]" in invoke(app, "models").output
    again = invoke(app, "activate", "1", "--reason", "试用")
    assert (again.exit_code, "已经在使用" in again.output) == (1, True)
    assert "随程序提供的模型" in invoke(app, "activate", "0").output
    assert "第 1 版 [已停用]" in invoke(app, "models").output
    assert invoke(app, "activate", "9").exit_code == 1
