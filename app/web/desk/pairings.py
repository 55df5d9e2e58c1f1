"""Pairings at the desk: the overview, the recommendations of one need or achievement, and one pairing side by side."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.entries import clean_line
from app.domain.errors import IllegalMove, Invalid
from app.domain.machine import Move
from app.domain.permissions import Permission, allows, require
from app.domain.settings import Settings
from app.domain.vocabulary import PairingLevel
from app.extensions import db, writing
from app.models.need import Need
from app.models.pairing import Pairing
from app.queries import achievements, evidence, histories, industries, needs, outlooks, reference
from app.queries import recommendations as reading
from app.queries.pairings import OFFERED_ACHIEVEMENT
from app.services import asking, conduct, recommending
from app.services import pairings as service
from app.services.asking import Answer as Answerable
from app.services.steps import Step
from app.web.desk.blueprint import desk
from app.web.display import open_moves
from app.web.doors import current_actor
from app.web.forms.pairings import HandForm
from app.web.related import related_to

Answer = str | tuple[str, int] | Response
Row = tuple[Pairing, list[Move]]
"""A pairing with the moves open to the asker."""
IN_LIST = ("keep", "dismiss", "ban", "release")
"""The moves offered in a list of recommendations; a pairing's own page offers all."""
MOST_AT_ONCE = 100
PROGRESS = [("waiting", "有推荐，还没有入选"), ("kept", "已有入选"), ("nothing", "暂无合适的"), ("none", "尚无推荐")]
DONE = {
    "keep": "已入选，排期时会为这一对安排场次。",
    "dismiss": "已标为不合适，以后重新计算也不会改变这个决定。",
    "ban": "已标为不再推荐。",
    "release": "已恢复为推荐。",
    "introduce": "已牵线，双方现在能看到对方的联系方式。",
    "meet": "已登记面谈。",
}


@desk.get("/pairings")
def pairings() -> str:
    """Needs, or achievements, with their recommendations; those that wait for a decision first."""
    actor, session, wanted = current_actor(), db.session(), reading.PairingFilter.of(request.args)
    counties = [] if actor.county_id else reference.counties(session)
    return render_template(
        "desk/pairings.html",
        page=reading.overview(session, actor, wanted),
        wanted=wanted,
        freshness=reading.freshness(session),
        progress_choices=PROGRESS,
        level_choices=PairingLevel.choices(),
        county_choices=[(one.id, one.name) for one in counties],
        industry_choices=[(one.id, one.name) for one in industries.every(session)],
        institute_choices=reading.institutes(session),
        may_decide=allows(actor, Permission.PAIRING_DECIDE),
    )


@desk.post("/pairings/refresh")
def pairings_refresh() -> Response:
    """Ask for all pairings to be computed anew."""
    actor = current_actor()
    with writing() as session:
        service.ask_refresh(session, actor, clock.now())
    flash("已登记重新计算，后台一两分钟内完成；完成后刷新本页即可看到。已经作出的决定不会改变。", "success")
    return redirect(url_for("desk.pairings"), 303)


@desk.get("/pairings/needs/<int(max=2147483647):need_id>")
def pairings_need(need_id: int) -> str:
    """One need with its ranked recommendations."""
    actor, session = current_actor(), db.session()
    need = needs.one(session, needs.visible_to(actor), need_id)
    found = reading.of_need(session, actor, need_id)
    return render_template(
        "desk/pairings_need.html",
        need=need,
        seen=needs.shown(need, known=True),
        best=reading.best_scores(session, [need_id]),
        may_decide=allows(actor, Permission.PAIRING_DECIDE, need.owner),
        prospect=outlooks.of_need(session, actor, need_id),
        **_groups(found),
    )


@desk.get("/pairings/achievements/<int(max=2147483647):achievement_id>")
def pairings_achievement(achievement_id: int) -> str:
    """One achievement with the needs it was recommended for; with ?all=1 also others that it may answer."""
    actor, session = current_actor(), db.session()
    achievement = achievements.one(session, achievements.visible_to(actor), achievement_id)
    found = reading.of_achievement(session, actor, achievement_id)
    wanted = request.args.get("all") == "1" and achievement.state == OFFERED_ACHIEVEMENT
    return render_template(
        "desk/pairings_achievement.html",
        achievement=achievement,
        seen=achievements.shown(achievement, known=achievements.is_known(session, achievement, actor)),
        best=reading.best_scores(session, [pairing.need_id for pairing in found]),
        on_offer=achievement.state == OFFERED_ACHIEVEMENT,
        wanted=wanted,
        may_compare=allows(actor, Permission.PAIRING_DECIDE),
        others=_others(achievement_id, {pairing.need_id for pairing in found}) if wanted else None,
        **_groups(found),
    )


def _others(achievement_id: int, listed: set[int]) -> list[tuple[Need, Answerable]] | None:
    """The needs in sight that the achievement may answer besides those listed; None while that is not known yet."""
    actor, session = current_actor(), db.session()
    settings: Settings = current_app.extensions["settings"]
    known = asking.ready(session, settings.data_dir, gather=not settings.testing)
    seen = reading.needs_in_sight(session, actor, listed)
    answers = asking.answers(known, achievement_id, seen) if known else None
    return None if answers is None else [(seen[one.need_id], one) for one in answers]


