"""The commands about people: add one (the first administrator, too), close and reopen an account."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from app.cli.printing import answer
from app.domain import clock
from app.domain.actor import PROGRAMME, Role
from app.domain.errors import Invalid, Refusal
from app.extensions import writing
from app.services import accounts, conduct, organisations
from app.services.steps import Step

ROLES = ("enterprise", "institute", "county_office", "organizer", "bureau", "administrator")


@click.group()
def user() -> None:
    """People and their accounts (人员账号)."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="What the person is called.")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--organisation", help="Name or credit code; made when it is new. Default: the market or the bureau.")
@click.option("--county", default="", help="The county of a new organisation, by name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def add(
    email: str, name: str, role: str, organisation: str | None, county: str, password_stdin: bool, as_json: bool
) -> None:
    """Add a person with an active account; one who is known keeps name and password."""
    password = _password(password_stdin)
    try:
        with writing() as session:
            data = _add(session, email, name, Role(role), organisation, county, password)
    except Refusal as error:
        click.echo(error.message, err=True)
        sys.exit(1)
    answer(as_json, data, [f"{data['name']}（{data['email']}）可以以“{data['organisation']}”的身份登录。"])


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("密码", hide_input=True, confirmation_prompt="再输入一次")
    return asked


def _add(
    session: Session, email: str, name: str, role: Role, organisation: str | None, county: str, password: str
) -> dict[str, object]:
    now = clock.now()
    place = organisations.for_operator(session, role, organisation or "", county, now)
    member = accounts.add(session, name, email, role, place, password, now)
    if not member.is_active:
        conduct.carry_out(session, Step(member, "restore" if member.was_ended else "approve"), PROGRAMME, now)
    return {"email": member.user.email, "name": member.user.name, "role": role.value, "organisation": place.name,
            "user_id": member.user_id}  # fmt: skip


@user.command()
@click.argument("email")
@with_appcontext
def close(email: str) -> None:
    """Close the account: the person is signed out at once and can't sign in."""
    _set_active(email, is_active=False)


@user.command()
@click.argument("email")
@with_appcontext
def reopen(email: str) -> None:
    """Reopen a closed account."""
    _set_active(email, is_active=True)


def _set_active(email: str, *, is_active: bool) -> None:
    try:
        with writing() as session:
            accounts.set_active(session, email, is_active, clock.now())
    except Invalid as error:
        click.echo(error.message, err=True)
        sys.exit(1)
    click.echo("账号已恢复。" if is_active else "账号已停用。")


COMMANDS = (user,)
