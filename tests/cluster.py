"""Owns a real, temporary PostgreSQL server: made for one test run, on the loopback address, removed afterwards."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

OLDEST = 15  # the oldest PostgreSQL we promise to work with
SPEED = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
ATTEMPTS = 5  # another program may take the free port before the server does


def find_binaries() -> Path:
    """Return the directory of the newest PostgreSQL server programs; LookupError when none is new enough."""
    found = [(int(path.parent.parent.name), path.parent) for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    newest = max(found, default=(0, Path()))
    if newest[0] >= OLDEST:
        return newest[1]
    on_path = shutil.which("initdb")
    if on_path is None:
        raise LookupError(f"no PostgreSQL {OLDEST}+ found: run tools/system.sh postgresql")
    return Path(on_path).resolve().parent


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """One server with its files in a directory of its own. The server refuses root, so root starts it as postgres."""

    def __init__(self, *, durable: bool = False) -> None:
        """`durable`: what was committed survives a crash, as in service; else quick."""
        self.durable = durable
        self.binaries = find_binaries()
        self.home = Path(tempfile.mkdtemp(prefix="market-postgresql-"))
        self.data = self.home / "data"
        self.log = self.home / "log"
        self.password = secrets.token_hex(16)
        self.port = 0
        password_file = self.home / "password"
        password_file.write_text(self.password, encoding="ascii")
        self.prefix: list[str] = []
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres")
            for path in (self.home, password_file):
                os.chown(path, owner.pw_uid, owner.pw_gid)
            self.prefix = ["runuser", "-u", "postgres", "--"]
        try:
            self._run("initdb", "--username=market", f"--pwfile={password_file}", "--auth=scram-sha-256",
                      "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
            self._start()
        except BaseException:
            shutil.rmtree(self.home)
            raise

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self.prefix, str(self.binaries / program), "-D", str(self.data), *arguments],
            check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip

    def _start(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            self.port = free_port()
            try:
                self.resume()
            except subprocess.CalledProcessError as error:
                if attempt == ATTEMPTS:
                    error.add_note(self.log.read_text(encoding="utf-8", errors="replace")[-2000:])
                    raise
            else:
                return

    def _options(self) -> str:
        kind = {"shared_buffers": SPEED["shared_buffers"]} if self.durable else SPEED
        settings = {**kind, "port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        return " ".join(f"-c {name}='{value}'" for name, value in settings.items())

    def restart(self, mode: str = "fast") -> None:
        """Stop the server (`immediate`: like a crash) and start it again at the same address."""
        self._run("pg_ctl", "-w", "-m", mode, "-l", str(self.log), "restart")

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of a database of this server."""
        return f"postgresql+psycopg://market:{self.password}@127.0.0.1:{self.port}/{database}"

    def _command(self, statement: sql.Composed) -> None:
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="market", password=self.password, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)

    def create(self, database: str, template: str = "template0") -> str:
        """Create a database as a copy of the template and return its address."""
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._command(command.format(sql.Identifier(database), sql.Identifier(template)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, ending the connections that are still open."""
        self._command(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def pause(self, *, how: str = "fast") -> None:
        """Stop the server as a machine that restarts it would; "immediate" is a crash. Its files and its port stay."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def resume(self) -> None:
        """Start the server again on the same port."""
        self._run("pg_ctl", "-w", "-l", str(self.log), "-o", self._options(), "start")

    def stop(self) -> None:
        """Stop the server and remove its files."""
        try:
            self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        finally:
            shutil.rmtree(self.home)
