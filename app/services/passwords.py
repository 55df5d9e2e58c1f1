"""Owns passwords: which are good enough, and how they are kept (argon2id, the same work for addresses nobody has)."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

SHORTEST, LONGEST = 8, 256
LOCAL_WORDS = ("许昌", "xuchang", "kjj", "科技局", "大市场")
WEAK = 2  # zxcvbn's scores: 0 and 1 fall to lists of common passwords and simple patterns

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def fault(password: str, own_words: tuple[str, ...] = ()) -> str:
    """What is wrong with a new password, in Chinese; empty when it will do.

    `own_words` are the person's name and address, which must not be the password. Blanks, Chinese and signs are fine.
    """
    if len(password) > LONGEST:
        return f"密码最长 {LONGEST} 个字符。"
    if len(password) < SHORTEST:
        return f"密码至少 {SHORTEST} 个字符，可以用一句话，空格和汉字都行。"
    folded = password.casefold()
    if any(word in folded for word in LOCAL_WORDS):
        return "密码不能含有“许昌”“xuchang”“kjj”等容易猜到的本地词，请换一个。"
    if any(len(word) > 1 and word.casefold() in folded for word in own_words):
        return "密码不能含有您的姓名或邮箱名，请换一个。"
    if zxcvbn(password[:72], user_inputs=list(own_words))["score"] < WEAK:
        return "这个密码太常见或太有规律，容易被猜到，请换一个，例如几个不相关的词连在一起。"
    return ""


def hashed(password: str) -> str:
    """The argon2id hash (19 MiB, 2 rounds, 1 lane), salt and parameters included."""
    return _HASHER.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether the password made the hash; None costs the same time and never matches."""
    try:
        _HASHER.verify(kept or _dummy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _dummy() -> str:
    return _HASHER.hash("an address that nobody has")
