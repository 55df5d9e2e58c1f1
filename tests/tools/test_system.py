"""tools/system.sh installs what is missing and only that, and says what to do where it cannot."""

import os
import shutil
import subprocess
from pathlib import Path

import config

PROGRAMS = ("bash", "dirname", "id", "env", "mktemp", "rm", "tail")


def run(path: Path, *needs: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [path / "bash", config.ROOT / "tools/system.sh", *needs],
        env={"PATH": str(path)}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


def bare_machine(path: Path, apt_get: str | None = None, root: bool = True) -> Path:
    """Make a directory of programs without a browser and without fonts, as on a new machine."""
    path.mkdir()
    for program in PROGRAMS:
        found = shutil.which(program)
        assert found is not None
        (path / program).symlink_to(found)
    (path / "id").unlink()
    scripts = {"id": f"echo {0 if root else 1000}"} | ({"apt-get": apt_get} if apt_get else {})
    for name, line in scripts.items():
        (path / name).write_text(f"#!{path / 'bash'}\n{line}\n")
        (path / name).chmod(0o755)
    return path


def test_what_is_missing_is_installed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    path = bare_machine(tmp_path / "bin", f'echo "$DEBIAN_FRONTEND $*" >>{log}')
    ended = run(path, "chromium", "fonts")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert log.read_text().splitlines() == [
        "noninteractive update -q",
        "noninteractive install -q -y --no-install-recommends chromium fonts-noto-cjk fontconfig",
    ]


def test_nothing_is_done_when_everything_is_there(tmp_path: Path) -> None:
    path = bare_machine(tmp_path / "bin", "exit 1")
    (path / "chromium").symlink_to(path / "bash")
    ended = run(path, "chromium")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_failure_shows_what_apt_said(tmp_path: Path) -> None:
    ended = run(bare_machine(tmp_path / "bin", "echo no such mirror; exit 100"), "chromium")
    assert (ended.returncode, ended.stderr) == (1, "no such mirror\n")


def test_without_apt_the_packages_are_named(tmp_path: Path) -> None:
    ended = run(bare_machine(tmp_path / "bin"), "chromium")
    assert ended.returncode == 1
    assert ended.stderr == "Please install these by hand, then try again (Debian's names): chromium\n"


def test_without_root_and_sudo_the_administrator_is_asked(tmp_path: Path) -> None:
    ended = run(bare_machine(tmp_path / "bin", "exit 0", root=False), "chromium")
    assert (ended.returncode, ended.stderr) == (1, "Please ask an administrator for: apt-get install chromium\n")


def test_every_script_is_sound_shell() -> None:
    scripts = [*sorted((config.ROOT / "tools").glob("*.sh")), config.ROOT / ".ci/run"]
    faulty = [script.name for script in scripts if subprocess.run(["bash", "-n", script], check=False).returncode]
    assert faulty == []
    assert [script.name for script in scripts if not os.access(script, os.X_OK)] == []
