#!/usr/bin/env bash
# Writes requirements.lock and requirements-dev.lock from pyproject.toml: names and versions, no address.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compile() {
    .venv/bin/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --no-header --no-annotate "$@"
}
compile --extra fast -o requirements.lock
compile --extra fast --extra solver --extra dev -c requirements.lock -o requirements-dev.lock
