"""Backups: whole on both databases and between them, read back, encrypted, kept when the disk is full; old letters held."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text

from app.database import contents, copying
from app.database.contents import Holding
from app.domain import clock
from app.extensions import db, writing
from app.factory import create_app
from app.jobs import deliver
from app.models.letter import Letter
from app.models.people import Organisation
from app.services import backups
from tests.cast import NOW
from tests.cluster import Cluster
from tests.conftest import DATABASES, ROOT, settings_for
from tests.postbox import Postbox
from tests.security import estate


@pytest.fixture(params=DATABASES)
def other_url(request: pytest.FixtureRequest, tmp_path: Path, numbers: Iterator[int]) -> Iterator[str]:
    """A second database without any table: where a restored or moved installation goes."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"other_{next(numbers)}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest.fixture
def filled(app: Flask) -> Flask:
    """An installation with a record of every kind, files and letters among them."""
    with app.app_context(), writing() as session:
        estate.build(session)
    return app


def holdings(app: Flask) -> dict[str, Holding]:
    with app.app_context(), copying.snapshot(db.engine) as connection:
        return contents.holdings(connection)


def told(app: Flask, *words: str) -> str:
    """What the command says; it must end well."""
    ended = app.test_cli_runner().invoke(args=list(words))
    assert ended.exit_code == 0, ended.output
    return ended.output


def refused(app: Flask, *words: str) -> str:
    ended = app.test_cli_runner().invoke(args=list(words))
    assert ended.exit_code == 1, ended.output
    return ended.output


def second(url: str, tmp_path: Path, **given: str) -> Flask:
    return create_app(settings_for(url, tmp_path / "second", **given))


def close(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def without_letters(found: dict[str, Holding]) -> dict[str, Holding]:
    return {name: holding for name, holding in found.items() if name not in ("letter", "lease")}


def test_what_was_backed_up_comes_back(filled: Flask, other_url: str, tmp_path: Path) -> None:
    file = tmp_path / "market.backup"
    before = holdings(filled)
    told(filled, "backup", str(file))
    new = second(other_url, tmp_path)
    told(new, "restore", str(file))
    after = holdings(new)
    assert sum(holding.rows for holding in before.values()) > 100
    assert before["attachment"].rows > 0
    assert without_letters(after) == without_letters(before)
    assert after["letter"].rows == before["letter"].rows
    with new.app_context(), writing() as session:  # numbers go on where they were
        firm = Organisation(kind="enterprise", name="后来的企业", created_at=NOW)
        session.add(firm)
        session.flush()
        assert firm.id == session.scalar(select(func.max(Organisation.id)))
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith(".")) == []
    close(new)


def test_moving_to_another_database_copies_everything(filled: Flask, other_url: str, tmp_path: Path) -> None:
    before = holdings(filled)
    told(filled, "move-to", other_url.replace("+psycopg", ""))
    new = second(other_url, tmp_path)
    after = holdings(new)
    assert {name: one for name, one in after.items() if name != "lease"} == {
        name: one for name, one in before.items() if name != "lease"
    }
    assert "目标数据库里已有数据" in refused(filled, "move-to", other_url)
    assert holdings(new) == after
    close(new)


@pytest.mark.databases("sqlite")
def test_a_restored_copy_sends_no_old_letter_until_somebody_says_so(app: Flask, smtp: Postbox, tmp_path: Path) -> None:
    file = tmp_path / "market.backup"
    with app.app_context(), writing() as session:
        for name in ("first", "second"):
            session.add(
                Letter(key=name, kind="account", recipient=f"{name}@guest.example", subject="旧信", text="旧信的内容。",
                       message_id=f"letter.{name}", priority=0, due_at=NOW, created_at=NOW)
            )  # fmt: skip
    told(app, "backup", str(file))
    new = second(f"sqlite:///{tmp_path / 'new.db'}", tmp_path, MAIL_PORT=str(smtp.port))
    assert "当时等待发送的 2 封信已暂停" in told(new, "restore", str(file))
    clock.set_clock(NOW)
    try:
        with new.app_context():
            assert deliver.drain(NOW).sent == 0
        assert told(new, "letters", "release", "--yes") == "已放行 2 封信，仍暂停 0 封。\n"
        with new.app_context():
            assert deliver.drain(NOW).sent == 2
    finally:
        clock.set_clock(None)
    assert len(smtp.received) == 2
    close(new)


@pytest.mark.databases("sqlite")
def test_held_letters_may_be_dropped(filled: Flask, tmp_path: Path) -> None:
    file = tmp_path / "market.backup"
    told(filled, "backup", str(file))
    new = second(f"sqlite:///{tmp_path / 'new.db'}", tmp_path)
    told(new, "restore", str(file))
    held = int(told(new, "letters", "held").split()[0])
    assert told(new, "letters", "drop", "--yes") == f"已取消 {held} 封信。\n"
    assert told(new, "letters", "held").split()[0] == "0"
    close(new)


# ------------------------------------------------------------------------------------------ consistency


