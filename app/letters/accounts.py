"""Letters about accounts: received, known already, approved or not, password forgotten or changed."""

from __future__ import annotations

from dataclasses import dataclass

from app.letters.writing import Letter, render

URGENT = 0


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets the letter."""

    email: str
    name: str


def received(to: Recipient, key: str, organisation: str, home: str) -> Letter:
    """To somebody who asked for an account or for another organisation."""
    return _letter(
        "account_received", to, key, "您的单位账号申请已收到",
        f"您申请以“{organisation}”的身份使用许昌科技大市场的供需对接服务，申请已经收到。",
        "许昌科技大市场审核后，会再发邮件告诉您结果，一般不超过两个工作日。",
        "如果不是您本人申请的，请回复或致电许昌科技大市场，我们会删除这份申请。",
        link=home, link_words="许昌科技大市场网站",
    )  # fmt: skip


def known(to: Recipient, key: str, sign_in: str) -> Letter:
    """To the owner of an address that somebody tried to sign up with again."""
    return _letter(
        "account_known", to, key, "您已经有许昌科技大市场的账号",
        "有人用您的邮箱重新申请账号。您的账号早已存在，这次申请没有改动任何内容。",
        "如果是您本人：请直接登录；忘记密码可以在登录页点“忘记密码”；要代表另一家单位，请登录后在“切换单位”页申请加入。",
        "如果不是您本人，不需要做任何事。",
        link=sign_in, link_words="登录",
    )  # fmt: skip


def somebody_joins(to: Recipient, key: str, person: str, organisation: str) -> Letter:
    """To those who already act for an organisation that somebody wants to join."""
    return _letter(
        "account_joins", to, key, f"有人申请加入{organisation}",
        f"{person}申请以“{organisation}”的身份使用许昌科技大市场的服务，正在等待审核。",
        "如果您不认识此人，或不同意其代表贵单位，请尽快告诉许昌科技大市场。",
    )  # fmt: skip


def approved(to: Recipient, key: str, organisation: str, sign_in: str) -> Letter:
    """To a person whose membership became active."""
    return _letter(
        "account_approved", to, key, "您的单位账号已开通",
        f"您以“{organisation}”身份使用许昌科技大市场服务的申请已经通过，现在就可以登录。",
        link=sign_in, link_words="登录",
    )  # fmt: skip


def refused(to: Recipient, key: str, organisation: str, reason: str) -> Letter:
    """To a person whose request was refused, with the reason."""
    return _letter(
        "account_refused", to, key, "您的单位账号申请未通过",
        f"您以“{organisation}”身份使用许昌科技大市场服务的申请没有通过。",
        f"理由：{reason}",
        "如有疑问或情况有变，请联系许昌科技大市场。",
    )  # fmt: skip


def ended(to: Recipient, key: str, organisation: str) -> Letter:
    """To a person whose membership was ended."""
    return _letter(
        "account_ended", to, key, "您的单位账号已停用",
        f"您以“{organisation}”身份使用许昌科技大市场服务的权限已经停用。",
        "如果这是误操作，请联系许昌科技大市场恢复。",
    )  # fmt: skip


def reset(to: Recipient, key: str, link: str, minutes: int) -> Letter:
    """The link to a new password."""
    return _letter(
        "password_reset", to, key, "重新设置密码",
        f"您申请重新设置许昌科技大市场的登录密码。请在 {minutes} 分钟内打开下面的链接，设置新密码；链接只能使用一次。",
        "如果不是您本人申请的，不需要做任何事，原来的密码仍然有效。请不要把链接转发给别人。",
        link=link, link_words="设置新密码",
    )  # fmt: skip


def password_changed(to: Recipient, key: str, forgotten: str) -> Letter:
    """To the person, after their password changed."""
    return _letter(
        "password_changed", to, key, "您的登录密码已修改",
        "您在许昌科技大市场的登录密码刚刚修改，其他设备上的登录已全部退出。",
        "如果不是您本人修改的，请立即重新设置密码，并告诉许昌科技大市场。",
        link=forgotten, link_words="重新设置密码",
    )  # fmt: skip


def _letter(
    kind: str, to: Recipient, key: str, subject: str, *lines: str, link: str = "", link_words: str = ""
) -> Letter:
    return render(
        "account", key=key, kind=kind, to=to.email, to_name=to.name, priority=URGENT,
        subject=subject, lines=lines, link=link, link_words=link_words,
    )  # fmt: skip
