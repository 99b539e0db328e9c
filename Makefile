# The verbs of sip112. `make demo` and `make test` set up what they need; `make help` tells all.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
CONSOLE := src/sip112/console/static/index.html
WEB_TOOLS := web/node_modules/.ready
WEB_TYPES := web/src/lib/api/schema.d.ts
WEB_SOURCES := $(shell find web -name node_modules -prune -o -type f -print) $(WEB_TYPES)

.DEFAULT_GOAL := help
.PHONY: help setup web demo serve test test-web prepare check check-python check-web fmt browser faults bench bench-long rig-up rig-down fixtures lock clean

help: ## say what each verb does
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements-dev.lock pyproject.toml
	@echo "setting up .venv (a minute the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "sip112 needs Python 3.11 or later; name one: make PYTHON=python3.13" >&2; exit 2; }
	@$(PYTHON) -m venv .venv 2>/dev/null || \
	    { echo "python3-venv is missing; install it: apt-get install python3-venv" >&2; exit 2; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(WEB_TOOLS): web/package-lock.json web/package.json
	@node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null || \
	    { echo "the console is built with Node 20 or later, which is missing; install it (apt-get install nodejs npm, or https://nodejs.org); to run sip112 it is not needed" >&2; exit 2; }
	@echo "setting up web/node_modules ..."
	@cd web && npm ci --loglevel=error --no-progress >/dev/null
	@touch $@
# rewritten only if it differs, so that the console is not built anew for each change of a module
var/openapi.json: var/.openapi ;
var/.openapi: $(READY) $(shell find src/sip112 -name '*.py')
	@mkdir -p var
	@$(BIN)/sip112 openapi >$@.json
	@cmp -s $@.json var/openapi.json || cp $@.json var/openapi.json
	@touch $@
$(WEB_TYPES): var/openapi.json $(WEB_TOOLS)
	@cd web && npm run --silent types >/dev/null
$(CONSOLE): $(WEB_SOURCES) $(WEB_TOOLS)
	@echo "building the console ..."
	@cd web && npm run --silent build >/dev/null
	@touch $@

setup: $(READY) ## make .venv with sip112 in it
web: $(CONSOLE) ## build the operators' console, if its sources are newer
demo: $(READY) ## the main job: real 112 calls on a real Asterisk, ends by itself
	@$(BIN)/sip112 demo
serve: $(READY) $(CONSOLE) ## everything up for you to try, the console too; Ctrl-C ends it
	@$(BIN)/python -m rig.serve
test: $(READY) $(CONSOLE) test-web prepare ## every test, of those in the browser the short ones
	@$(BIN)/python -m tests
test-web: $(WEB_TYPES)
	@cd web && npm run --silent test
prepare: $(READY)
	@$(BIN)/python -m rig prepare --browser
check: check-python check-web ## format, lint, types, import contracts
check-python: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check --output-format concise .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
check-web: $(WEB_TYPES)
	@cd web && npm run --silent check
fmt: $(READY) $(WEB_TOOLS) ## format and repair what can be repaired
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@cd web && npm run --silent fmt
bench: $(READY) ## measure; table and var/bench.json
	@$(BIN)/python -m bench
bench-long: $(READY) ## the same with ten minutes at 100 calls a second
	@$(BIN)/python -m bench --long
rig-up: $(READY) ## a real Asterisk with our configuration, until rig-down
	@$(BIN)/python -m rig up
rig-down: $(READY) ## end it
	@$(BIN)/python -m rig down
fixtures: $(READY) ## record the replay fixtures anew from the integration scenarios
	@SIP112_RIG_RECORD=tests/replay/fixtures $(BIN)/pytest -q tests/integration
faults: $(READY) ## break everything under load and count the calls; var/faults.json
	@$(BIN)/python -m faults
browser: $(READY) $(CONSOLE) prepare ## the console in a real browser, all of it; pictures in var/screenshots
	@$(BIN)/pytest tests/browser
lock: $(READY) ## pin every dependency anew, with hashes
	@$(BIN)/uv pip compile --quiet --universal --no-strip-extras --generate-hashes --no-annotate --no-header \
	    --python-version 3.11 --upgrade pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --no-strip-extras --generate-hashes --no-annotate --no-header \
	    --python-version 3.11 --upgrade pyproject.toml --group dev -c requirements.lock \
	    -o requirements-dev.lock
clean: ## remove .venv, var and caches (the rig's root file system stays in its cache)
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m rig down
	@rm -rf web/node_modules $(WEB_TYPES) src/sip112/console/static
	@rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
