# The chores of Legenda. `make` alone lists them.
PYTHON ?= python3
VENV   ?= .venv
CORPUS ?= build/sample
STORE  ?= build/store
HOST   ?= 127.0.0.1
PORT   ?= 8000
SPARQL11 ?= ../shared/conformance/sparql11
BIN     = $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help conformance env run enrich serve web sample test lint types format bench lock clean

help: ## list the chores
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'
	@echo "  Variables: CORPUS=$(CORPUS) STORE=$(STORE) HOST=$(HOST) PORT=$(PORT) PYTHON=$(PYTHON)"

run: enrich ## everything: environment, the sample corpus (or CORPUS=path) enriched, the service started
	$(BIN)/legenda serve --store $(STORE) --host $(HOST) --port $(PORT)

test: env ## lint, types, import contracts, tests
	$(MAKE) --no-print-directory lint types
	$(BIN)/python -m pytest

env: $(VENV)/.installed ## the virtual environment, from pinned versions

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

build/sample: enrich/sample | env
	$(BIN)/legenda sample $@

sample: env ## draw the sample corpus into build/sample
	$(BIN)/legenda sample build/sample

enrich: env $(filter build/sample,$(CORPUS)) ## enrich CORPUS into STORE
	$(BIN)/legenda enrich $(CORPUS) --store $(STORE) || [ $$? -eq 1 ] # 1: some items failed and were reported

serve: env ## serve STORE
	$(BIN)/legenda serve --store $(STORE) --host $(HOST) --port $(PORT)

web: ## build the map, the query editor and the zoom of plates from npm (optional: the pages work without)
	cd api/static-src && npm ci --no-fund --no-audit && npm run build

conformance: env ## the W3C's protocol tests by npm's rdf-test-suite (SPARQL11=folder of the tests)
	$(BIN)/python benchmarks/web_conformance.py $(SPARQL11)

lint: env ## ruff and the import contracts between rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: env ## mypy
	$(BIN)/mypy

format: env ## rewrite the sources in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## pin today's newest versions that pyproject.toml allows into constraints.txt
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet '.[test]'
	build/lock/bin/python -m pip freeze --exclude legenda | grep -v -E '^(nvidia-|cuda-|triton)' > constraints.txt

clean: ## remove what was built (not the environment)
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
