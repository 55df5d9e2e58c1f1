"""`pair` computes the recommendations now; `pairings export` writes them as a table."""

from __future__ import annotations

import time
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cli.printing import answer
from app.domain import clock
from app.domain.actor import PROGRAMME
from app.extensions import db, writing
from app.jobs import recommend
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.queries import pairings
from app.services import allotting
from app.sheets.writing import to_csv

HEADER = ("need title", "need organisation", "achievement title", "institute", "score", "rank", "reasons", "level")


@click.command("pair")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON instead of text.")
@with_appcontext
def pair(as_json: bool) -> None:
    """Match all published needs with all listed achievements, now."""
    start = time.perf_counter()
    counts = recommend.refresh(clock.now())
    needs, offers, living = pairings.totals(db.session())
    seconds = round(time.perf_counter() - start, 2)
    data = {"needs": needs, "achievements": offers, "pairings": living, "seconds": seconds, **counts}
    lines = [
        f"{needs} 条需求、{offers} 项成果，得到 {living} 个推荐，用时 {seconds} 秒。",
        f"新增 {counts['added']}，更新 {counts['refreshed']}，失效 {counts['dropped']}，未变 {counts['unchanged']}。",
    ]
    if not living:
        lines.append("还没有可匹配的内容：请先发布技术需求、入库科技成果。")
    answer(as_json, data, lines)


pairings_group = AppGroup("pairings", help="Recommended pairings.")


@pairings_group.command("export")
@click.argument("path", metavar="FILE.csv", type=click.Path(dir_okay=False, path_type=Path))
def export(path: Path) -> None:
    """Write the living pairings as CSV (UTF-8 with BOM), best first within each need."""
    rows = db.session.scalars(
        select(Pairing)
        .where(Pairing.state.in_(pairings.LIVING))
        .options(
            joinedload(Pairing.need).joinedload(Need.organisation),
            joinedload(Pairing.achievement).joinedload(Achievement.organisation),
        )
        .order_by(Pairing.need_id, Pairing.score.desc(), Pairing.achievement_id)
    ).all()
    cells = [
        (
            row.need.title,
            row.need.organisation.name,
            row.achievement.title,
            row.achievement.organisation.name,
            f"{row.score:.6f}",
            "" if row.rank is None else str(row.rank),
            _reasons(row),
            row.level_label,
        )
        for row in rows
    ]
    try:
        path.write_bytes(to_csv(HEADER, cells))
    except OSError as error:
        raise click.ClickException(f"不能写入 {path}：{error.strerror}。请检查路径和权限。") from error
    click.echo(f"已写出 {len(rows)} 个推荐到 {path}。")


@pairings_group.command("shortlist")
@click.option("--per-need", type=click.IntRange(0, allotting.MOST), default=3, show_default=True)
@click.option("--per-achievement", type=click.IntRange(0, allotting.MOST), default=5, show_default=True)
@click.option("--per-firm", type=click.IntRange(0, allotting.MOST), default=10, show_default=True)
@click.option("--per-expert", type=click.IntRange(0, allotting.MOST), default=10, show_default=True)
@click.option("--least", type=click.Choice(allotting.LEVELS), default="fair", show_default=True,
              help="The lowest level that is kept.")  # fmt: skip
@click.option("--keep", is_flag=True, help="Keep what was chosen; otherwise it is only shown.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON instead of text.")
def shortlist(
    per_need: int, per_achievement: int, per_firm: int, per_expert: int, least: str, keep: bool, as_json: bool
) -> None:
    """Choose the suggestions with the highest total score under caps, no firm without any if possible; say what it costs."""
    bounds = allotting.Bounds(per_need, per_achievement, per_firm, per_expert)
    with writing() as session:
        found = allotting.propose(session, bounds, least)
        kept = allotting.keep(session, [one.id for one in found.chosen], PROGRAMME, clock.now()) if keep else 0
        data = {
            "chosen": len(found.chosen), "left_out": len(found.left_out), "kept": kept, "score": round(found.score, 6),
            "loss": round(found.loss, 6), "alone": [need.title for need in found.alone], "firms_without": found.firms,
        }  # fmt: skip
        lines = [
            f"选出 {len(found.chosen)} 对，总得分 {found.score:.2f}；成果、企业和专家的上限使总得分减少 {found.loss:.1%}。",
            f"一对也没有的企业：{found.firms} 家。",
            *(f"没有选上：{one.pairing.need.title} × {one.pairing.achievement.title}。{one.reason}"
              for one in found.left_out),
            *(f"一对也没有：{need.title}" for need in found.alone),
        ]  # fmt: skip
    answer(as_json, data, [*lines, f"已入选 {kept} 对。"] if keep else lines)


def _reasons(row: Pairing) -> str:
    """The sentence to be read aloud, then the parts that add up to the score."""
    parts = "；".join(f"{reason['label']} {reason['weight']:.3f}" for reason in row.reasons)
    return f"{row.sentence}（{parts}）" if parts else row.sentence


COMMANDS = (pair, pairings_group)
