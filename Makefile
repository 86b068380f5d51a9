# Every target sets up what it needs. Needs Python 3.11 to 3.13 with pip, and a package index.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPAT := $(VENV)/compat
PIP = $(PYTHON) -m pip --quiet --disable-pip-version-check --python $(BIN)/python

.PHONY: help venv demo test proof proof-of-forks proof-of-others bench docs lint types lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

venv: $(READY)  ## make .venv from requirements.lock

# `--without-pip` and `pip --python` work where the system Python comes without ensurepip.
$(VENV)/.packages: requirements.lock
	@test -n "$(PYTHON)" || { echo "ticketlake needs Python 3.11, 3.12 or 3.13 with pip on the PATH (or: make PYTHON=/path/to/python)" >&2; exit 2; }
	@echo "Installing the locked packages into $(VENV) with $$($(PYTHON) --version); this takes some minutes ..."
	@$(PYTHON) -m venv --clear --without-pip $(VENV)
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@touch $@

$(READY): $(VENV)/.packages pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# Other releases of DuckDB, each in a folder of its own: tests put one before the installed release on the path.
$(COMPAT)/duckdb-%: tests/compat/duckdb-%.lock | $(READY)
	@$(PIP) install --require-hashes --no-deps --upgrade --target $@ -r $<
	@touch $@

demo: $(READY)  ## run the main job against the embedded ServiceNow instance
	@$(BIN)/ticketlake demo

# Neighbours stay together: what the tests of a file share is made once, not by each worker.
test: $(READY) $(COMPAT)/duckdb-1.1.3  ## run the test suite
	$(BIN)/python -m pytest tests -m "not proof" -n 2 --dist worksteal --durations=15

# Their runs are forks, of a process that must have no threads: the workers of pytest-xdist have some.
FORKING := tests/proof/test_kill.py tests/proof/test_three_days.py

proof: $(READY) $(COMPAT)/duckdb-2.0.0  ## run the long proofs
	@$(MAKE) --no-print-directory -j 2 proof-of-forks proof-of-others

proof-of-forks: $(READY)
	$(BIN)/python -m pytest $(FORKING) -v --durations=5

proof-of-others: $(READY) $(COMPAT)/duckdb-2.0.0
	$(BIN)/python -m pytest tests -m proof $(FORKING:%=--ignore=%) -n 2 --dist loadfile --durations=15

bench: $(READY)  ## measure extraction; half an hour
	$(BIN)/python -m benchmarks.extraction --rest-api-rows 200000

docs: $(READY)  ## build the documentation site into site/
	$(BIN)/python docs/build.py

lint: $(READY)  ## ruff, formatting included
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## mypy
	$(BIN)/mypy

lock:  ## write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
		--group dev -c tests/compat/constraints.txt pyproject.toml -o requirements.lock

clean:  ## remove .venv
	rm -rf $(VENV)
