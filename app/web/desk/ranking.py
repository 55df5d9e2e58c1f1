"""The ranking models: which one ranks, how a candidate compared, what each weighs; training, activating, going back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.entries import clean_line
from app.domain.errors import IllegalMove, Invalid
from app.domain.permissions import Permission, allows
from app.extensions import db, writing
from app.models.ranking_model import RankingModel
from app.queries import histories, judgements
from app.queries import ranking_models as reading
from app.queries.ranking_models import Verdict
from app.services import learning, leases
from app.web.desk.blueprint import desk
from app.web.display import open_moves
from app.web.doors import current_actor


@dataclass(frozen=True, slots=True)
class Row:
    """A model with what its comparison says, and whether this program can use it."""

    model: RankingModel
    verdict: Verdict
    usable: bool


def _row(model: RankingModel) -> Row:
    return Row(model, reading.verdict(model), learning.model_of(model.content) is not None)


@desk.get("/ranking")
def ranking() -> str:
    """All models, the newest first, and what there is to learn from."""
    session = db.session()
    found = judgements.every(session)
    return render_template(
        "desk/ranking.html",
        rows=[_row(model) for model in reading.listed(session)],
        active=reading.active(session),
        decided=len(found),
        fresh=judgements.since(found, reading.last_trained_at(session)),
        fewest=learning.FEWEST,
        asked=leases.asked(session, learning.NAME),
        may_choose=allows(current_actor(), Permission.RANKING_CHOOSE),
    )


@desk.get("/ranking/<int(max=2147483647):number>")
def ranking_show(number: int) -> str:
    """One model: figures in plain words beside those of the model it was compared with, weights, history."""
    session = db.session()
    model, active = reading.one(session, number), reading.active(session)
    other = active if active is not None and active.number != number else None
    return render_template(
        "desk/ranking_model.html",
        row=_row(model),
        bars=reading.bars(model.content, other.content if other else learning.shipped_json()),
        beside=f"第 {other.number} 版" if other else "随程序提供",
        moves=open_moves(model, current_actor()),
        history=histories.of(session, "ranking_model", model.id),
        in_use=active is not None and active.number == number,
    )


@desk.post("/ranking/train")
def ranking_train() -> Response:
    """Ask for a candidate to be trained."""
    with writing() as session:
        learning.ask(session, current_actor(), clock.now())
    flash("已登记训练，后台很快开始；训练好的模型是候选，比较之后由您决定是否启用。", "success")
    return redirect(url_for("desk.ranking"), 303)


@desk.post("/ranking/<int(max=2147483647):number>/move")
def ranking_move(number: int) -> Response:
    """Activate the model, or go back to the weights that the program brings along."""
    actor, now, name = current_actor(), clock.now(), request.form.get("move", "")
    reason = clean_line(request.form.get("reason", ""))[:500]
    try:
        with writing() as session:
            model = reading.one(session, number)
            if name == "activate":
                learning.activate(session, model, actor, now, reason=reason)
            elif name == "rest":
                learning.rest(session, model, actor, now, reason=reason)
            else:
                raise IllegalMove("没有这项操作，请刷新页面后重试。")
    except Invalid as error:
        flash(f"没有完成：{error.message}", "error")
    else:
        done = f"第 {number} 版已启用" if name == "activate" else "已换回随程序提供的模型"
        flash(f"{done}，推荐会在后台重新计算；已经作出的决定不变。", "success")
    return redirect(url_for("desk.ranking_show", number=number), 303)