def _groups(found: Sequence[Pairing]) -> dict[str, list[Row]]:
    """The pairings with the moves open to the asker, by the heads of a list."""
    actor = current_actor()
    rows = {one.id: (one, [move for move in open_moves(one, actor) if move.name in IN_LIST]) for one in found}
    return {head: [rows[one.id] for one in group] for head, group in reading.grouped(found).items()}


@desk.get("/pairings/<int(max=2147483647):pairing_id>")
def pairings_show(pairing_id: int) -> str:
    """Both texts side by side, the reasons, the history, and every move."""
    actor, session = current_actor(), db.session()
    pairing = reading.one(session, actor, pairing_id)
    need = needs.one(session, needs.visible_to(actor), pairing.need_id)
    achievement = achievements.one(session, achievements.visible_to(actor), pairing.achievement_id)
    seen = needs.shown(need, known=True)
    offered = achievements.shown(achievement, known=achievements.is_known(session, achievement, actor))
    return render_template(
        "desk/pairing.html",
        pairing=pairing,
        need=seen,
        achievement=offered,
        found=evidence.of(pairing, seen.content, offered.content),
        around=reading.around(session, actor, pairing),
        best=reading.best_scores(session, [pairing.need_id]),
        history=histories.of(session, "pairing", pairing.id),
        moves=open_moves(pairing, actor),
    )


@desk.post("/pairings/<int(max=2147483647):pairing_id>/move")
def pairings_move(pairing_id: int) -> Response:
    """Keep, dismiss, ban, restore, introduce, or note that they met."""
    actor, name = current_actor(), request.form.get("move", "")
    try:
        with writing() as session:
            pairing = reading.one(session, actor, pairing_id)
            back = _back(pairing, request.form.get("from", ""))
            if name not in DONE:
                raise IllegalMove("没有这项操作，请刷新页面后重试。")
            reason = clean_line(request.form.get("reason", ""))[:500]
            conduct.carry_out(session, Step(pairing, name, reason=reason), actor, clock.now())
    except Invalid as error:
        flash(f"没有完成：{error.message}", "error")
        return redirect(back, 303)
    flash(DONE[name], "success")
    return redirect(back, 303)


def _back(pairing: Pairing, place: str) -> str:
    """The page that the button stood on."""
    anchor = f"pairing-{pairing.id}"
    if place == "need":
        return url_for("desk.pairings_need", need_id=pairing.need_id, _anchor=anchor)
    if place == "achievement":
        return url_for("desk.pairings_achievement", achievement_id=pairing.achievement_id, _anchor=anchor)
    return url_for("desk.pairings_show", pairing_id=pairing.id)


@desk.post("/pairings/needs/<int(max=2147483647):need_id>/keep")
def pairings_keep(need_id: int) -> Response:
    """Keep all the pairings that were ticked."""
    actor, now = current_actor(), clock.now()
    ticked = set(request.form.getlist("pairing", type=int)[:MOST_AT_ONCE])
    with writing() as session:
        need = needs.one(session, needs.visible_to(actor), need_id)
        require(actor, Permission.PAIRING_DECIDE, need.owner)
        chosen = [one for one in reading.of_need(session, actor, need_id) if one.id in ticked]
        fresh = [one for one in chosen if one.machine.may_start(one.state, "keep")]
        for pairing in fresh:
            conduct.carry_out(session, Step(pairing, "keep"), actor, now)
    if not chosen:
        flash("没有勾选任何推荐。请先在推荐左侧打勾，再点“勾选的一并入选”。", "error")
    else:
        flash(
            f"已入选 {len(fresh)} 项" + ("。" if len(fresh) == len(chosen) else "；其余的之前已有决定，没有改动。"),
            "success",
        )
    return redirect(url_for("desk.pairings_need", need_id=need_id), 303)


@desk.route("/pairings/needs/<int(max=2147483647):need_id>/add", methods=["GET", "POST"])
def pairings_add(need_id: int) -> Answer:
    """Search the achievements on offer, and pair one of them with the need by hand."""
    actor, session = current_actor(), db.session()
    need = needs.one(session, needs.visible_to(actor), need_id)
    require(actor, Permission.PAIRING_DECIDE, need.owner)
    form, text = HandForm(), clean_line(request.values.get("q", "")[: reading.LONGEST_QUERY])
    if form.is_submitted():
        try:
            return _added(form, need_id)
        except Invalid as error:
            form.complain(error)
            need = needs.one(session, needs.visible_to(actor), need_id)
    related = related_to("achievement", text)
    found = reading.addable(session, actor, need_id, text, related)
    page = render_template("desk/pairings_add.html", need=need, form=form, text=text, found=found, related=related)
    return page, 422 if form.is_submitted() else 200


def _added(form: HandForm, need_id: int) -> Response:
    actor = current_actor()
    with writing() as session:
        need = needs.one(session, needs.visible_to(actor), need_id)
        achievement = achievements.one(session, achievements.visible_to(actor), form.achievement_id)
        pairing = recommending.add(session, need, achievement, form.reason, actor, clock.now())
        number, scored = pairing.id, bool(pairing.reasons)
    later = "" if scored else "得分和系统给出的理由会在后台算好后补上。"
    flash(f"已添加并入选。{later}", "success")
    return redirect(url_for("desk.pairings_need", need_id=need_id, _anchor=f"pairing-{number}"), 303)
