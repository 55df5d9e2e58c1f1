"""Removes the database of the demo season and the letters caught with it, for make demo: python -m tools.forget_demo.

Only the SQLite file that the program makes by itself is ever removed; somebody at a terminal is asked first.
"""

import os
import shutil
import sys
from pathlib import Path

import config


def main() -> int:
    """Remove the file; 0 when it is gone, 1 when the person said no, 2 when another database is configured."""
    settings = config.load_or_exit({**os.environ, "FLASK_RUN_FROM_CLI": "true"})
    path = settings.data_dir / "market.db"
    if settings.database_url != f"sqlite:///{path}":
        print("设置 DATABASE_URL 指向另一个数据库；make demo 只清空程序自带的演示数据库。", file=sys.stderr)
        return 2
    if not path.exists():
        return 0
    if sys.stdin.isatty():
        answer = input(f"将删除 {path} 里的全部数据，并重新载入演示数据。请先停止正在运行的程序。继续请输入 y：")
        if answer.strip().lower() not in {"y", "yes"}:
            print("没有改动任何数据。")
            return 1
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    shutil.rmtree(settings.data_dir / "mails", ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
