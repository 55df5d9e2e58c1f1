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
from app.extensions import db
from app.jobs import recommend
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.queries import pairings
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


def _reasons(row: Pairing) -> str:
    """The sentence to be read aloud, then the parts that add up to the score."""
    parts = "；".join(f"{reason['label']} {reason['weight']:.3f}" for reason in row.reasons)
    return f"{row.sentence}（{parts}）" if parts else row.sentence


COMMANDS = (pair, pairings_group)
