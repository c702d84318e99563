# Everything below runs from the project's own .venv; the machine brings Python 3.11+, git and make.
SHELL := /bin/sh
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
READY := .venv/.synced
MANAGE := DJANGO_SETTINGS_MODULE=briefings_site.settings.test $(BIN)/python manage.py

.PHONY: help demo test proof chaos cluster bench check format lint types contracts migrations audit clean

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(READY) ## start the whole site on http://127.0.0.1:$PORT (default 8000); Ctrl-C stops it
	@exec $(BIN)/python -m briefings_site.demo

test: $(READY) ## run the whole test suite
	@exec $(BIN)/python -m pytest -n auto --dist loadgroup

proof: $(READY) ## play a thousand lives of the ledger, and what people buy with its news in every order
	@exec env PROGRAMS=1000 PROOF_ORDERS=12 PROOF_EVENTS=5000 PROOF_WORKERS=10 $(BIN)/python -m pytest -n auto --dist loadgroup \
		tests/credits/test_random_programs.py tests/accounts/billing/proof

SECONDS ?= 60

chaos: $(READY) ## bring bad weather over a whole site for SECONDS (60) by SEED; see docs/chaos.md
	@exec $(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) --seconds $(SECONDS)

bench: $(READY) ## measure the site beside its limits: BASELINE=file, ONLY=row,row, QUICK=1; see docs/performance.md
	@exec env BASELINE="$(BASELINE)" ONLY="$(ONLY)" QUICK="$(QUICK)" $(BIN)/python -m tests.bench

cluster: $(READY) ## rehearse several machines on this one: ONLY=failover, SECONDS=n, STAY=1; see docs/scaling.md
	@exec $(BIN)/python -m tests.cluster $(if $(ONLY),--only $(ONLY)) $(if $(STAY),--stay) \
		$(if $(filter-out file,$(origin SECONDS)),--seconds $(SECONDS))

check: format lint types contracts migrations audit test ## all that CI checks

format: $(READY)
	$(BIN)/ruff format --check

lint: $(READY)
	$(BIN)/ruff check

# The plugin reads the settings; it needs an address, and never calls it.
types: $(READY)
	DATABASE_URL=postgres://localhost/unused $(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports --no-logo

migrations: $(READY)
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check --fail-level WARNING

audit: $(READY)
	$(BIN)/python .ci/audit.py

clean: ## remove what make made, but not the data in var/
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(READY): uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"make: Python 3.11 or newer is needed, and $(PYTHON) is {sys.version.split()[0]}: set PYTHON")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/uv --version 2>/dev/null | grep -qF 'uv $(UV_VERSION)' || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv sync --frozen --inexact --compile-bytecode --python $(BIN)/python
	@touch $@
