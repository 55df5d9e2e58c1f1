"""Numbers with units in a text, as intervals in base units with the name of what is measured; and whether an offer meets a need."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from matching.text import LONGEST_TEXT
from matching.units import Unit, Units

Comparator = Literal["=", "<", "<=", ">", ">=", "range", "±"]
Verdict = Literal["meets", "misses", "unknown"]

LONGEST_NAME = 12

_SIGNS = str.maketrans(
    "０１２３４５６７８９．％＜＞＝＋－−–—～〜∼﹣×✕＊（）｛｝＾⩽⩾≦≧﹤﹥", "0123456789.%<>=+----~~~-xx*(){}^≤≥≤≥<>"
)
"""One sign for one: full-width forms, dashes and waves; superscripts stay what they are, unlike in NFKC."""

_FOREIGN_SIGN = re.compile(f"[{''.join(map(re.escape, map(chr, _SIGNS)))}]")
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_EXPONENT = r"10(?:\^\s?[({]?\s?[-+]?\d{1,3}[)}]?|[⁻⁺]?[⁰¹²³⁴-⁹]{1,3})"
_NUMBER = re.compile(
    rf"(?P<power>{_EXPONENT})|(?P<plain>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:\s?[x*·]\s?(?P<times>{_EXPONENT}))?"
)
_DIGIT_RUN = re.compile(r"[0-9]+")
_MULTIPLE = re.compile(r"\s?[多余]?(?P<word>[百千十]?[万亿]|千|百|十)[多余]?")
_MULTIPLES = {"百": 1e2, "千": 1e3, "十": 10.0, "万": 1e4, "亿": 1e8}
_SPOKEN = re.compile(
    r"百分之[\d.零〇一二两三四五六七八九十百点]{1,8}|[零〇一二两三四五六七八九十半][零〇一二两三四五六七八九十百千万亿半]{0,9}"
)
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_GAP = re.compile(r"\s?[多余几]?\s?")
_TO = re.compile(r"\s?(?:~|-{1,2}|至|到)\s?")

_BEFORE = re.compile(
    r"(?P<least>≥|>=|不低于|不少于|不小于|不得低于|不得少于|不得小于|不下于|至少|最低|最少|大于等于|大于或等于|大于或者等于|高于等于)"
    r"|(?P<most>≤|<=|不高于|不超过|不大于|不多于|不得超过|不得高于|不得大于|不超出|至多|最高|最大|最多|小于等于|小于或等于|低于等于|控制在|控制到)"
    r"|(?P<above>>|高于|超过|大于|多于|超出|突破)"
    r"|(?P<below><|低于|小于|少于|不足|不到)"
    r"|(?P<tolerance>±|\+/-|正负)"
)
_BEFORE_END = re.compile(rf"(?:{_BEFORE.pattern})\s?(?:约|在|于|为)?\s?$")
_BEFORE_LAST = frozenset("≥=≤><±-于低少小下至多大高过出到在破足负约为 \t\u3000")
"""The last characters of all that ``_BEFORE_END`` finds: most numbers need no closer look."""
_AFTER = re.compile(r"\s?(?P<most>以内|之内|以下|之下|及以下|内)|\s?(?P<least>以上|之上|及以上|起)")
_NAME_END = re.compile(r"[^\W_](?:[^\W_]|[-·/().]){0,30}$")
_FILLING = re.compile(
    r"(?:需要?|要求|要|应|可|能够|可以|必须|最好|保持|控制|稳定|降低|降|提高|提升|下降|上升|减少|增加|缩短|达|做|压缩|限制|目前|现在|只有|仅|仅为|平均|普遍|一般|大约|大概|将近|接近|约"
    r"|超|是|为|在|到|至|从|由|了|的|有|得|均|都|也|就|才|则|按|以|于|和|与|及|或|其|共|小于|大于|不)$"
)
_NOT_A_MEASURE = re.compile(r"年(?!以|内|后|产|间|期)")
_SYMBOLS = ("ph", "ra", "rz", "sa")
"""Symbols that a value follows without a blank: pH7, Ra0.8μm (GB/T 3505)."""

_NAME_BEGIN = re.compile(r"[把将使对的]|要求|需要|希望|期望|力争|其中")
_SENTENCE_END = re.compile(r"[。;；!！?？]")
_NETWORK = re.compile(r"网|通信|通讯|技术|基站|信号|模组|专网|工业|手机|时代|应用|\+")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number with a unit, or a range of them.

    ``low`` and ``high`` are in base units (SI where there is one; 1 for ratios, 元 for money); open ends are infinite.
    ``dimension`` is a name such as "length", "mass/time", "ratio", "money", "count-台". A "±" quantity is the interval
    around 0. ``text`` is what stands at ``start`` to ``end`` of the text that was read, comparator included; ``about`` is the
    name just before it ("除尘效率"), or "".
    """

    dimension: str
    low: float
    high: float
    comparator: Comparator
    text: str
    start: int
    end: int
    about: str


