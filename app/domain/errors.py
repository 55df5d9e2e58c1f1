"""Owns the programme's refusals; app/web/errors.py gives each its HTTP status, once."""

from __future__ import annotations

from dataclasses import dataclass


class Refusal(Exception):
    """What we won't do, in plain Chinese a person can act on."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(Refusal):
    """The asker may not do this (403)."""


class Missing(Refusal):
    """There is no such thing in the asker's sight (404)."""

    def __init__(self, message: str = "没有找到这条记录，或您无权查看。") -> None:
        super().__init__(message)


class IllegalMove(Refusal):
    """The lifecycle has no such move from the present state (409)."""


class Stale(Refusal):
    """Somebody was faster (409)."""

    def __init__(self, message: str = "内容已被他人修改，请刷新页面后重试；您填写的内容没有写入。") -> None:
        super().__init__(message)


class Full(Refusal):
    """No seats left (409)."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One fault of an input: the field's name and what to do about it, in Chinese."""

    field: str
    message: str


class Invalid(Refusal):
    """The input can't be taken as it is (422); `complaints` say where and why."""

    def __init__(self, complaints: tuple[Complaint, ...] | str) -> None:
        if isinstance(complaints, str):
            complaints = (Complaint("", complaints),)
        self.complaints = complaints
        *first, last = [complaint.message for complaint in complaints] or [""]
        super().__init__("；".join([*(message.removesuffix("。") for message in first), last]))
