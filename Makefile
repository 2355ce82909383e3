# Sunwise. `make demo` and `make test` set up everything they need in .venv.
PYTHON ?= python3
BIN := .venv/bin
RUN := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)

.PHONY: help demo test test-slow lint bench clean

help:
	@echo "make demo       set up, run the headline comparison on 12 x 22 satellites, draw its figures"
	@echo "make test       set up, lint, type-check, check import contracts, run the tests"
	@echo "make test-slow  the long checks: the full 72 x 22 headline in four seasons, long runs"
	@echo "make bench      speed and memory, each beside the tool one would otherwise pick"

.venv/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,train]"
	touch $@

demo: .venv/installed
	$(RUN)/sunwise compare headline-12x22 --schedulers oec-local,oec-cote,nearest-sunlit,phoenix --figures demo

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(RUN)/python -m pytest -n 2 -m "not slow"

test-slow: .venv/installed-dev
	$(RUN)/python -m pytest -m slow

bench: .venv/installed-dev
	$(RUN)/python -m benchmarks

clean:
	rm -rf .venv demo runs
