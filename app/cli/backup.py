"""The commands of backups: write one, restore one into an empty installation, move to another database, make a key."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
import flask_migrate
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, OperationalError

from app.cli.printing import answer
from app.database import contents, copying, schema
from app.database.sqlite import WRITING
from app.domain import clock
from app.domain.errors import Refusal
from app.domain.settings import Settings
from app.extensions import db, writing
from app.services import backups, restoring

MIGRATIONS = str(Path(__file__).resolve().parents[2] / "migrations")
PATH = click.Path(dir_okay=False, path_type=Path)


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except Refusal as error:
        raise click.ClickException(error.message) from error


@click.command("backup")
@click.argument("file", type=PATH)
@click.option("--secret-key", is_flag=True, help="Put the key that signs sessions and links in as well.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def backup(file: Path, secret_key: bool, as_json: bool) -> None:
    """Write everything into FILE while the program runs; encrypted when BACKUP_KEY is set. Replaces FILE when it is whole."""
    settings = _settings()
    if secret_key and settings.backup_key is None:
        raise click.ClickException("密钥不能写进未加密的备份：请先设置 BACKUP_KEY（flask --app wsgi backup-key）。")
    with _refusals():
        manifest = backups.write(
            db.engine, file.absolute(), clock.now(), settings.backup_key, settings.secret_key if secret_key else None
        )
    size = file.stat().st_size
    data = {"file": str(file), "bytes": size, "encrypted": settings.backup_key is not None,
            "revision": manifest.revision, "tables": len(manifest.tables), "rows": manifest.rows}  # fmt: skip
    kind = "已加密" if settings.backup_key else "未加密，请妥善保管"
    lines = [
        f"备份已写好并读回核对：{file}（{size / 1e6:.1f} MB，{kind}）。",
        f"{len(manifest.tables)} 张表，{manifest.rows} 行，数据库结构 {manifest.revision}。",
    ]
    answer(as_json, data, lines)


@click.command("backup-key")
def backup_key() -> None:
    """Print a new key for BACKUP_KEY. Keep a copy away from this machine: without it nobody reads the backups."""
    identity, public = backups.new_identity()
    click.echo(identity)
    click.echo(f"公开部分 {public}。请把上一行另存一份到别处：没有它，备份谁也打不开。", err=True)


@click.command("restore")
@click.argument("file", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
@with_appcontext
def restore(file: Path, as_json: bool) -> None:
    """Put the backup FILE into this installation, whose database must be empty; letters that waited are held back."""
    settings, now = _settings(), clock.now()
    with _refusals(), tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.data_dir) as stage:
        unpacked = backups.unpack(file, settings.backup_key, Path(stage) / "backup")
        revision = unpacked.manifest.revision
        if revision > schema.newest():
            raise click.ClickException(f"备份来自更新的版本（{revision}），请先升级程序再恢复。")
        _empty_tables(current_app._get_current_object(), revision)  # type: ignore[attr-defined] # noqa: SLF001
        with backups.opened(unpacked) as source, _filling() as target:
            restoring.load(source, target, unpacked.manifest.tables)
        flask_migrate.upgrade(directory=MIGRATIONS)
        with writing() as session:
            held = restoring.settle(session, now, hold=True)
        key = _put_key(unpacked.secret_key, settings)
    manifest = unpacked.manifest
    made = clock.local(datetime.fromisoformat(manifest.made_at))
    data = {"revision": revision, "tables": len(manifest.tables), "rows": manifest.rows, "held": held, "key": key}
    lines = [
        f"已恢复 {made:%Y-%m-%d %H:%M} 的备份：{len(manifest.tables)} 张表，{manifest.rows} 行，逐表核对一致。",
        f"当时等待发送的 {held} 封信已暂停，不会自动发出；查看后运行 flask --app wsgi letters release 或 letters drop。",
    ]
    if key:
        lines.append("签名密钥已一并恢复，来宾手里的链接仍然有效。")
    elif held or manifest.rows:
        lines.append("备份里没有签名密钥：若 DATA_DIR/secret_key 与原来不同，已发出的链接会失效。")
    answer(as_json, data, [*lines, "请运行 flask --app wsgi verify 做一次全面检查。"])


@click.command("move-to")
@click.argument("address")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def move_to(address: str, as_json: bool) -> None:
    """Copy everything into the empty database at ADDRESS (postgresql://… or sqlite:///…) and check the copy."""
    settings = _settings()
    url = address.replace("postgresql://", "postgresql+psycopg://", 1).replace(
        "postgres://", "postgresql+psycopg://", 1
    )
    if not url.startswith(("postgresql+psycopg://", "sqlite:////")):
        raise click.BadParameter("目标地址应形如 postgresql://用户:密码@主机/库名 或 sqlite:////绝对路径")
    if url == settings.database_url:
        raise click.BadParameter("目标就是现在的数据库，请写另一个地址")
    make: Callable[[Settings], Flask] = current_app.extensions["create_app"]
    other = make(dataclasses.replace(settings, database_url=url))
    try:
        with _refusals(), copying.snapshot(db.engine) as source:
            revision = contents.revision_of(source) or ""
            with _closed(other), other.app_context():
                _empty_tables(other, revision)
                with _filling() as target:
                    copied = restoring.load(source, target)
                with writing() as session:
                    restoring.settle(session, clock.now(), hold=False)
    except OperationalError as error:
        raise click.ClickException(
            f"目标数据库没有回应，没有写入任何内容：{str(error.orig).splitlines()[0]}"
        ) from error
    except DataError as error:
        raise click.ClickException(
            f"有内容放不进目标数据库，没有写入任何内容：{str(error.orig).splitlines()[0]}"
        ) from error
    rows = sum(holding.rows for holding in copied.values())
    lines = [
        f"已复制 {len(copied)} 张表、{rows} 行，逐表核对一致。",
        "现在请停止所有进程，把设置 DATABASE_URL 改为新地址再启动；旧数据库请留作备份，不要再用它发信。",
    ]
    answer(as_json, {"tables": len(copied), "rows": rows}, lines)


@contextmanager
def _closed(app: Flask) -> Iterator[None]:
    """Leave no connection of the other application open."""
    try:
        yield
    finally:
        with app.app_context():
            db.engine.dispose()


def _empty_tables(app: Flask, revision: str) -> None:
    """Make sure that the application's database has the tables of this migration, and nobody's rows."""
    with db.engine.connect() as connection:
        there = contents.revision_of(connection)
        if there is not None or contents.tables_of(connection):
            restoring.require_empty(connection)
    with app.app_context():
        if there is None or there < revision:
            flask_migrate.upgrade(directory=MIGRATIONS, revision=revision)
        elif there > revision:
            flask_migrate.downgrade(directory=MIGRATIONS, revision=revision)


@contextmanager
def _filling() -> Iterator[Connection]:
    """One writing transaction of the application's database, all or nothing."""
    with db.engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        yield connection


def _put_key(key: str | None, settings: Settings) -> bool:
    """Put the key of the backup in the place of the one that this empty installation made for itself."""
    path = settings.data_dir / "secret_key"
    if key is None or not path.exists() or path.read_text(encoding="ascii").strip() != settings.secret_key:
        return False
    draft = path.with_name(".secret_key.restored")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
    draft.replace(path)
    return True


COMMANDS = (backup, backup_key, restore, move_to)
OWN_SCHEMA = (backup_key, restore)
"""These look after the database's schema themselves, or need none."""
