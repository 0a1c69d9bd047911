# A new machine needs Python 3.11 or newer, git and make. `make demo` and `make test` install the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := rotation feeds storage commands bot

.PHONY: install demo test check bench soak translations lock clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.installed  ## a chat on sample data: no token, no network
	@$(BIN)/spillover demo

install: $(VENV)/.installed  ## what `spillover run` needs

test: check  ## format, lint, types, import rule, dependencies, tests
	$(BIN)/python -m pytest -n auto --dist loadgroup

bench: $(VENV)/.installed-dev  ## speed and memory against their goals; ARGS="--json FILE" keeps all
	$(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/.installed-dev  ## ten minutes of questions and faults; 200 kills of a fan-out; a year of 10,000 chats
	$(BIN)/python -m benchmarks.soak
	SPILLOVER_KILLS=200 SPILLOVER_KILL_CHATS=2000 $(BIN)/python -m pytest -s tests/bot/test_fan_out.py
	SPILLOVER_YEAR_CHATS=10000 $(BIN)/python -m pytest -s tests/bot/test_year.py
	SPILLOVER_REPLAY_DAYS=50 $(BIN)/python -m pytest -s tests/bot/test_replay.py

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .
	$(BIN)/vulture

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than Python 3.11. Name another: make PYTHON=python3.11"; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

translations: $(VENV)/.installed-dev  ## catalogues brought up to date with the code, and compiled; NEW=fr begins one
	$(BIN)/python -m tests.translations $(NEW)

lock:  ## pin every dependency with its hash; names no host. Needs uv.
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache
