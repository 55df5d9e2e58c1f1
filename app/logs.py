"""Owns what the program writes into its log: one entry each, with the request's id, without personal data or tricks.

Addresses, numbers and links of people are masked wherever they come from, an error's text included.
"""

from __future__ import annotations

import copy
import logging
import re
from typing import Any

from flask import g, has_request_context
from pythonjsonlogger.json import JsonFormatter

from app.domain.settings import Settings

OURS = ("app", "scheduler", "matching")
_MASKS = (
    (re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:]+\.[A-Za-z]{2,}"), "***@***"),
    (re.compile(r"(?<![\dA-Fa-f])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\dA-Fa-f])"), "***电话***"),
    (re.compile(r"(?<!\w)\d{17}[\dXx](?!\w)"), "***证件***"),
    (re.compile(r"[\w-]{8,}\.[\w-]{5,}\.[\w-]{20,}"), "***链接***"),
    (re.compile(r"/(rsvp|confirm|password|feed|feeds|calendar)/[^\s\"'<>?]+"), r"/\1/***"),
    (re.compile(r"(?im)^(\s*DETAIL:).*$"), r"\1 ***"),
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def masked(text: str) -> str:
    """The text without what belongs to a person."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


def one_line(text: str) -> str:
    """The text with everything written out that could begin another line or colour a terminal."""
    return _CONTROLS.sub(lambda found: repr(found.group())[1:-1], text)


def _own(record: logging.LogRecord) -> logging.LogRecord:
    """A copy without the story of the error that another handler may have put down unmasked."""
    own = copy.copy(record)
    own.exc_text = None
    return own


class RequestId(logging.Filter):
    """Gives every entry the id of the request it belongs to; `-` in the background."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything through, with its id."""
        record.request_id = g.get("request_id", "-") if has_request_context() else "-"
        return True


class TextFormatter(logging.Formatter):
    """One line for an entry; the lines of an error's story are indented, so that none passes for an entry."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry."""
        return super().format(_own(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is the library's
        """The entry's own line."""
        record.message = one_line(masked(record.message))
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is the library's
        """The story of an error."""
        story = masked(super().formatException(ei))
        return "\n".join(f"    {one_line(line)}" for line in story.splitlines())


class LineFormatter(JsonFormatter):
    """One JSON object for an entry."""

    def __init__(self) -> None:
        super().__init__(
            ["asctime", "levelname", "name", "request_id", "message", "exc_info"],
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
            datefmt="%Y-%m-%dT%H:%M:%S%z",
            json_ensure_ascii=False,
        )

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry."""
        return super().format(_own(record))

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """The entry as it is written."""
        return {
            key: _CONTROLS.sub(lambda found: " " if found.group() not in "\n\t" else found.group(), masked(value))
            if isinstance(value, str)
            else value
            for key, value in log_data.items()
        }


def install(settings: Settings, level: int = logging.INFO) -> None:
    """Write the program's entries to the standard error stream from now on; asking again replaces what was set."""
    handler = logging.StreamHandler()
    handler.set_name("market")
    handler.addFilter(RequestId())
    handler.setFormatter(LineFormatter() if settings.log_format == "json" else TextFormatter())
    root = logging.getLogger()
    for old in [one for one in root.handlers if one.get_name() == "market"]:
        root.removeHandler(old)
    root.addHandler(handler)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
