"""`matching`: judgements as a file, training a ranking model, comparing and activating models."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from app.cli.printing import answer
from app.domain import clock
from app.domain.actor import PROGRAMME
from app.domain.errors import Refusal
from app.extensions import db, writing
from app.jobs import learn
from app.models.ranking_model import RankingModel
from app.queries import judgements as reading
from app.queries import ranking_models
from app.services import learning
from matching import Profile

HEADER = ("need_id", "achievement_id", "verdict", "at", "by")
matching = AppGroup("matching", help="What the matcher learns from, and which model ranks.")


@matching.command("judgements")
@click.argument("path", metavar="FILE.tsv", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--profiles", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Also write needs.jsonl and achievements.jsonl there: with them `python -m matching train` can learn elsewhere.",
)  # fmt: skip
@with_appcontext
def export(path: Path, profiles: Path | None) -> None:
    """Write what people said of pairings: need, achievement, keep/dismiss or 匹配度 1-5, when, by whom."""
    session = db.session()
    found = reading.every(session)
    on = learning.material(session)
    rows = [(str(one.need_id), str(one.achievement_id), one.verdict, one.at.isoformat(timespec="seconds"), one.by)
            for one in found]  # fmt: skip
    files = {path: "".join("\t".join(cells) + "\n" for cells in (HEADER, *rows))}
    if profiles is not None:
        offers = {one.id: one for one in (*on.listed, *on.offers)}
        files[profiles / "needs.jsonl"] = _lines(on.needs)
        files[profiles / "achievements.jsonl"] = _lines(list(offers.values()))
    try:
        for file, text in files.items():
            file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise click.ClickException(f"不能写入 {error.filename}：{error.strerror}。请检查路径和权限。") from error
    click.echo(f"已写出 {len(rows)} 条判断到 {path}。")


def _lines(profiles: Sequence[Profile]) -> str:
    return "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in profiles)


@matching.command("train")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def train(as_json: bool) -> None:
    """Train a candidate from the judged pairs of the program and the decisions of the desk, and compare it."""
    decided = len(reading.every(db.session()))
    row = learn.train(PROGRAMME, clock.now())
    lines = [f"第 {row.number} 版已训练：随程序提供的判断 {row.shipped_pairs} 对，本单位的判断 {row.desk_pairs} 对。"]
    if not row.desk_pairs:
        lines.append(f"本单位的判断目前 {decided} 对，不足 {learning.FEWEST} 对，这次没有用上。")
    lines += [
        ranking_models.verdict(row).sentence,
        f"它现在是候选，尚未使用；要使用请运行 flask --app wsgi matching activate {row.number}，或在“匹配模型”页启用。",
    ]
    answer(as_json, {**_data(row), "judgements": decided}, lines)


@matching.command("models")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def models(as_json: bool) -> None:
    """List the models, the newest first, with how they compared."""
    rows = ranking_models.listed(db.session())
    lines = [f"第 {row.number} 版 [{row.state_label}] {clock.local(row.trained_at):%Y-%m-%d %H:%M}："
             f"{ranking_models.verdict(row).sentence}" for row in rows]  # fmt: skip
    if not any(row.state == ranking_models.ACTIVE for row in rows):
        lines.insert(0, "正在使用：随程序提供的模型。")
    answer(as_json, {"models": [_data(row) for row in rows]}, lines)


@matching.command("activate")
@click.argument("version", type=click.IntRange(0, 2**31 - 1))
@click.option("--reason", default="", help="Why, when the comparison speaks against it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def activate(version: int, reason: str, as_json: bool) -> None:
    """Let the model of this VERSION rank; 0 goes back to the one that the program brings along."""
    now = clock.now()
    try:
        with writing() as session:
            if version:
                learning.activate(session, ranking_models.one(session, version), PROGRAMME, now, reason=reason)
            else:
                in_use = ranking_models.active(session)
                if in_use is not None:
                    learning.rest(session, in_use, PROGRAMME, now, reason=reason)
    except Refusal as error:
        click.echo(error.message, err=True)
        sys.exit(1)
    name = f"第 {version} 版" if version else "随程序提供的模型"
    answer(as_json, {"active": version}, [f"正在使用：{name}。推荐会在后台重新计算。"])


def _data(row: RankingModel) -> dict[str, object]:
    return {
        "version": row.number, "state": row.state, "trained_at": row.trained_at.isoformat(timespec="seconds"),
        "shipped_pairs": row.shipped_pairs, "desk_pairs": row.desk_pairs, "compared_with": row.compared_with,
        "figures": row.figures, "fingerprint": row.fingerprint,
    }  # fmt: skip


COMMANDS = (matching,)