class _Value(NamedTuple):
    """A number at its place, before its unit is known."""

    value: float
    start: int
    end: int
    spoken: bool


def quantities(text: str) -> tuple[Quantity, ...]:
    """Returns the quantities of a text in order, not overlapping. Any text is accepted.

    Best given the text as it was typed or cleaned: normalising loses raised exponents (10⁵) and the case of unit symbols,
    which is then guessed (mw is MW). Places are those of the given text. A pH without a unit has the dimension "acidity".
    """
    return tuple(_Reading(text).found())


class _Reading:
    def __init__(self, text: str) -> None:
        self._typed = text[:LONGEST_TEXT]
        self._text = self._typed.translate(_SIGNS) if _FOREIGN_SIGN.search(self._typed) else self._typed
        self._units = Units.shipped()

    def found(self) -> Iterator[Quantity]:
        reached, about = 0, ""
        for value in self._values():
            if value.start < reached:
                continue
            quantity = self._quantity(value, reached, about)
            if quantity is not None:
                yield quantity
                reached, about = quantity.end, quantity.about

    def _values(self) -> Iterator[_Value]:
        """Yields the numbers in order; one in Chinese characters only where it reads as a number."""
        plain = self._plain_numbers()
        spoken = _SPOKEN.finditer(self._text)
        one, other = next(plain, None), next(spoken, None)
        while one is not None or other is not None:
            if other is None or (one is not None and one.start() < other.start()):
                assert one is not None
                if not _inside_a_word(self._text, one.start()):
                    yield _Value(_number(one), one.start(), one.end(), spoken=False)
                one = next(plain, None)
            else:
                number = _spoken_number(other.group())
                if number is not None and self._text[max(0, other.start() - 1) : other.start()] not in tuple(
                    "第数几每"
                ):
                    yield _Value(number, other.start(), other.end(), spoken=True)
                other = next(spoken, None)

    def _plain_numbers(self) -> Iterator[re.Match[str]]:
        reached = 0
        for digits in _DIGIT_RUN.finditer(self._text):  # four times as fast as looking for the whole pattern
            if digits.start() >= reached:
                hit = _NUMBER.match(self._text, digits.start())
                assert hit is not None
                reached = hit.end()
                yield hit

    def _quantity(self, first: _Value, reached: int, about: str) -> Quantity | None:
        text = self._text
        start, negative = self._sign(first.start)
        value = -first.value if negative else first.value
        one = self._measured(first)
        to = _TO.match(text, one[1] if one else first.end)
        second = None if to is None or first.spoken else self._second(to.end(), one)
        if second is not None:
            upper, unit, end = second
            scale = one[0].factor if one else unit.factor  # 1.5-2万元: what follows counts for both
            return self._made("range", sorted((value * scale, upper * unit.factor)), unit, start, end, reached, about)
        if one is None:
            return self._acidity(value, start, first.end, reached)
        unit, end = one
        if self._excluded(first, unit, end):
            return None
        amount = value * unit.factor
        before = None
        if text[max(reached, start - 1) : start] in _BEFORE_LAST:
            before = _BEFORE_END.search(text, max(reached, start - 8), start)
        after = _AFTER.match(text, end)
        comparator = _comparator(before.lastgroup if before else None, after.lastgroup if after else None)
        if after is not None and comparator in {"<=", ">="} and (before is None or text[before.start()] not in "≤≥<>"):
            end = after.end()
        bounds = _bounds(comparator, amount)
        return self._made(comparator, bounds, unit, before.start() if before else start, end, reached, about)

    def _sign(self, start: int) -> tuple[int, bool]:
        """Returns where a number begins and whether a minus stands before it; after a digit or letter it is a dash."""
        if start and self._text[start - 1] == "-" and not self._text.endswith("+/-", 0, start):
            previous = self._text[start - 2] if start > 1 else " "
            if not previous.isalnum() and previous not in "%°℃)-":
                return start - 1, True
            if not previous.isascii() and previous.isalpha() and previous not in "℃℉":
                return start - 1, True
        return start, False

    def _measured(self, value: _Value) -> tuple[Unit, int] | None:
        """Returns the unit of a number with 万 and 亿 in its factor, and where it ends."""
        if value.spoken and self._text.startswith("百分之", value.start):
            return Unit(1.0, "1", "ratio"), value.end
        gap = _GAP.match(self._text, value.end)
        found = self._units.at(self._text, gap.end() if gap else value.end)
        factor, end = 1.0, value.end
        if found is None or found.unit.dimension.startswith("count-个"):
            multiple = _MULTIPLE.match(self._text, value.end)
            if multiple is not None and found is None:
                factor, end = math.prod(_MULTIPLES[one] for one in multiple["word"]), multiple.end()
                found = self._units.at(self._text, end)
            elif found is not None and self._units.at(self._text, found.end) is not None:  # 25个μ, 3个月
                found = self._units.at(self._text, found.end)
        if found is None or (value.spoken and not found.unit.spoken):
            return None
        unit = found.unit
        if factor == 1.0:
            return unit, found.end
        return Unit(unit.factor * factor, unit.base, unit.dimension, unit.spoken), found.end

    def _second(self, start: int, one: tuple[Unit, int] | None) -> tuple[float, Unit, int] | None:
        """Returns value, unit and end of the second number of a range, if it fits the first."""
        sign = self._text.startswith("-", start)
        hit = _NUMBER.match(self._text, start + sign)
        if hit is None:
            return None
        measured = self._measured(_Value(0.0, hit.start(), hit.end(), spoken=False))
        if measured is None or (one is not None and one[0].dimension != measured[0].dimension):
            return None
        number = _number(hit)
        return (-number if sign else number), *measured

    def _excluded(self, value: _Value, unit: Unit, end: int) -> bool:
        text = self._text
        written = text[value.start : value.end]
        if unit.dimension == "time" and 1900 <= value.value <= 2100 and _NOT_A_MEASURE.match(text, value.end):
            return True  # a calendar year
        if unit.base == "s" and text[end - 1 : end] in ("月", "日") and "个" not in text[value.end : end]:
            return True  # a date
        if unit.dimension == "mass" and written in {"2", "3", "4", "5", "6"} and text[end - 1] in "gG":
            return _NETWORK.match(text, end) is not None
        return value.spoken and value.value == 1 and unit.dimension.startswith("count")

    def _acidity(self, value: float, start: int, end: int, reached: int) -> Quantity | None:
        """Returns a pH ("pH 6-9", "ph值≤7.5"): the one number that is read without a unit."""
        near = self._text[max(reached, start - 10) : start].lower()
        if "ph" not in near or not 0 <= value <= 14:
            return None
        tail = near[near.rindex("ph") + 2 :]
        before = _BEFORE_END.search(tail)
        if not re.fullmatch(r"[值为在=:\s约到至]*", tail[: before.start()] if before else tail):
            return None
        to = _TO.match(self._text, end)
        hit = _NUMBER.match(self._text, to.end()) if to else None
        unit = Unit(1.0, "pH", "acidity")
        if hit is not None and 0 <= _number(hit) <= 14:
            return self._made("range", sorted((value, _number(hit))), unit, start, hit.end(), reached, "")
        comparator = _comparator(before.lastgroup if before else None, None)
        begins = start - len(tail) + before.start() if before else start
        return self._made(comparator, _bounds(comparator, value), unit, begins, end, reached, "")

    def _made(
        self, comparator: Comparator, bounds: list[float], unit: Unit, start: int, end: int, reached: int, previous: str
    ) -> Quantity | None:
        if not all(math.isfinite(bound) or comparator not in {"=", "range", "±"} for bound in bounds):
            return None  # a number beyond floating point
        about = self._name(start, reached)
        if not about and previous and not _SENTENCE_END.search(self._text, reached, start):
            about = previous  # 由3%降到0.5%, 厚度1mm、2mm
        low, high = (float(f"{bound:.12g}") for bound in bounds)  # 15 x 1e-6 is 1.5e-05
        return Quantity(unit.dimension, low, high, comparator, self._typed[start:end], start, end, about)

    def _name(self, start: int, reached: int) -> str:
        """Returns the run of letters before a quantity without what only fills (要求, 控制在, 达到)."""
        piece = self._text[max(reached, start - 2 * LONGEST_NAME) : start].rstrip(" :=(")
        shorter = _FILLING.sub("", piece)
        while shorter != piece:
            piece = shorter.rstrip(" :=(")
            shorter = _FILLING.sub("", piece)
        hit = _NAME_END.search(piece)
        return _NAME_BEGIN.split(hit.group())[-1][-LONGEST_NAME:] if hit else ""


