"""One's own account: name, number, password, and the organisations one acts for."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask import session as browser_session
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import Invalid, Missing, NotAllowed
from app.extensions import db, limiter, writing
from app.models.people import User
from app.queries import people, reference
from app.services import accounts
from app.web.doors import as_actor, home_of
from app.web.forms import complaints
from app.web.forms.accounts import ChangePasswordForm, JoinForm, OwnDataForm
from app.web.site.blueprint import site
from app.web.site.login import Page, open_session


def _user_id() -> int:
    """The person who is signed in, with or without an organisation."""
    if not current_user.is_authenticated:
        raise NotAllowed("请先登录。")
    return int(current_user.user_id)


@site.get("/account")
def account() -> Page:
    """Show one's own data and the password form."""
    if not current_user.is_authenticated:
        return redirect(url_for("site.sign_in", next=url_for("site.account")))
    user = db.session.get_one(User, _user_id())
    return _account_page(OwnDataForm(formdata=None, obj=user), ChangePasswordForm(formdata=None))


@site.post("/account")
def rename() -> Page:
    """Change one's own name and number."""
    user_id, form = _user_id(), OwnDataForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                accounts.rename(session, user_id, form.name.data, form.mobile.data, clock.now())
        except Invalid as error:
            complaints.show(form, error, {"": "mobile"})
        else:
            flash("资料已保存。", "success")
            return redirect(url_for("site.account"), 303)
    return _account_page(form, ChangePasswordForm(formdata=None), 422)


@site.post("/account/password")
@limiter.limit("20/hour")
def change_password() -> Page:
    """Change the password; every other session ends, this one goes on."""
    user_id, form, now = _user_id(), ChangePasswordForm(), clock.now()
    if form.validate_on_submit():
        try:
            with writing() as session:
                renewed = accounts.change_password(session, user_id, form.old.data, form.password.data, now)
        except Invalid as error:
            complaints.show(form, error)
        else:
            chosen = browser_session.get("membership_id")
            open_session(renewed, now)
            browser_session["membership_id"] = chosen
            flash("密码已修改，其他设备上的登录已退出。", "success")
            return redirect(url_for("site.account"), 303)
    user = db.session.get_one(User, user_id)
    return _account_page(OwnDataForm(formdata=None, obj=user), form, 422)


def _account_page(own: OwnDataForm, password: ChangePasswordForm, status: int = 200) -> tuple[str, int]:
    email = db.session.get_one(User, _user_id()).email
    return render_template("site/account/account.html", own=own, password=password, email=email), status


@site.get("/account/organisations")
def places() -> Page:
    """The organisations one acts for, and a form to join another."""
    if not current_user.is_authenticated:
        return redirect(url_for("site.sign_in", next=url_for("site.places")))
    return _places_page(_join_form())


@site.post("/account/switch")
def switch() -> Response:
    """Act for another of one's organisations from now on."""
    mine = people.memberships_of(db.session(), _user_id())
    wanted = request.form.get("membership_id", "")
    chosen = next((one for one in mine if str(one.id) == wanted and one.is_active), None)
    if chosen is None:
        raise Missing("您不属于这个单位，或账号已停用。")
    browser_session["membership_id"] = chosen.id
    flash(f"现在以“{chosen.organisation.name}”的身份工作。", "success")
    return redirect(home_of(as_actor(chosen, current_user.name, len(mine))), 303)


@site.post("/account/join")
@limiter.limit("20/hour")
def join() -> Page:
    """Ask to act for another organisation."""
    user_id, form = _user_id(), _join_form()
    if form.validate_on_submit():
        try:
            with writing() as session:
                accounts.join(session, user_id, form.join_draft(), clock.now())
        except Invalid as error:
            complaints.show(form, error)
        else:
            flash("申请已提交，审核后会发邮件告诉您。", "success")
            return redirect(url_for("site.places"), 303)
    return _places_page(form, 422)


def _join_form() -> JoinForm:
    form = JoinForm()
    form.offer_counties([county.name for county in reference.counties(db.session())])
    return form


def _places_page(form: JoinForm, status: int = 200) -> tuple[str, int]:
    mine = people.memberships_of(db.session(), _user_id())
    return render_template("site/account/places.html", memberships=mine, form=form), status
