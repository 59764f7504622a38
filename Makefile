# One word a job. Every target makes what it needs; `make demo` and `make test` work on a fresh clone.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint types interop soak bench pictures check lock clean help

help:           ## list the jobs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

.venv/run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "mppsim needs Python 3.11 or later; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

demo: .venv/run          ## run a small fleet against the embedded server
	$(BIN)/mppsim run

test: .venv/dev          ## run the tests
	$(BIN)/pytest

lint: .venv/dev          ## style, formatting, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/dev         ## mypy --strict
	$(BIN)/mypy

interop: .venv/dev       ## install the programs that judge us, and let them
	scripts/install-strangers interop
	$(BIN)/pytest tests/interop

soak: .venv/dev          ## kill a phone 200 times; a few minutes
	$(BIN)/pytest tests/soak -s --timeout 1800

bench: .venv/dev         ## measure, as ratios against peers in one run
	scripts/install-strangers bench
	$(BIN)/pytest tests/bench -s --timeout 600

pictures: .venv/dev      ## take the manual's pictures of runs anew
	scripts/install-strangers pictures
	PYTHONPATH=. $(BIN)/python scripts/take-pictures

check: lint types interop test   ## everything that has to pass

lock: .venv/dev          ## renew both lock files
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --custom-compile-command 'make lock' -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --custom-compile-command 'make lock' --group dev -o requirements-dev.lock pyproject.toml

clean:                   ## forget everything that was made
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
