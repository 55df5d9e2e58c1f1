# The commands of this project. Every one of them can be given on a fresh checkout: what is missing is installed first.
# Debian 12 (or another system with apt-get) and Python 3.11 or newer are expected; see README.md for other systems.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
# The processes the tests may use at once.
TEST_PROCESSES ?= 2
# More arguments for pytest: make test ARGS="-k needs -x"
ARGS ?=

.PHONY: help setup setup-dev run demo test lint screenshots docs lock

help: ## show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /\1|/' | while IFS='|' read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

setup: ## make the virtual environment .venv with the locked dependencies
	@tools/setup.sh requirements.lock

setup-dev:
	@tools/setup.sh requirements-dev.lock

run: setup ## start the program with its background work, a mail catcher and the demo season
	@$(FLASK) demo run

demo: setup ## throw the demo data away and load the demo season again
	@$(BIN)/python -m tools.forget_demo
	@$(FLASK) db upgrade
	@$(FLASK) demo load
	@$(FLASK) demo stage

test: setup-dev ## install what the tests need and run them all
	@tools/system.sh chromium fonts postgresql
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) $(ARGS)

lint: setup-dev ## ruff, mypy, import contracts, templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@tools/lint_templates.sh

screenshots: setup-dev ## write the pictures of the README from the running program
	@tools/system.sh chromium fonts
	@$(BIN)/python -m tools.screenshots

docs: setup ## write docs/states.md and docs/permissions.md again from the code
	@$(BIN)/python tools/write_docs.py

lock: setup-dev ## write both lock files again from the ranges in pyproject.toml
	@tools/lock.sh
