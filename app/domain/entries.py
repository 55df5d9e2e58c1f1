"""Owns how typed text becomes a value: dates, amounts, yes/no, codes, phones, addresses, words of a list.

Every `read_*` takes text as a person or a spreadsheet wrote it. Blank text gives the empty value (None, "" or ());
text that can't be read raises Invalid with a Chinese message that says what is expected.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from app.domain.errors import Invalid
from app.domain.vocabulary import Word

AnyWord = TypeVar("AnyWord", bound=Word)

LARGEST_AMOUNT = Decimal(1_000_000)  # 万元, i.e. ten thousand million yuan
FIRST_YEAR, LAST_YEAR = 1950, 2099
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_SERIALS = range(18_264, 73_051)  # 1950-01-01 to 2099-12-31

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff]"
)
_DATE = re.compile(r"(\d{4})([-/.年])(\d{1,2})([-/.月])(\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_AMOUNT = re.compile(r"(?:人民币|¥|RMB)?([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(亿元|亿|万元|万|元|)(?:人民币)?")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(0(?:10|2\d)\d{8}|0[3-9]\d{2}\d{7,8}|(?:400|800)\d{7})(?:(?:转|x|ext)(\d{1,6}))?")
_EMAIL_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_EMAIL_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?", re.UNICODE)
_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_YES = frozenset({"是", "有", "对", "yes", "y", "true", "1", "√", "✓"})
_NO = frozenset({"否", "无", "没有", "不是", "no", "n", "false", "0", "×", "✗"})
_NEGOTIABLE = frozenset({"面议", "面谈", "待定", "协商", "双方协商", "可面议", "价格面议"})
_SEPARATORS = re.compile(r"[、，,;；|\n]+")
_CITY = re.compile(r"^(?:河南省)?(?:许昌市)?")


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in 万元; `negotiable` is 面议 and has no value."""

    value: Decimal | None = None
    negotiable: bool = False


def clean(text: str) -> str:
    """The text without what no form means to hold: NUL, control, zero-width and direction signs, halves of surrogates.

    Line ends become LF; blanks around it go. Full-width digits and signs stay as they were typed.
    """
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    return _INVISIBLE.sub("", text).strip()


def clean_line(text: str) -> str:
    """Like `clean`, and on one line: every run of blanks becomes one space."""
    return " ".join(clean(text).split())


def fold(text: str) -> str:
    """The text for comparing and for ids: cleaned, full-width signs made half-width (NFKC)."""
    return clean_line(unicodedata.normalize("NFKC", clean(text)))


def read_date(text: str) -> date | None:
    """2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日, 20260301 or Excel's serial number."""
    wanted = fold(text)
    if not wanted:
        return None
    if wanted.isdecimal() and len(wanted) == 5 and int(wanted) in _EXCEL_SERIALS:
        return _EXCEL_EPOCH + timedelta(days=int(wanted))
    compact = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", wanted)
    match = _DATE.fullmatch(re.sub(r"\s*([-/.年月日])\s*", r"\1", wanted))
    if compact:
        year, month, day = (int(part) for part in compact.groups())
    elif match:
        year, month, day = int(match[1]), int(match[3]), int(match[5])
    else:
        raise Invalid("请写成具体日期，例如 2026-03-01 或 2026年3月1日。")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间，请检查。")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Invalid("日历上没有这一天，请检查月份和日期。") from error


