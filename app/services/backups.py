"""Writes and reads backups: one file with the whole database, what it holds by count and hash, encrypted when there is a key.

The file is a tar.gz of `manifest.json`, `market.db` (always an SQLite file, whatever the database) and, when asked for,
`secret_key`; with a key it is an age file around that. docs/adr/0018-backups-are-sqlite-files.md says why.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import pyrage
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DatabaseError

from app.database import contents, copying
from app.database.base import Base
from app.database.contents import Holding
from app.domain.errors import Refusal

FORMAT = 1
AGE = b"age-encryption.org/"
BLOCK = 1 << 20
MANIFEST, DATABASE, KEY = "manifest.json", "market.db", "secret_key"


class BackupError(Refusal):
    """A backup could not be written or read; nothing half-written is left."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `made_at` in ISO 8601, `origin` the kind of database, `sha256` that of market.db."""

    format: int
    made_at: str
    revision: str
    origin: str
    sha256: str
    tables: dict[str, Holding]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(holding.rows for holding in self.tables.values())


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A backup that was taken apart and found whole."""

    manifest: Manifest
    database: Path
    secret_key: str | None


def new_identity() -> tuple[str, str]:
    """A new key for backups, and its public part."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def write(engine: Engine, target: Path, now: datetime, identity: str | None, secret_key: str | None) -> Manifest:
    """Back the database up while it is used, read the file back, and only then give it its name.

    Raises BackupError, and leaves what stood at `target` alone, when the disk is full or the copy is not what was seen.
    """
    with _told(target), _staging(target.parent, target.name) as stage:
        with copying.snapshot(engine) as source:
            revision = contents.revision_of(source)
            if revision is None:
                raise BackupError("数据库里还没有建表，没有可以备份的内容。")
            _room(stage, copying.size(source))
            seen = _copy(source, stage / DATABASE, revision)
            origin = source.dialect.name
        _compare(stage / DATABASE, seen)
        manifest = Manifest(FORMAT, now.isoformat(), revision, origin, _sha256(stage / DATABASE), seen)
        archive = _packed(stage, manifest, secret_key)
        if identity is not None:
            archive = _encrypted(archive, identity)
        _sync(archive)
        checked = unpack(archive, identity, stage / "read back")
        if checked.manifest != manifest:
            raise BackupError("备份文件读回后与写入的不一致，没有保留。请检查磁盘后重试。")
        archive.chmod(0o600)
        archive.replace(target)
        _sync(target.parent)
    return manifest


