#!/usr/bin/env bash
# Checks the templates with djlint (its settings are in pyproject.toml). Letters in plain text are not HTML.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

.venv/bin/djlint app/templates --lint --quiet
