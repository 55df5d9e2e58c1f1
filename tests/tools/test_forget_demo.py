"""tools/forget_demo removes the demo database and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import config


def run(data_dir: Path, **given: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.defpath, "DATA_DIR": str(data_dir), **given}
    return subprocess.run(
        [sys.executable, "-m", "tools.forget_demo"],
        env=environ, cwd=config.ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_demo_database_is_removed_and_other_files_stay(tmp_path: Path) -> None:
    for name in ("market.db", "market.db-wal", "market.db-shm", "other.db"):
        (tmp_path / name).write_text("x")
    ended = run(tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.db", "secret_key"]


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("x")
    ended = run(tmp_path, DATABASE_URL=f"sqlite:///{other}")
    assert (ended.returncode, other.read_text()) == (2, "x")
    assert ended.stderr == "设置 DATABASE_URL 指向另一个数据库；make demo 只清空程序自带的演示数据库。\n"
