"""Learning to rank: which model is in use, training a candidate from judgements, and putting one to use or back.

A candidate is trained on the judged pairs that the program brings along and on what people said of pairings, and compared
with the model in use on needs that its training did not see. Nothing is put to use but by a person.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy.orm import Session

import matching
from app.domain.actor import PROGRAMME, Actor
from app.domain.errors import Complaint, IllegalMove, Invalid
from app.domain.permissions import Permission, require
from app.models.ranking_model import RankingModel
from app.queries import judgements, pairings, ranking_models
from app.queries.judgements import Judgement
from app.services import conduct, history, leases, lexicon, profiles
from app.services.steps import Step
from matching.files import read_judgements, read_profiles
from matching.lexicon import Lexicon
from matching.reranker import BadModel, Example, Model

log = logging.getLogger(__name__)

NAME = "learn"
"""The job that trains a candidate."""

FEWEST = 30
"""Decisions below which only the judged pairs of the program are learned from: fewer say more of chance than of fit."""

DESK_WEIGHT = 0.5
"""What a decision counts against an expert's grade: it was given on what the ranking had put forward."""

GRADES = {"keep": 2, "dismiss": 0, "5": 3, "4": 2, "3": 1, "2": 0, "1": 0}
"""Verdict -> grade, as `python -m matching train --judgements` reads them."""

JUDGED = Path(matching.__file__).parent / "judged"
WORSE = "这个模型在比较中明显不如正在使用的模型。如仍要启用，请写明理由。"


@dataclass(frozen=True, slots=True)
class Material:
    """What a training reads of the database. `needs` and `offers` are those that judgements are about.

    `listed` are the achievements on offer, beside which the judged ones are weighed. `in_use` ranks as model `number`.
    """

    judgements: Sequence[Judgement]
    needs: Sequence[matching.Profile]
    offers: Sequence[matching.Profile]
    listed: Sequence[matching.Profile]
    lexicon: Lexicon
    in_use: Model
    number: int

    @property
    def enough(self) -> bool:
        """Whether there are decisions enough to learn from."""
        return len(self.judgements) >= FEWEST


@dataclass(frozen=True, slots=True)
class Learned:
    """A trained model with its comparison."""

    model: Model
    shipped_pairs: int
    desk_pairs: int
    compared_with: int
    figures: dict[str, float | None]


def active(session: Session) -> Model:
    """The model in use; that of the program when none was put to use, or when it is of no use to this program any more."""
    row = ranking_models.active(session)
    return (model_of(row.content) if row else None) or Model.shipped()


@lru_cache(maxsize=8)
def model_of(content: str) -> Model | None:
    """The model of a row, or None when it was trained for other features than this program has."""
    try:
        return Model.from_json(content)
    except BadModel as error:
        log.warning("a trained ranking model cannot be used, the shipped one ranks: %s", error)
        return None


def shipped_json() -> str:
    """The weights that the program brings along, as JSON."""
    return Model.shipped().to_json()


def material(session: Session) -> Material:
    """What there is to learn from now. Read only."""
    found = judgements.every(session)
    needs, offers = pairings.told(session, {one.need_id for one in found}, {one.achievement_id for one in found})
    row = ranking_models.active(session)
    usable = row is not None and model_of(row.content) is not None
    return Material(
        judgements=found,
        needs=[profiles.of_need(one) for one in needs],
        offers=[profiles.of_achievement(one) for one in offers],
        listed=[profiles.of_achievement(one) for one in pairings.offered_achievements(session)],
        lexicon=lexicon.current(session),
        in_use=active(session),
        number=row.number if row is not None and usable else 0,
    )


def learn(on: Material, cache_dir: Path) -> Learned:
    """Train and compare; takes seconds, touches no database. Decisions count when there are FEWEST of them.

    Raises ValueError when the judged pairs hold no answers or nothing else.
    """
    from matching.training import compare, train

    segmenter = matching.Segmenter(cache_dir, on.lexicon.words)
    shipped = _shipped_examples(on, segmenter)
    decided = _desk_examples(on, segmenter) if on.enough else []
    examples = [*shipped, *decided]
    model = train(examples, on.in_use)
    outcome = compare(model, on.in_use, examples)
    figures: dict[str, float | None] = {
        "needs": float(outcome.needs), "ndcg": outcome.ndcg, "ndcg_other": outcome.ndcg_other, "auc": outcome.auc,
        "auc_other": outcome.auc_other, "p_value": outcome.p_value,
    }  # fmt: skip
    return Learned(model.with_figures(outcome.as_figures()), _judged(shipped), _judged(decided), on.number, figures)


