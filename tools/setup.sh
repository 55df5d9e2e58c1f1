#!/usr/bin/env bash
# Makes .venv and installs one lock file into it: tools/setup.sh requirements.lock
# Quick when nothing has changed: a stamp inside .venv remembers what was installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lock=${1:?which lock file?}
venv=.venv

newest_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is needed and was not found. On Debian: apt-get install python3 python3-venv" >&2
    return 1
}

if ! [ -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(newest_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        tools/system.sh venv
    fi
    echo "Making $venv with $("$python" --version) ..."
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

stamp=$venv/.installed-$lock
wanted=$(sha256sum "$lock" | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "Installing $lock into $venv ..."
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$lock"
    echo "$wanted" >"$stamp"
    # The development lock holds the same versions and more: no need to install twice.
    if [ "$lock" = requirements-dev.lock ]; then
        sha256sum requirements.lock | cut -d' ' -f1 >"$venv/.installed-requirements.lock"
    fi
fi
