"""Reads the trained ranking models: which one ranks, what each weighs, and how it compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.errors import Missing
from app.models.ranking_model import RankingModel
from app.queries import lexicon

ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Bar:
    """One feature's weight, as a share of all, beside that of the model it is compared with."""

    name: str
    weight: float
    before: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a model compared on needs its training did not see, in words for people. `tone` is a badge's."""

    label: str
    tone: str
    sentence: str
    better: bool


def models() -> Select[RankingModel]:
    """Every model, the newest first; everybody at the desk may read them."""
    return select(RankingModel).options(joinedload(RankingModel.trained_by)).order_by(RankingModel.number.desc())


def listed(session: Session) -> Sequence[RankingModel]:
    """Every model, the newest first."""
    return session.scalars(models()).all()


def one(session: Session, number: int) -> RankingModel:
    """The model with this number; Missing when there is none."""
    found = session.scalar(models().where(RankingModel.number == number))
    if found is None:
        raise Missing("没有这个版本的匹配模型。")
    return found


def active(session: Session) -> RankingModel | None:
    """The model that ranks; None: the shipped weights do."""
    return session.scalar(models().where(RankingModel.state == ACTIVE))


def last_trained_at(session: Session) -> datetime | None:
    """When the newest model was trained."""
    return session.scalar(select(RankingModel.trained_at).order_by(RankingModel.number.desc()).limit(1))


def next_number(session: Session) -> int:
    """The number of the model that is trained next."""
    return 1 + (session.scalar(select(func.max(RankingModel.number))) or 0)


def mark(session: Session) -> str:
    """A short text that changes whenever the same texts might be ranked otherwise: with the lexicon and the model in use."""
    number = session.scalar(select(RankingModel.number).where(RankingModel.state == ACTIVE))
    return f"{lexicon.mark(session)}.{number or 0}"


def weights(content: str) -> dict[str, float]:
    """Feature -> weight of a model's JSON; features and their order are those of the program that trained it."""
    return {str(name): float(weight) for name, weight in json.loads(content)["weights"].items()}


def bars(content: str, before: str) -> list[Bar]:
    """The features of a model, the heaviest first, beside those of another model's JSON."""
    mine, theirs = weights(content), weights(before)
    names = sorted(mine.keys() | theirs.keys(), key=lambda name: (-mine.get(name, 0.0), name))
    return [Bar(name, mine.get(name, 0.0), theirs.get(name, 0.0)) for name in names]


def verdict(model: RankingModel) -> Verdict:
    """What the comparison says: better, as good (the difference may be chance), or worse."""
    figures = model.figures
    mine, theirs = figures.get("ndcg"), figures.get("ndcg_other")
    if mine is None or theirs is None:
        return Verdict("没有比较", "warning", "这个模型没有和其他模型比较过，不能启用。", better=False)
    difference, chance = mine - theirs, figures.get("p_value") or 1.0
    other = f"第 {model.compared_with} 版" if model.compared_with else "随程序提供的模型"
    said = f"在训练时没有用到的 {int(figures.get('needs') or 0)} 条需求上，排序质量 {mine:.3f}，{other}为 {theirs:.3f}"
    if chance >= 0.05:
        tail = "差别不大，可能只是偶然。"
        return Verdict("相差不大", "neutral", f"{said}；{tail}", better=difference >= 0)
    if difference >= 0:
        return Verdict("更好", "success", f"{said}；提高不像是偶然（p = {chance:.3f}）。", better=True)
    return Verdict("更差", "danger", f"{said}；下降不像是偶然（p = {chance:.3f}）。", better=False)
