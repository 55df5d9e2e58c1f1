#!/usr/bin/env bash
# Installs the system programs that are missing, with apt-get: tools/system.sh venv|chromium|fonts|postgresql|wrk ...
# Says what to install by hand on a system without apt-get. Quick when everything is there.
set -euo pipefail

has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
has_fonts() { command -v fc-list >/dev/null && [ -n "$(fc-list ':lang=zh-cn' family)" ]; }
has_postgresql() { compgen -G '/usr/lib/postgresql/1[5-9]/bin/initdb' >/dev/null || command -v initdb >/dev/null; }

packages=()
for need in "$@"; do
    case $need in
        venv) packages+=(python3-venv) ;;
        chromium) has_chromium || packages+=(chromium) ;;
        fonts) has_fonts || packages+=(fonts-noto-cjk fontconfig) ;;
        postgresql) has_postgresql || packages+=(postgresql) ;;
        wrk) command -v wrk >/dev/null || packages+=(wrk) ;;
        *)
            echo "tools/system.sh does not know \"$need\"." >&2
            exit 2
            ;;
    esac
done
[ ${#packages[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "Please install these by hand, then try again (Debian's names): ${packages[*]}" >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Please ask an administrator for: apt-get install ${packages[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

echo "Installing ${packages[*]} ..."
export DEBIAN_FRONTEND=noninteractive
run() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" </dev/null; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { run apt-get update -q && run apt-get install -q -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    exit 1
fi