def _judged(examples: Sequence[Example]) -> int:
    return sum(one.judged for one in examples)


def _shipped_examples(on: Material, segmenter: matching.Segmenter) -> list[Example]:
    from matching.training import examples

    offers = read_profiles(JUDGED / "achievements.jsonl")
    matcher = matching.Matcher(offers, segmenter, model=on.in_use, lexicon=on.lexicon)
    return examples(matcher, read_profiles(JUDGED / "needs.jsonl"), read_judgements(JUDGED / "qrels.tsv"))


def _desk_examples(on: Material, segmenter: matching.Segmenter) -> list[Example]:
    from matching.training import examples

    offers = {one.id: one for one in (*on.listed, *on.offers)}
    matcher = matching.Matcher(list(offers.values()), segmenter, model=on.in_use, lexicon=on.lexicon)
    grades: dict[str, dict[str, int]] = {}
    for one in on.judgements:
        grades.setdefault(str(one.need_id), {})[str(one.achievement_id)] = GRADES[one.verdict]
    return examples(matcher, on.needs, grades, contrast=0, weight=DESK_WEIGHT, prefix="desk:")


def store(session: Session, learned: Learned, actor: Actor, now: datetime) -> RankingModel:
    """Keep a trained model as a candidate; flushed."""
    require(actor, Permission.RANKING_CHOOSE)
    leases.lock(session, NAME)  # two trainings at once take two numbers
    number = ranking_models.next_number(session)
    model = replace(learned.model, version=number)
    row = RankingModel(
        number=number, content=model.to_json(), fingerprint=model.fingerprint, shipped_pairs=learned.shipped_pairs,
        desk_pairs=learned.desk_pairs, compared_with=learned.compared_with, figures=learned.figures, trained_at=now,
        trained_by_id=actor.user_id,
    )  # fmt: skip
    session.add(row)
    session.flush()  # history names the model by id
    history.record(session, "ranking_model", row.id, "train", actor, now, label="训练",
                   details={"shipped_pairs": row.shipped_pairs, "desk_pairs": row.desk_pairs})  # fmt: skip
    return row


def activate(session: Session, row: RankingModel, actor: Actor, now: datetime, *, reason: str = "") -> None:
    """Let this model rank from now on; the one in use steps back. Pairings are computed anew by the job.

    Raises NotAllowed, IllegalMove, and Invalid for a model that was not compared, one of another program, and one that
    compared worse unless there is a reason.
    """
    require(actor, Permission.RANKING_CHOOSE, row.owner)
    if model_of(row.content) is None:
        raise Invalid("这个模型是为旧版程序训练的，不能再用；请重新训练。")
    told = ranking_models.verdict(row)
    if row.figures.get("ndcg") is None:
        raise Invalid(told.sentence)
    if told.tone == "danger" and not reason:
        raise Invalid((Complaint("reason", WORSE),))
    in_use = ranking_models.active(session)
    if in_use is not None and in_use.id == row.id:
        raise IllegalMove("这个模型已经在使用。")
    if in_use is not None:
        conduct.carry_out(session, Step(in_use, "give_way", reason=f"换用第 {row.number} 版"), PROGRAMME, now)
        session.flush()  # at no moment are two of them active
    conduct.carry_out(session, Step(row, "activate", reason=reason), actor, now)


def rest(session: Session, row: RankingModel, actor: Actor, now: datetime, *, reason: str = "") -> None:
    """Go back to the weights that the program brings along. Raises NotAllowed and IllegalMove."""
    conduct.carry_out(session, Step(row, "rest", reason=reason), actor, now)


def ask(session: Session, actor: Actor, now: datetime) -> None:
    """Ask that a candidate is trained in the background."""
    require(actor, Permission.RANKING_CHOOSE)
    leases.request(session, NAME, now)
    history.record(session, "ranking_model", None, "request", actor, now, label="请求训练")
