"""Public texts reach nobody by telephone, and hidden firms stay hidden."""

import pytest

from app.domain.masking import HIDDEN_CONTACT, HIDDEN_NAME, without_contacts, without_name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("联系电话：13712345678，张工", f"{HIDDEN_CONTACT}，张工"),
        ("请打 138-1234-5678 详谈", f"请打 {HIDDEN_CONTACT} 详谈"),
        ("+86 13812345678", HIDDEN_CONTACT),
        ("固话0374-2345678转8", f"固话{HIDDEN_CONTACT}转8"),
        ("邮箱 zhang.gong@firm.com.cn。", f"{HIDDEN_CONTACT}。"),
        ("微信号：zg_1987", HIDDEN_CONTACT),
        ("节拍 132 件/分，压力 0374 kPa，编号 20220215001234", "节拍 132 件/分，压力 0374 kPa，编号 20220215001234"),
        ("", ""),
    ],
)
def test_contacts_are_left_out_and_figures_are_kept(text: str, shown: str) -> None:
    assert without_contacts(text) == shown


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("许昌嘉特再生资源股份有限公司的骨料线", "许昌嘉特再生资源股份有限公司", f"{HIDDEN_NAME}的骨料线"),
        ("许昌嘉特再生资源的骨料线", "许昌嘉特再生资源股份有限公司", f"{HIDDEN_NAME}的骨料线"),
        ("长葛华合机械（许昌）有限公司", "长葛华合机械（许昌）有限公司", HIDDEN_NAME),
        ("机械加工", "机械有限公司", "机械加工"),
    ],
)
def test_a_hidden_name_is_left_out_with_and_without_its_legal_form(text: str, name: str, shown: str) -> None:
    assert without_name(text, name) == shown