def _inside_a_word(text: str, start: int) -> bool:
    """Says whether a digit belongs to a name such as PM2.5, Al2O3 or GB/T-3100; 1.2.3 is no number either."""
    before = text[start - 1] if start else " "
    if before.isascii() and before.isalpha():
        return text[max(0, start - 2) : start].lower() not in _SYMBOLS
    return before in "._" and start > 1 and text[start - 2].isalnum()


def _number(hit: re.Match[str]) -> float:
    power, plain, times = hit["power"], hit["plain"], hit["times"]
    value = float(plain.replace(",", "")) if plain else 1.0
    exponent = power or times
    if exponent:
        digits = re.sub(r"[\s(){}^]", "", exponent[2:]).translate(_POWERS)
        value *= 10.0 ** max(-300, min(300, int(digits)))
    return value


def _spoken_number(text: str) -> float | None:
    """Returns the value of a number in Chinese characters up to 亿 (二十五, 一百二十, 三万, 半, 百分之五), or None."""
    if text.startswith("百分之"):
        inside = text[3:]
        if re.fullmatch(r"\d+(\.\d+)?", inside):
            return float(inside) / 100
        whole, point, part = inside.partition("点")
        value = _spoken_number(whole)
        if value is None or (point and not all(one in _DIGITS for one in part)):
            return None
        return (value + (float("0." + "".join(str(_DIGITS[one]) for one in part)) if part else 0.0)) / 100
    if text == "半":
        return 0.5
    total = section = 0.0
    digit: int | None = None
    for one in text:
        if one in _DIGITS:
            if digit:
                return None  # 两三: a guess, no number
            digit = _DIGITS[one]
        elif one in "十百千":
            section += (1 if digit is None else digit) * _MULTIPLES[one]
            digit = None
        elif one in "万亿":
            total = (total + section + (digit or 0)) * _MULTIPLES[one]
            section, digit = 0.0, None
        else:
            return None
    return total + section + (digit or 0)


