"""Owns what public pages leave out of free text: ways to reach a person, and the name of a firm that stays anonymous."""

from __future__ import annotations

import re

HIDDEN_CONTACT = "（联系方式已隐去）"
HIDDEN_NAME = "某单位"
_CONTACTS = re.compile(
    r"""
    (?:(?:手机|电话|联系电话|邮箱|电子邮箱|微信|QQ)\s*(?:号|号码)?\s*[:：]?\s*)?
    (?:
        [A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+      # an e-mail address
      | (?<!\d)(?:\+?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)  # a mobile number
      | (?<!\d)0\d{2,3}[-\s]\d{7,8}(?!\d)                         # a landline with its area code
    )
    | (?:微信|QQ)\s*(?:号|号码)?\s*[:：]\s*[A-Za-z0-9_-]{5,20}
    """,
    re.VERBOSE,
)
_LEGAL_FORM = re.compile(r"(?:（[^（）]*）|\([^()]*\))?(?:股份|集团)?有限(?:责任)?公司$|(?:股份|集团)公司$")


def without_contacts(text: str) -> str:
    """Return the text with telephone numbers, e-mail addresses and account names of messengers replaced."""
    return _CONTACTS.sub(HIDDEN_CONTACT, text)


def without_name(text: str, name: str) -> str:
    """Return the text with the organisation's name replaced, with and without its legal form."""
    short = _LEGAL_FORM.sub("", name)
    for written in (name, short):
        if len(written) >= 3:
            text = text.replace(written, HIDDEN_NAME)
    return text