def read_year(text: str) -> int | None:
    """The year of 2021, 2021年, 2021-06 or a whole date."""
    wanted = fold(text)
    if not wanted:
        return None
    match = re.fullmatch(r"(\d{4})(?:年|[-/.]\d{1,2}|年\d{1,2}月)?", wanted)
    if match:
        year = int(match[1])
        if FIRST_YEAR <= year <= LAST_YEAR:
            return year
        raise Invalid(f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间，请检查。")
    day = read_date(wanted)
    return day.year if day else None


def read_amount(text: str) -> Amount:
    """万元: 50, 50万, 1,000, 2亿, 300000元 or 面议; not negative, at most two decimals."""
    wanted = fold(text).replace(" ", "")
    if not wanted:
        return Amount()
    if wanted in _NEGOTIABLE:
        return Amount(negotiable=True)
    match = _AMOUNT.fullmatch(wanted)
    if match is None:
        raise Invalid("请只填一个数字（单位：万元），例如 50；没有定数请填“面议”。")
    try:
        value = Decimal(match[1].replace(",", ""))
    except InvalidOperation as error:
        raise Invalid("请只填一个数字（单位：万元），例如 50；没有定数请填“面议”。") from error
    value *= {"亿": Decimal(10_000), "亿元": Decimal(10_000), "元": Decimal("0.0001")}.get(match[2], Decimal(1))
    if value < 0:
        raise Invalid("金额不能是负数；没有定数请填“面议”。")
    if value > LARGEST_AMOUNT:
        raise Invalid("金额过大（单位是万元，最多 1,000,000 万元），请检查单位。")
    if value != value.quantize(Decimal("0.01")):
        raise Invalid("金额最多保留两位小数（单位：万元）。")
    return Amount(value.quantize(Decimal("0.01")))


def read_yes_no(text: str) -> bool | None:
    """是/否, 有/无, yes/no, 1/0, √/×."""
    wanted = fold(text).casefold()
    if not wanted:
        return None
    if wanted in _YES:
        return True
    if wanted in _NO:
        return False
    raise Invalid("请填“是”或“否”（也可填“有”或“无”）。")


def read_credit_code(text: str) -> str:
    """A unified social credit code with a right check character (GB 32100-2015), 18 characters, upper case."""
    code = fold(text).upper().replace(" ", "").replace("-", "")
    if not code:
        return ""
    if len(code) != 18:
        raise Invalid(f"统一社会信用代码应为 18 位，这里是 {len(code)} 位，请对照营业执照填写。")
    if not (code[:8].isascii() and code[:8].isdigit()) or any(sign not in _CODE_ALPHABET for sign in code[8:]):
        raise Invalid(
            "统一社会信用代码前 8 位应为数字，其余为数字或大写字母（不含 I、O、S、V、Z），请对照营业执照填写。"
        )
    if code[-1] != credit_code_check(code[:17]):
        raise Invalid("统一社会信用代码的校验位不对，多半是抄错了一位，请对照营业执照填写。")
    return code


def credit_code_check(first: str) -> str:
    """The check character that belongs to the first 17 characters (GB 32100-2015)."""
    total = sum(_CODE_ALPHABET.index(sign) * weight for sign, weight in zip(first, _CODE_WEIGHTS, strict=True))
    return _CODE_ALPHABET[-total % 31]


def read_mobile(text: str) -> str:
    """An eleven-digit mobile number without country code and separators."""
    number = _digits(text)
    if number and not _MOBILE.fullmatch(number):
        raise Invalid("请填 11 位手机号码，例如 13800000000。")
    return number


def read_phone(text: str) -> str:
    """A mobile number, or a landline with its area code such as 0374-2965000 or 400-600-1234."""
    number = _digits(text)
    if not number or _MOBILE.fullmatch(number):
        return number
    match = _LANDLINE.fullmatch(number)
    if match is None:
        raise Invalid("请填一个 11 位手机号码，或带区号的座机，例如 0374-2965000。")
    body, extension = match[1], match[2]
    area = 3 if body.startswith(("01", "02", "400", "800")) else 4
    return f"{body[:area]}-{body[area:]}" + (f"转{extension}" if extension else "")


def is_mobile(number: str) -> bool:
    """Whether a number that `read_phone` returned is a mobile number."""
    return _MOBILE.fullmatch(number) is not None


LONGEST_NAME = 4
"""Characters of a Chinese person's name, at most."""

_OFFICE = re.compile(r"(?:[办处部室组委局站]|中心|团队|平台|学会|协会|公司|集团|大学|学院|研究[院所])$|^.{3,}[科院所]$")


def is_person(name: str) -> bool:
    """Whether a name is a person's and not an office's: short, or with a dot in it, and without 办公室 and the like."""
    name = fold(name).strip()
    if not re.search(r"[\u4e00-\u9fff]", name):
        return bool(name)
    return _OFFICE.search(name) is None and (len(name) <= LONGEST_NAME or any(mark in name for mark in "·•."))


def _digits(text: str) -> str:
    number = re.sub(r"[\s()\-—–.]", "", fold(text).casefold())
    for prefix in ("+86", "0086"):
        number = number.removeprefix(prefix)
    if len(number) == 13 and number.startswith("861"):
        number = number[2:]
    return number


def read_email(text: str) -> str:
    """One e-mail address; the domain in lower case."""
    address = fold(text)
    if not address:
        return ""
    local, at, domain = address.rpartition("@")
    domain = domain.casefold()
    labels = domain.split(".")
    right = (
        at
        and len(local) <= 64
        and len(address) <= 254
        and _EMAIL_LOCAL.fullmatch(local)
        and len(labels) > 1
        and all(len(label) <= 63 and _EMAIL_LABEL.fullmatch(label) for label in labels)
        and len(labels[-1]) > 1
        and not labels[-1].isdigit()
    )
    if not right:
        raise Invalid("请填一个电子邮箱地址，例如 name@example.com。")
    return f"{local}@{domain}"


def read_county(text: str, counties: Mapping[str, str]) -> str:
    """The county's or zone's own name; `counties` maps every accepted spelling to it."""
    wanted = fold(text).replace(" ", "")
    if not wanted:
        return ""
    for spelling in (wanted, _CITY.sub("", wanted)):
        if spelling in counties:
            return counties[spelling]
    raise Invalid(f"不是许昌市的县（市、区）或功能区，请填：{'、'.join(dict.fromkeys(counties.values()))}。")


def county_of_address(address: str, counties: Mapping[str, str]) -> str:
    """The county that an address of the city begins with, or ""."""
    rest = _CITY.sub("", fold(address).replace(" ", ""))
    spelling = max((name for name in counties if rest.startswith(name)), key=len, default="")
    return counties.get(spelling, "")


def read_word(words: type[AnyWord], text: str) -> AnyWord | None:
    """One member of a vocabulary by label, synonym or code."""
    wanted = fold(text)
    if not wanted:
        return None
    member = words.read(wanted)
    if member is None:
        raise Invalid(f"没有这个选项，请填：{'、'.join(label for _, label in words.choices())}。")
    return member


def read_words(words: type[AnyWord], text: str) -> tuple[AnyWord, ...]:
    """Several members, separated by 、 ， ; or a new line (or / where no label holds one), each once."""
    if not fold(text):
        return ()
    found: list[AnyWord] = []
    for part in split_list(text):
        pieces = [part] if words.read(fold(part)) else [piece for piece in part.split("/") if piece.strip()]
        found.extend(member for piece in pieces or [part] if (member := read_word(words, piece)))
    return tuple(dict.fromkeys(found))


def split_list(text: str) -> tuple[str, ...]:
    """The items of a list as people write it, blanks left out, each once."""
    return tuple(dict.fromkeys(item for part in _SEPARATORS.split(clean(text)) if (item := clean_line(part))))


def read_keywords(text: str) -> tuple[str, ...]:
    """Keywords separated by 、 ， ; | or, when there is none of these, by blanks between Chinese words."""
    items = split_list(text)
    if len(items) == 1 and " " in items[0] and not re.search("[A-Za-z]", items[0]):
        items = tuple(dict.fromkeys(items[0].split()))
    return items