def _comparator(before: str | None, after: str | None) -> Comparator:
    signs: dict[str, Comparator] = {"least": ">=", "most": "<=", "above": ">", "below": "<", "tolerance": "±"}
    return signs.get(before or after or "", "=")


def _bounds(comparator: Comparator, amount: float) -> list[float]:
    if comparator in {"<", "<="}:
        return [-math.inf, amount]
    if comparator in {">", ">="}:
        return [amount, math.inf]
    if comparator == "±":
        return [-abs(amount), abs(amount)]
    return [amount, amount]


def same_name(one: str, other: str) -> bool:
    """Says whether two names mean the same measure: at least half of their characters are common (Dice's coefficient)."""
    here, there = set(one.lower()), set(other.lower())
    return bool(here and there) and 4 * len(here & there) >= len(here) + len(there)


def compare(need: Quantity, offer: Quantity, alike: Callable[[str, str], bool] = same_name) -> Verdict:
    """Says whether what an offer states meets what a need asks for, when both speak of the same measure.

    "unknown": other dimensions or names, or a statement that decides nothing (need ≥ 90 %, offer ≥ 85 %; a bare number in
    the need that the offer does not hold may be beaten either way).
    """
    if need.dimension != offer.dimension or not alike(need.about, offer.about):
        return "unknown"
    slack = 1e-9 * max(
        (abs(end) for end in (need.low, need.high, offer.low, offer.high) if math.isfinite(end)), default=0
    )
    if need.comparator == "±":
        return _within_tolerance(need, offer, slack)
    if offer.low >= need.low - slack and offer.high <= need.high + slack:
        return "meets"
    if need.comparator in {"=", "range"} and offer.low <= need.low + slack and offer.high >= need.high - slack:
        return "meets" if offer.comparator in {"=", "range"} else "unknown"
    apart = offer.low > need.high + slack or offer.high < need.low - slack
    return "misses" if apart and need.comparator != "=" else "unknown"


def _within_tolerance(need: Quantity, offer: Quantity, slack: float) -> Verdict:
    worst = max(abs(offer.low) if offer.comparator not in {"<", "<="} else 0.0, abs(offer.high))
    if worst <= need.high + slack:
        return "meets"
    return "misses" if math.isfinite(worst) else "unknown"