def unpack(file: Path, identity: str | None, folder: Path) -> Unpacked:
    """Take a backup apart below `folder` and check it against its own counts and hashes; BackupError when it is not whole."""
    folder.mkdir(mode=0o700)
    with _told(file):
        archive = _decrypted(file, identity, folder / "archive.tar.gz")
        try:
            manifest, secret_key = _unpacked(archive, folder)
        except (tarfile.TarError, EOFError, KeyError, ValueError, TypeError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise BackupError(f"“{file.name}”不是完整的备份文件。") from error
        if archive != file:
            archive.unlink()
        if _sha256(folder / DATABASE) != manifest.sha256:
            raise BackupError(f"“{file.name}”已损坏：数据与清单里的校验值不符。")
        _compare(folder / DATABASE, manifest.tables)
    return Unpacked(manifest, folder / DATABASE, secret_key)


@contextmanager
def opened(unpacked: Unpacked) -> Iterator[Connection]:
    """The database of a backup, to be read."""
    with _database(unpacked.database) as engine, copying.snapshot(engine) as connection:
        yield connection


def _copy(source: Connection, path: Path, revision: str) -> dict[str, Holding]:
    """Write what the snapshot shows into an SQLite file; what it holds by the source's own account."""
    if source.dialect.name == "sqlite":
        copying.into_sqlite_file(source, path)
        return contents.holdings(source)
    with _database(path) as engine, engine.begin() as copy:
        Base.metadata.create_all(copy)
        copy.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        copy.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
        return copying.fill(source, copy)


@contextmanager
def _database(path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{path}")
    try:
        yield engine
    finally:
        engine.dispose()


def _compare(path: Path, wanted: dict[str, Holding]) -> None:
    faults = copying.check_sqlite_file(path)
    with _database(path) as engine, copying.snapshot(engine) as copy:
        faults += contents.differences(wanted, contents.holdings(copy))
    if faults:
        raise BackupError("备份内容核对不符：" + "；".join(faults[:5]) + "。")


def _packed(stage: Path, manifest: Manifest, secret_key: str | None) -> Path:
    archive = stage / "archive.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=5) as tar:
        _add(tar, MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode())
        if secret_key is not None:
            _add(tar, KEY, secret_key.encode())
        tar.add(stage / DATABASE, DATABASE, filter=_nobody)
    return archive


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    tar.addfile(entry, io.BytesIO(data))


def _nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The file of nobody in particular: who made the backup stays out of it."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


def _unpacked(archive: Path, folder: Path) -> tuple[Manifest, str | None]:
    with tarfile.open(archive, "r:gz") as tar:
        said = json.loads(_member(tar, MANIFEST).read())
        if said["format"] != FORMAT:
            raise BackupError(f"备份文件的格式（{said['format']}）比本程序新，请用写它的版本恢复。")
        tables = {name: Holding(**holding) for name, holding in said.pop("tables").items()}
        with (folder / DATABASE).open("wb") as copy:
            shutil.copyfileobj(_member(tar, DATABASE), copy, BLOCK)
        key = _member(tar, KEY).read().decode() if KEY in tar.getnames() else None
    return Manifest(**said, tables=tables), key


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def _encrypted(archive: Path, identity: str) -> Path:
    recipient = pyrage.x25519.Identity.from_str(identity).to_public()
    locked = archive.with_suffix(".age")
    with archive.open("rb") as plain, locked.open("wb") as out:
        pyrage.encrypt_io(plain, out, [recipient])
    archive.unlink()
    return locked


def _decrypted(file: Path, identity: str | None, target: Path) -> Path:
    with file.open("rb") as locked:
        if locked.read(len(AGE)) != AGE:
            return file
        if identity is None:
            raise BackupError("备份已加密：请把写备份时的密钥填在设置 BACKUP_KEY 里。")
        locked.seek(0)
        try:
            with target.open("wb") as plain:
                pyrage.decrypt_io(locked, plain, [pyrage.x25519.Identity.from_str(identity)])
        except pyrage.DecryptError as error:
            raise BackupError("备份解不开：BACKUP_KEY 不是写它时的密钥，或文件已损坏。") from error
    return target


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _room(stage: Path, size: int) -> None:
    """Refuse at once what can't fit: the copy, the archive and the archive read back."""
    free = shutil.disk_usage(stage).free
    if free < 2 * size:
        raise BackupError(f"磁盘空间不足：备份约需 {2 * size >> 20} MB，只剩 {free >> 20} MB。原有备份没有改动。")


def clear(folder: Path, before: datetime) -> None:
    """Remove what backups that were killed have left in the folder, if it is older."""
    for stage in folder.glob(".*.part"):
        if stage.is_dir() and stage.stat().st_mtime < before.timestamp():
            shutil.rmtree(stage)


@contextmanager
def _staging(folder: Path, name: str) -> Iterator[Path]:
    """A directory beside the target that is gone afterwards, whatever happens."""
    stage = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".part", dir=folder))
    try:
        yield stage
    finally:
        shutil.rmtree(stage)


def _sync(path: Path) -> None:
    """Make sure that it stands on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say what the system complains about in words a person can act on."""
    try:
        yield
    except FileNotFoundError as error:
        raise BackupError(f"找不到“{error.filename or path}”，请检查路径。") from error
    except PermissionError as error:
        raise BackupError(f"“{error.filename or path}”不能读写，请检查目录权限。") from error
    except (OSError, sqlite3.Error, DatabaseError) as error:
        raise BackupError(f"备份“{path}”没有成功，原有文件没有改动：{_reason(error)}。") from error


def _reason(error: Exception) -> str:
    words = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)
    full = ("disk is full", "disk I/O error", "No space left", "File too large", "quota")
    if any(word in words for word in full):
        return f"磁盘空间不足或磁盘出错（{words}）"
    return f"磁盘是只读的（{words}）" if "ead-only" in words else words
