"""The pages under docs/ that are written from the code say what the code says."""

from pathlib import Path

import pytest

from tools.write_docs import PAGES

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_written_page_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == PAGES[name](), "run .venv/bin/python tools/write_docs.py"
