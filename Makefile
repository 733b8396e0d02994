# Everything one does with Parley, from a fresh clone, needing only make and Python 3.11 or newer.
# What is made is stamped: a second `make run` does no work before it serves.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(PY) -m pip install --quiet --require-hashes
ARGS ?=

# The first of these that is 3.11 or newer makes the virtual environment; PYTHON=… names another.
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python
NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

# Node builds the web client: the one on PATH from 20 on, else the one that the pinned package brings.
NODE_ON_PATH := npm --version >/dev/null 2>&1 && \
	node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null
WITH_NODE := if ! { $(NODE_ON_PATH); }; then $(PIP) -r requirements/node.txt && PATH="$(CURDIR)/$(BIN):$$PATH" && \
	export PATH; fi;

WEB_SOURCES := $(shell find web -name node_modules -prune -o -type f -print 2>/dev/null)
WEB_BUILT := src/parley/static/index.html
WEB_READY := web/node_modules/.package-lock.json
BUILT_FROM := $(foreach folder,engine kernel lobby realtime,$(wildcard src/parley/$(folder)/*.py))
BINARIES = $(wildcard src/*.so src/parley/*/*.so)

.PHONY: help setup run test check fix bench docs web pins compiled uncompiled chromium clean

help: ## this list
	@echo "Parley. The two commands are 'make run' and 'make test'."
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
		awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

setup: $(VENV)/.base $(WEB_BUILT) ## install the pinned packages into .venv and build the web client
	@:

run: setup ## set up what is missing, then serve on http://localhost:3000
	@exec $(PY) -m parley serve $(ARGS)

test: setup $(VENV)/.dev chromium ## run every test; ARGS="tests/unit -k frames" runs some
ifeq ($(strip $(ARGS)),)
	@$(WITH_NODE) cd web && npm run --silent test
	@$(PY) -m pytest -n auto
	@$(PY) -m pytest -n auto -q -p tests.support.uncompiled tests/unit/engine tests/unit/realtime tests/unit/lobby
else
	@$(PY) -m pytest $(ARGS)
endif

check: $(VENV)/.dev $(WEB_READY) ## lint, types, import rules, generated documents, the web client's own checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PY) -m parley docs --check
	@$(WITH_NODE) cd web && npm run --silent check

fix: $(VENV)/.dev ## mend what the linter and the formatter can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup $(VENV)/.dev ## measure side by side with a Node server; prints medians and ratios
	@$(WITH_NODE) $(PY) bench/run.py $(ARGS)

docs: $(VENV)/.base ## write docs/api and the web client's types from the code
	@$(PY) -m parley docs

web: $(WEB_BUILT) ## build the web client alone

pins: $(VENV)/.dev ## resolve the newest allowed versions again and write requirements/*.txt
	@set -e; compile() { $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links "$$@"; }; \
	compile pyproject.toml requirements/build.in -o requirements/base.txt; \
	compile pyproject.toml requirements/build.in requirements/dev.in -c requirements/base.txt \
		-o requirements/dev.txt; \
	compile requirements/node.in -o requirements/node.txt

compiled: ## compile the busiest modules again
	@rm -f $(VENV)/.base
	@$(MAKE) $(VENV)/.base

uncompiled: ## run the busiest modules as they are written, until one of them changes
	@rm -f $(BINARIES)

clean: uncompiled ## remove what was made here, except the data in var/
	@rm -rf $(VENV) web/node_modules src/parley/static src/parley.egg-info build dist
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(PY):
	@for python in $(PYTHONS); do \
		if command -v $$python >/dev/null && $$python -c '$(NEW_ENOUGH)' 2>/dev/null; then \
			echo "Making $(VENV) with $$($$python --version)."; exec $$python -m venv $(VENV); \
		fi; \
	done; \
	echo "Parley needs Python 3.11 or newer with its venv module (Debian, Ubuntu: apt-get install python3-venv)." >&2; \
	exit 1

$(VENV)/.base: requirements/base.txt pyproject.toml setup.py $(BUILT_FROM) | $(PY)
	@echo "Installing the pinned packages, and compiling Parley's busiest modules where there is a C compiler."
	@$(PIP) -r requirements/base.txt
	@rm -rf build $(BINARIES)
	@PIP_DISABLE_PIP_VERSION_CHECK=1 $(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@ls src/parley__mypyc* >/dev/null 2>&1 || echo "Nothing was compiled, so Parley runs on its sources;" \
		"'$(PY) setup.py build_ext --inplace' says why."
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	@echo "Installing what tests and checks need."
	@$(PIP) --no-compile -r requirements/dev.txt
	@touch $@

$(WEB_READY): web/package.json web/package-lock.json | $(VENV)/.base
	@echo "Installing what the web client is built with."
	@$(WITH_NODE) cd web && npm ci --silent --no-audit --no-fund
	@touch $@

$(WEB_BUILT): $(WEB_READY) $(WEB_SOURCES)
	@echo "Building the web client."
	@$(WITH_NODE) cd web && npm run --silent build
	@touch $@

chromium: $(VENV)/.dev
	@if ! $(PY) -m tests.support.chromium && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium from the distribution's packages."; \
		export DEBIAN_FRONTEND=noninteractive; apt-get -qq update >/dev/null || true; \
		apt-get -qq install -y chromium-headless-shell >/dev/null 2>&1 || \
			apt-get -qq install -y chromium >/dev/null || true; \
	fi
