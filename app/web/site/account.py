"""Signing up, and a new password for those who forgot theirs. The answers are the same for known and unknown addresses."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import Invalid
from app.extensions import db, limiter, links, writing
from app.queries import reference
from app.services import accounts
from app.web.forms import complaints
from app.web.forms.accounts import ForgottenForm, NewPasswordForm, SignUpForm
from app.web.site.blueprint import site
from app.web.site.login import Page

TRIES = "20/hour"


@site.route("/sign-up", methods=["GET", "POST"])
@limiter.limit(TRIES, methods=["POST"])
def sign_up() -> Page:
    """Ask for an account; the answer is a letter."""
    form = SignUpForm()
    form.offer_counties([county.name for county in reference.counties(db.session())])
    if form.validate_on_submit():
        try:
            with writing() as session:
                accounts.enrol(session, form.draft(), clock.now())
        except Invalid as error:
            complaints.show(form, error)
        else:
            return redirect(url_for("site.signed_up"), 303)
    return render_template("site/account/sign_up.html", form=form), 422 if form.errors else 200


@site.get("/sign-up/received")
def signed_up() -> str:
    """What happens next, the same for everybody."""
    return render_template("site/account/signed_up.html")


@site.route("/forgotten", methods=["GET", "POST"])
@limiter.limit(TRIES, methods=["POST"])
def forgotten() -> Page:
    """Post a link to a new password, if the address has an account; the answer does not say."""
    form = ForgottenForm()
    if form.validate_on_submit():
        with writing() as session:
            accounts.request_reset(session, form.email.data, clock.now())
        flash(
            "如果这个邮箱有账号，重设密码的链接已经发出，30 分钟内有效。没收到请看垃圾邮件，或联系许昌科技大市场。",
            "success",
        )
        return redirect(url_for("site.sign_in"), 303)
    return render_template("site/account/forgotten.html", form=form), 422 if form.errors else 200


@site.route("/password/<token>", methods=["GET", "POST"])
@limiter.limit(TRIES, methods=["POST"])
def new_password(token: str) -> Page:
    """Set a new password through the link of a letter; looking at it changes nothing."""
    now, form = clock.now(), NewPasswordForm()
    reading = db.session()
    reading.info["links"] = links()
    accounts.owner_of_reset(reading, token, now)
    if form.validate_on_submit():
        try:
            with writing() as session:
                accounts.reset_password(session, token, form.password.data, now)
        except Invalid as error:
            complaints.show(form, error)
        else:
            return _password_set()
    return render_template("site/account/new_password.html", form=form), 422 if form.errors else 200


def _password_set() -> Response:
    flash("新密码已生效，请用新密码登录。", "success")
    return redirect(url_for("site.sign_in"), 303)
