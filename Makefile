# briefpress: `make` sets up what it needs and builds everything; `make help` lists all goals.
#
# Each goal runs briefpress once. It finds out by itself what has changed.

VENV := .venv
PRESS := $(VENV)/bin/briefpress
PYTHON_HERE := $(VENV)/bin/python
PIP := $(PYTHON_HERE) -m pip --disable-pip-version-check --quiet --quiet install
# Processes of the quick tests. Slow tests often wait, so there is one more for all tests.
JOBS ?= 2
NOTES ?= 50000
SEED ?= 1

# A virtual environment contains the absolute path of its folder. After the folder is moved or copied, it would
# run the code of the old folder. So the name of the stamp contains a checksum of the path, and the environment
# is made again.
HERE := $(shell pwd | cksum | cut -d ' ' -f 1)
READY := $(VENV)/ready-$(HERE)
TEST_READY := $(VENV)/ready-for-tests-$(HERE)

.DEFAULT_GOAL := all
.PHONY: all setup html pdf epub release proof check new test test-quick mutants fuzz torture golden bench lock clean help
.DELETE_ON_ERROR:

all: $(READY) ## build every edition of every brief (the default goal)
	@$(PRESS) build

html pdf epub: $(READY)
html: ## build the web pages
pdf: ## build the PDFs; `make pdf/SLUG` builds one
epub: ## build the e-books; `make epub/COLLECTION` builds one
html pdf epub:
	@$(PRESS) build --to $@

# Pattern rules cannot be phony, so they depend on NEVER, a file that does not exist.
pdf/%: $(READY) NEVER
	@$(PRESS) build "$*" --to pdf

epub/%: $(READY) NEVER
	@$(PRESS) build --collection "$*" --to epub

release: $(READY) ## record in published.toml what is published, then build everything
	@$(PRESS) release

proof: $(READY) ## make proofs of drafts, of briefs that wait for their day and of briefs with errors into proof/; `make proof/SLUG` makes that of any brief
	@$(PRESS) proof

proof/%: $(READY) NEVER
	@$(PRESS) proof "$*"

check: $(READY) ## read all briefs and themes and report problems, without laying out pages; `STRICT=1`: warnings are errors
	@$(PRESS) check $(if $(STRICT),--strict)

new: $(READY) ## create a brief: `make new BRIEF=rent-limits`
	@$(PRESS) new "$(BRIEF)"

setup: $(READY) ## set up .venv/, so that .venv/bin/briefpress runs

$(READY): requirements.lock pyproject.toml setup/system.sh
	@setup/system.sh run
	@test -e $@ || echo "setting up $(VENV)/ (once; takes about a minute)"
	@test -e $@ || "$$(setup/system.sh python)" -m venv --clear $(VENV)
	@$(PIP) --require-hashes --only-binary :all: --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

test: $(TEST_READY) ## run lint, type checks, tests, validators and reading systems (quick ones first)
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@$(PYTHON_HERE) -m pytest --numprocesses $$(($(JOBS) + 1)) --dist worksteal

test-quick: $(TEST_READY) ## run the tests that take no more than a few seconds each (a minute)
	@$(PYTHON_HERE) -m pytest --numprocesses $(JOBS) --dist worksteal --hypothesis-profile quick -m "not slow and not torture"

mutants: $(TEST_READY) ## put faults into copies of the program, and count those that the tests notice (an hour)
	@$(PIP) --no-deps --only-binary :all: --requirement tests/mutants/requirements.txt
	@$(PYTHON_HERE) tests/mutants/run_faults.py
	@$(PYTHON_HERE) tests/mutants/run_mutants.py

$(TEST_READY): $(READY) requirements-test.lock tests/readers/package-lock.json
	@setup/system.sh test
	@$(PIP) --require-hashes --only-binary :all: --requirement requirements-test.lock
	@npm ci --silent --prefix tests/readers
	@touch $@

fuzz: $(TEST_READY) ## build random briefs and check every note on every page: `make fuzz NOTES=50000 SEED=1`
	@$(PYTHON_HERE) tests/fuzz --notes $(NOTES) --seed $(SEED)

torture: $(TEST_READY) ## kill, starve and move real builds for up to an hour, and print a table of results
	@setup/system.sh torture
	@$(PYTHON_HERE) -m pytest -m torture tests/torture tests/test_fuzz_notes.py

golden: $(TEST_READY) ## rewrite the expected files of the tests; review them in the diff
	@$(PYTHON_HERE) -m pytest --golden tests

bench: $(TEST_READY) ## compare the speed with other programs and print the ratios
	@$(PIP) --no-deps --only-binary :all: --requirement bench/peers.txt
	@$(PYTHON_HERE) bench/run.py

# uv writes one lock file for all systems and versions of Python. It is not a dependency: only this goal installs it.
LOCK := $(VENV)/bin/uv --no-config pip compile pyproject.toml --group build --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --quiet --custom-compile-command 'make lock'
lock: $(READY) ## lock the newest versions that pyproject.toml allows, with their hashes
	@$(PIP) 'uv>=0.9'
	@$(LOCK) --upgrade --output-file requirements.lock >/dev/null
	@$(LOCK) --extra test --constraint requirements.lock --output-file requirements-test.lock >/dev/null

clean: ## remove what was built (but not .venv/)
	@rm -rf build proof .briefpress

help: ## list these goals
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

NEVER:
