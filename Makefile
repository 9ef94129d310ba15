# Every target does its own set-up: a clone and a python3 of 3.11 or newer are enough.

VENV ?= .venv
PYTEST_JOBS ?= 2
SOAK_MINUTES ?= 3
BIN := $(VENV)/bin

# The first interpreter on the path that is new enough. `python3` may be an older one, or a shim that does not run.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$python; break; fi; done)

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench soak clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST)

demo: $(VENV)/installed-demo ## run an example pipeline, break a node, mend it and retry
	$(BIN)/python example_notebooks/demo.py

# A file's tests stay together, since they share what takes seconds to make; the long files come first, as collected.
test: lint ## everything that has to hold: lint, types, layers, tests
	$(BIN)/pytest -q -n $(PYTEST_JOBS) --dist loadfile --no-loadscope-reorder

lint: $(VENV)/installed-test ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/installed-test ## check that the documentation says what the code does
	$(BIN)/pytest -q tests/architecture

bench: $(VENV)/installed-test ## measure; BENCH="..." passes arguments on
	$(BIN)/python -m benchmarks $(BENCH)

soak: $(VENV)/installed-test ## kill runners and kernels for SOAK_MINUTES (3), and look for what must not be
	$(BIN)/python -m tests.soak --self-test
	$(BIN)/python -m tests.soak --minutes $(SOAK_MINUTES)

clean: ## remove the environment and what the tools keep
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The stamps lie inside the environment: they go when it goes, and are too old once pyproject.toml changes.
$(VENV)/installed-test: EXTRAS := test,lint
$(VENV)/installed-demo: EXTRAS := examples,render
$(VENV)/installed-test $(VENV)/installed-demo: pyproject.toml $(BIN)/python
	@echo "Installing jupyter-dataops and what it needs into $(VENV): this takes a minute or two, once."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$(EXTRAS)]"
	@# Left to the first start otherwise; to every start, where PYTHONDONTWRITEBYTECODE is set: 0.2 s for each process.
	@$(BIN)/python -m compileall -q jupyter_dataops
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found: install one (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python)," \
		"or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make environments: its venv module is a package of its own" \
		"(Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
