"""How typed text becomes values: the forms people write, and libraries as oracles for codes, phones and addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from app.domain import entries
from app.domain.entries import Amount
from app.domain.errors import Invalid
from app.domain.vocabulary import CooperationMode, Maturity, NeedCategory

COUNTIES = {"魏都区": "魏都区", "长葛市": "长葛市", "长葛": "长葛市", "开发区": "经济技术开发区"} | {
    "经济技术开发区": "经济技术开发区"
}


@pytest.mark.parametrize(
    "text",
    ["2026-03-01", "2026/3/1", "2026.3.1", "2026年3月1日", "2026 年 3 月 1 日", "２０２６－０３－０１", "20260301", "46082",
     "2026-03-01 00:00:00"],
)  # fmt: skip
def test_read_date_takes_the_ways_people_write_a_day(text: str) -> None:
    assert entries.read_date(text) == date(2026, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "2022-13-40",
        "2022年2月30日",
        "0000",
        "9999-12-31",
        "下个月",
        "24:00",
        "2026-03",
        "31/12/2026",
        "-1",
    ],
)
def test_read_date_refuses_what_is_no_day(text: str) -> None:
    with pytest.raises(Invalid):
        entries.read_date(text)


def test_blank_text_gives_the_empty_value() -> None:
    assert entries.read_date(" \u3000") is None
    assert entries.read_amount("") == Amount()
    assert entries.read_yes_no(" ") is None
    assert entries.read_year("") is None
    assert entries.read_words(CooperationMode, " ") == ()
    assert entries.read_credit_code("") == entries.read_phone("") == entries.read_email("") == ""


@pytest.mark.parametrize(
    ("text", "year"), [("2019", 2019), ("2019年", 2019), ("2019-06", 2019), ("2019年6月", 2019), ("2019/6/1", 2019)]
)
def test_read_year_takes_a_year_a_month_or_a_day(text: str, year: int) -> None:
    assert entries.read_year(text) == year


@pytest.mark.parametrize(
    ("text", "value"),
    [("50", "50"), ("50万", "50"), ("50 万元", "50"), ("1,000", "1000"), ("１，０００万元", "1000"), ("2亿", "20000"),
     ("300000元", "30"), ("0", "0"), ("5.5", "5.5"), ("¥80万", "80")],
)  # fmt: skip
def test_read_amount_is_in_ten_thousand_yuan(text: str, value: str) -> None:
    assert entries.read_amount(text) == Amount(Decimal(value))


def test_read_amount_knows_negotiable() -> None:
    assert entries.read_amount(" 面议 ") == Amount(negotiable=True)


@pytest.mark.parametrize(
    "text",
    ["-20", "约五十左右", "NaN", "1e309", "inf", "50-100", "1,00", "1" * 400, "0.123", "99999999", "0x10", "五十"],
)
def test_read_amount_refuses_what_is_no_amount(text: str) -> None:
    with pytest.raises(Invalid):
        entries.read_amount(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("是", True),
        ("有", True),
        ("Y", True),
        ("１", True),
        ("√", True),
        ("否", False),
        ("无", False),
        ("FALSE", False),
    ],
)
def test_read_yes_no_takes_the_usual_words(text: str, answer: bool) -> None:
    assert entries.read_yes_no(text) is answer


@pytest.mark.parametrize("text", ["也许", "规上", "2", "是的吧"])
def test_read_yes_no_refuses_other_words(text: str) -> None:
    with pytest.raises(Invalid):
        entries.read_yes_no(text)


ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@given(st.text("0123456789", min_size=8, max_size=8), st.text(ALPHABET, min_size=9, max_size=9))
def test_credit_code_check_agrees_with_stdnum(digits: str, rest: str) -> None:
    first = digits + rest
    assert entries.credit_code_check(first) == uscc.calc_check_digit(first)
    code = first + entries.credit_code_check(first)
    assert entries.read_credit_code(code.lower()) == code


@given(st.text(ALPHABET + "IOSVZ", min_size=16, max_size=20))
def test_read_credit_code_refuses_what_stdnum_refuses(text: str) -> None:
    try:
        accepted = entries.read_credit_code(text) != ""
    except Invalid:
        accepted = False
    assert accepted == uscc.is_valid(text)


def test_read_credit_code_takes_full_width_and_spaces() -> None:
    assert entries.read_credit_code("９１４１１０８２ ＭＡ９０１００１７１") == "91411082MA90100171"


@pytest.mark.parametrize(
    ("text", "number"),
    [("13800000000", "13800000000"), ("138-0000-0000", "13800000000"), ("+86 138 0000 0000", "13800000000"),
     ("１３８００００００００", "13800000000"), ("0374-2965000", "0374-2965000"), ("(0374)2965000", "0374-2965000"),
     ("010-62550000", "010-62550000"), ("400-600-1234", "400-6001234"), ("0374-2965000转801", "0374-2965000转801")],
)  # fmt: skip
def test_read_phone_gives_one_spelling(text: str, number: str) -> None:
    assert entries.read_phone(text) == number
    assert phonenumbers.is_valid_number(phonenumbers.parse(text.replace("转", "x"), "CN")) is True


@pytest.mark.parametrize(
    "text", ["12345", "电话同上", "139-0374", "12345678901", "138000000000", "13800000000/13900000000"]
)
def test_read_phone_refuses_what_is_no_number(text: str) -> None:
    with pytest.raises(Invalid):
        entries.read_phone(text)


def test_read_mobile_refuses_a_landline() -> None:
    assert entries.read_mobile("138 0000 0000") == "13800000000"
    with pytest.raises(Invalid):
        entries.read_mobile("0374-2965000")


@pytest.mark.parametrize(
    "text",
    ["name@Example.com", "a.b+c@mail.example.com", "need001@enterprise.example.cn", "不是邮箱", "a@@b.cn", "tech@", "@b.cn",
     "a..b@c.cn", ".a@c.cn", "a@c", "a b@c.cn", "a@-c.cn", "a@c-.cn", "a@c..cn", "a@1.2.3.4"],
)  # fmt: skip
def test_read_email_agrees_with_email_validator(text: str) -> None:
    try:
        expected = validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        with pytest.raises(Invalid):
            entries.read_email(text)
    else:
        assert entries.read_email(text) == expected


@pytest.mark.parametrize("text", ["x" * 65 + "@c.cn", "a@" + "x." * 130 + "cn", "a@" + "x" * 64 + ".cn"])
def test_read_email_keeps_the_lengths_of_the_standard(text: str) -> None:
    with pytest.raises(Invalid):
        entries.read_email(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("长葛市", "长葛市"),
        ("长葛", "长葛市"),
        ("许昌市长葛市", "长葛市"),
        ("河南省许昌市魏都区", "魏都区"),
        ("开发区", "经济技术开发区"),
    ],
)
def test_read_county_takes_names_aliases_and_prefixes(text: str, name: str) -> None:
    assert entries.read_county(text, COUNTIES) == name


@pytest.mark.parametrize("text", ["郑州市", "许昌县县", "？", "许昌市", "长葛市魏都区"])
def test_read_county_refuses_other_places(text: str) -> None:
    with pytest.raises(Invalid):
        entries.read_county(text, COUNTIES)


def test_county_of_address_is_the_longest_name_it_begins_with() -> None:
    assert entries.county_of_address("河南省许昌市长葛市葛天大道 1 号", COUNTIES) == "长葛市"
    assert entries.county_of_address("郑州市金水区", COUNTIES) == ""


def test_read_words_takes_lists_and_labels_with_a_slash() -> None:
    modes = entries.read_words(CooperationMode, "技术咨询/服务、合作开发，技术转让/技术许可")
    assert modes == (CooperationMode.SERVICE, CooperationMode.JOINT, CooperationMode.TRANSFER, CooperationMode.LICENCE)


@pytest.mark.parametrize("text", ["合 作", "免费", "合作研发、免费", "/"])
def test_read_words_refuses_a_word_it_does_not_know(text: str) -> None:
    with pytest.raises(Invalid):
        entries.read_words(CooperationMode, text)


def test_read_word_takes_label_synonym_code_and_full_width() -> None:
    assert entries.read_word(Maturity, "产业化") is Maturity.PRODUCTION
    assert entries.read_word(NeedCategory, "人才／团队") is NeedCategory.TALENT
    assert entries.read_word(NeedCategory, "技术研发（关键核心技术）") is NeedCategory.RESEARCH
    assert entries.read_word(NeedCategory, "") is None


def test_read_keywords_splits_at_the_signs_people_use() -> None:
    assert entries.read_keywords("碳化硅、SiC，衬底;切片、SiC") == ("碳化硅", "SiC", "衬底", "切片")
    assert entries.read_keywords("碳化硅 衬底") == ("碳化硅", "衬底")
    assert entries.read_keywords("deep learning") == ("deep learning",)


def test_clean_takes_out_what_no_form_means_to_hold() -> None:
    hostile = "\ufeff a\x00b\u200bc\u202ed\ud800e\x1b_x000D_\r\nf\x85 ５ｍｍ\u2028g "
    assert entries.clean(hostile) == "abcde\nf ５ｍｍ\ng"
    assert entries.clean_line(" a \n b\t c ") == "a b c"
    assert entries.fold("Ａ１（开发区）") == "A1(开发区)"


@given(st.text())
def test_clean_is_stable_and_can_be_encoded(text: str) -> None:
    once = entries.clean(text)
    assert entries.clean(once) == once
    assert "\x00" not in once.encode("utf-8").decode("utf-8")


@given(st.text())
def test_no_text_breaks_a_reader(text: str) -> None:
    """Whatever is typed is read or refused with a message; nothing else is raised."""
    readers = (
        entries.read_date, entries.read_year, entries.read_amount, entries.read_yes_no, entries.read_credit_code,
        entries.read_phone, entries.read_mobile, entries.read_email, entries.read_keywords,
        lambda typed: entries.read_county(typed, COUNTIES), lambda typed: entries.read_words(CooperationMode, typed),
    )  # fmt: skip
    for read in readers:
        assert _message(read, text)[-1:] in ("", "。")


def _message(read: Callable[[str], object], text: str) -> str:
    try:
        read(text)
    except Invalid as error:
        return error.message
    return ""


@pytest.mark.parametrize("name", ["何铬", "欧阳明远", "张三科", "王所", "阿不都·热合曼", "J. Weber", "李建国"])
def test_people_are_told_from_offices(name: str) -> None:
    assert entries.is_person(name)


@pytest.mark.parametrize(
    "name", ["", "成果转化办公室", "科技处", "科研处", "转化中心", "技术转移中心", "电主轴课题组", "许昌某某学院"]
)
def test_offices_are_no_people(name: str) -> None:
    assert not entries.is_person(name)
