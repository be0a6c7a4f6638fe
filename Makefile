PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: install run test check bench sweep clean

## Make .venv with Rinko and all it needs, at the versions of constraints.txt.
install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Rinko needs Python 3.11 or newer; name it: make PYTHON=python3.12')"
	@echo "Installing into $(VENV) (once; this takes a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,eval]"
	@touch $@

## Post the sample week to the channel in the browser, and keep running.
run: install
	@$(BIN)/rinko run

test: install
	@$(BIN)/python -m pytest -n 2 --dist worksteal

## Style, types, and who may import whom.
check: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

## Figures, as ratios within one run.
bench: install
	@$(BIN)/python -m pytest -m bench -s -n 0 tests/bench

## Slow and exhaustive.
sweep: install
	@$(BIN)/python -m pytest -m sweep -n 2

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
