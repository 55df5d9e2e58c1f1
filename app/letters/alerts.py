"""Letters to the administrators about the service itself."""

from __future__ import annotations

from app.letters.writing import Letter, render

URGENT = 0


def outbox_alert(to: str, to_name: str, key: str, reasons: list[str], link: str) -> Letter:
    """Letters pile up or fail in number: what was seen, in one sentence each, and where to look."""
    return render(
        "account",
        key=key,
        kind="outbox_alert",
        to=to,
        to_name=to_name,
        priority=URGENT,
        subject="邮件发送需要您查看",
        lines=[
            "系统发出的邮件遇到下面的情况，请尽快查看：",
            *reasons,
            "情况好转之前不会再发这样的提醒。信件都留在系统里，没有丢失。",
        ],
        link=link,
        link_words="查看信件",
    )