def write_a_pair(engine_url: str) -> None:
    """One transaction that writes a row into each of two tables: nobody may ever see one without the other."""
    engine = create_engine(engine_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO serial (series, last) VALUES ('pair', 1)"))
        connection.execute(text("INSERT INTO lease (name, done_mark, last_error) VALUES ('pair', '', '')"))
    engine.dispose()


def rows(engine_url: str, table: str) -> int:
    engine = create_engine(engine_url)
    with engine.connect() as connection:
        found = connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0
    engine.dispose()
    return int(found)


def test_a_backup_sees_one_moment_whatever_is_written_meanwhile(app: Flask) -> None:
    url = app.extensions["settings"].database_url
    with app.app_context(), copying.snapshot(db.engine) as connection:
        serials = connection.scalar(text("SELECT count(*) FROM serial"))
        write_a_pair(url)
        leases = connection.scalar(text("SELECT count(*) FROM lease"))
        assert (serials, leases) == (0, 0)
        assert contents.holdings(connection)["serial"].rows == 0


def test_without_the_snapshot_it_would_be_torn(app: Flask) -> None:
    url = app.extensions["settings"].database_url
    serials = rows(url, "serial")
    write_a_pair(url)
    assert (serials, rows(url, "lease")) == (0, 1)


# ------------------------------------------------------------------------------------------ keys and damage


@pytest.mark.databases("sqlite")
def test_an_encrypted_backup_opens_with_its_own_key_only(filled: Flask, tmp_path: Path) -> None:
    file = tmp_path / "market.backup"
    key, wrong = backups.new_identity()[0], backups.new_identity()[0]
    settings = filled.extensions["settings"]
    told(create_app(dataclasses.replace(settings, backup_key=key)), "backup", str(file), "--secret-key")
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    assert b"SQLite format 3" not in file.read_bytes()
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert "备份已加密" in refused(second(url, tmp_path), "restore", str(file))
    assert "备份解不开" in refused(second(url, tmp_path, BACKUP_KEY=wrong), "restore", str(file))
    new = second(url, tmp_path, BACKUP_KEY=key)
    told(new, "restore", str(file))
    assert without_letters(holdings(new)) == without_letters(holdings(filled))
    close(new)


@pytest.mark.databases("sqlite")
def test_the_key_that_signs_links_is_never_written_in_the_open(filled: Flask, tmp_path: Path) -> None:
    assert "密钥不能写进未加密的备份" in refused(filled, "backup", str(tmp_path / "one"), "--secret-key")
    assert not (tmp_path / "one").exists()


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("damage", ["cut", "changed", "something else"])
def test_a_damaged_backup_is_refused_and_nothing_is_written(app: Flask, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "market.backup"
    told(app, "backup", str(file))
    data = bytearray(file.read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    elif damage == "changed":
        data[len(data) // 2] ^= 0x55
    else:
        data[:] = b"no backup at all"
    file.write_bytes(data)
    url = f"sqlite:///{tmp_path / 'new.db'}"
    new = second(url, tmp_path)
    words = refused(new, "restore", str(file))
    assert "不是完整的备份文件" in words or "已损坏" in words
    with new.app_context(), copying.snapshot(db.engine) as connection:
        assert contents.tables_of(connection) == []
    close(new)


@pytest.mark.databases("sqlite")
def test_restoring_refuses_an_installation_that_people_work_with(filled: Flask, tmp_path: Path) -> None:
    file = tmp_path / "market.backup"
    told(filled, "backup", str(file))
    before = holdings(filled)
    assert "目标数据库里已有数据" in refused(filled, "restore", str(file))
    assert holdings(filled) == before


# ------------------------------------------------------------------------------------------ disks


@pytest.mark.databases("sqlite")
def test_a_full_disk_leaves_the_last_backup_and_nothing_half_written(filled: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    file = folder / "market.backup"
    file.write_bytes(b"the last one")
    settings = filled.extensions["settings"]
    command = f'ulimit -f 300; exec "$0" -m flask --app wsgi backup {file}'  # 300 kB: less than the database
    ended = subprocess.run(
        ["env", f"DATABASE_URL={settings.database_url}", f"DATA_DIR={settings.data_dir}", "bash", "-c", command,
         sys.executable],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1, ended.stderr
    assert "磁盘空间不足或磁盘出错" in ended.stderr
    assert (file.read_bytes(), [one.name for one in folder.iterdir()]) == (b"the last one", ["market.backup"])


@pytest.mark.databases("sqlite")
def test_more_than_fits_is_refused_before_it_is_begun(
    filled: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1 << 20))
    assert "磁盘空间不足：备份约需" in refused(filled, "backup", str(tmp_path / "market.backup"))
    assert not (tmp_path / "market.backup").exists()


@pytest.mark.databases("sqlite")
def test_a_folder_that_is_not_there_is_named(filled: Flask, tmp_path: Path) -> None:
    assert f"找不到“{tmp_path}/nowhere" in refused(filled, "backup", str(tmp_path / "nowhere" / "market.backup"))
    assert "找不到" in refused(second(f"sqlite:///{tmp_path / 'new.db'}", tmp_path), "restore", str(tmp_path / "none"))
