# briefpress: `make` sets up what it needs and builds everything, `make help` says what else there is.
#
# One process of briefpress for each goal: it knows by itself what has changed.

VENV := .venv
PRESS := $(VENV)/bin/briefpress
PYTHON_HERE := $(VENV)/bin/python
PIP := $(PYTHON_HERE) -m pip --disable-pip-version-check --quiet --quiet install
JOBS ?= 2
NOTES ?= 50000
SEED ?= 1

# A virtual environment knows its folder by its full path. In a folder that was moved or copied it would run the code
# of the old place, so the stamp bears the path's checksum and the environment is made afresh.
HERE := $(shell pwd | cksum | cut -d ' ' -f 1)
READY := $(VENV)/ready-$(HERE)
TEST_READY := $(VENV)/ready-for-tests-$(HERE)

.DEFAULT_GOAL := all
.PHONY: all setup html pdf epub check new test fuzz torture golden bench lock clean help
.DELETE_ON_ERROR:

all: $(READY) ## build every edition of every brief (this is what `make` does)
	@$(PRESS) build

html pdf epub: $(READY)
html: ## build the web pages
pdf: ## build the PDFs; `make pdf/SLUG` builds one
epub: ## build the e-books; `make epub/COLLECTION` builds one
html pdf epub:
	@$(PRESS) build --to $@

# These are no files of ours and no phony targets either (a pattern cannot be), hence the prerequisite that never is.
pdf/%: $(READY) NEVER
	@$(PRESS) build "$*" --to pdf

epub/%: $(READY) NEVER
	@$(PRESS) build --collection "$*" --to epub

check: $(READY) ## read every brief and its theme, and say what is wrong, without setting a page
	@$(PRESS) check

new: $(READY) ## begin a brief: `make new BRIEF=rent-limits`
	@$(PRESS) new "$(BRIEF)"

setup: $(READY) ## make .venv/, so that .venv/bin/briefpress runs

$(READY): requirements.lock pyproject.toml setup/system.sh
	@setup/system.sh run
	@test -e $@ || echo "making $(VENV)/ (once; about a minute)"
	@test -e $@ || "$$(setup/system.sh python)" -m venv --clear $(VENV)
	@$(PIP) --require-hashes --only-binary :all: --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

test: $(TEST_READY) ## run everything that must hold: lint, types, tests, validators and reading systems (the quick ones first)
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@$(PYTHON_HERE) -m pytest --numprocesses $(JOBS) --dist worksteal

$(TEST_READY): $(READY) requirements-test.lock tests/readers/package-lock.json
	@setup/system.sh test
	@$(PIP) --require-hashes --only-binary :all: --requirement requirements-test.lock
	@npm ci --silent --prefix tests/readers
	@touch $@

fuzz: $(TEST_READY) ## set random briefs and judge every note on every page: `make fuzz NOTES=50000 SEED=1`
	@$(PYTHON_HERE) tests/fuzz --notes $(NOTES) --seed $(SEED)

torture: $(TEST_READY) ## kill, starve and move real builds, for an hour, and print what they went through
	@setup/system.sh torture
	@$(PYTHON_HERE) -m pytest -m torture tests/torture

golden: $(TEST_READY) ## write the golden folders anew; the diff is the review
	@$(PYTHON_HERE) -m pytest --golden tests

bench: $(TEST_READY) ## measure briefpress beside its peers and print the ratios
	@$(PIP) --no-deps --only-binary :all: --requirement bench/peers.txt
	@$(PYTHON_HERE) bench/run.py

# uv makes one lock for all systems and Pythons. It is no dependency: only this goal fetches it.
LOCK := $(VENV)/bin/uv --no-config pip compile pyproject.toml --group build --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --quiet --custom-compile-command 'make lock'
lock: $(READY) ## choose the newest versions that pyproject.toml allows, and write their hashes down
	@$(PIP) 'uv>=0.9'
	@$(LOCK) --upgrade --output-file requirements.lock >/dev/null
	@$(LOCK) --extra test --constraint requirements.lock --output-file requirements-test.lock >/dev/null

clean: ## remove what was built (the virtual environment stays)
	@rm -rf build .briefpress

help: ## say this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

NEVER:
