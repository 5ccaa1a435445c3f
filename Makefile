# Everything runs in .venv, which the first target makes; a machine needs Python >= 3.11 and make, nothing else.
#
#   make demo [ARGS=--faults] a bot and a gateway that drops it, on this machine; --faults: every fault, and SIGKILL
#   make test [ARGS=…]        the tests, with branch coverage; ends with pytest's summary
#   make check                ruff, mypy strict, pyright strict
#   make fuzz [SECONDS=60]    coverage-guided fuzzing
#   make proof [ID='I3 I6']   the tests that prove the invariants of docs/invariants.md
#   make matrix [ARGS=…]      the tests on every CPython >= 3.11 that is found; says which was not
#   make autobahn [ARGS=…]    the Autobahn suite against the WebSocket layer, both ends (needs a CPython 2.7; minutes)
#   make mutants [ARGS='--count 40']  both tables changed cell by cell: is every change found? (ten minutes)
#   make mutants-code [ARGS='--only wire/']  the rest of the core changed: are 95 in 100 found? (two hours)
#   make interop [ARGS=qq-botpy]  other people's clients against `qqgw simulate`: READY, events, back after 4009
#   make model                every interleaving of 2 faults and 1 crash, as in the tests
#   make model-bugs           that each kept bug is found by the model
#   make chaos [SEEDS=1-10] [DAYS=3]  a bot in a hostile world, in virtual time; SEEDS=7 replays one seed
#   make bench [QUICK=1] [ARGS='core idle']  what things cost, beside other clients (minutes); QUICK: that it runs
#   make scale [SHARDS=1000]  all shards of a large bot in one process, over real sockets (two minutes)
#   make docs                 the documentation, into build/docs
#   make clean                removes all that the targets above have made
#
# PYTHON=… chooses the interpreter that .venv is made with.

.DEFAULT_GOAL := demo
.DELETE_ON_ERROR:
.PHONY: demo test check fuzz proof matrix autobahn mutants mutants-code interop docs clean model model-bugs chaos
.PHONY: bench scale

VENV := .venv
BIN := $(VENV)/bin
PEERS := build/peers
ARGS ?=
SECONDS ?= 60
SEEDS ?= 1-10
SHARDS ?= 1000
AT_ONCE ?= 250
DAYS ?= 3

# The first of these that really runs (a version manager's shim may only say that it does not) and can make a venv.
CANDIDATES := python3.13 python3.12 python3.11 python3.14 python3 python
USABLE := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON = $(shell for name in $(CANDIDATES); do \
	if $$name -c '$(USABLE)' >/dev/null 2>&1; then echo $$name; break; fi; done)
endif

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# Checks need no look at what else has been released.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt

demo: $(VENV)/base.stamp
	@$(BIN)/qqgw demo $(ARGS)

# Compiled files are kept, whatever the environment says: the tests start some two hundred processes.
test: $(VENV)/dev.stamp
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses=auto --dist=worksteal $(ARGS) --cov

check: $(VENV)/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

fuzz: $(VENV)/fuzz.stamp
	$(BIN)/python fuzz/run.py --seconds $(SECONDS) $(ARGS)

proof: $(VENV)/dev.stamp
	@$(BIN)/python tests/proof.py $(ID)

# Each interpreter has an environment of its own under build/matrix; a second run installs nothing.
matrix:
	@$(PYTHON) tests/matrix.py $(ARGS)

autobahn: $(VENV)/dev.stamp
	@$(BIN)/python tests/autobahn/run.py $(ARGS)

mutants: $(VENV)/dev.stamp
	@$(BIN)/python tests/mutants/server_cells.py $(ARGS)
	@$(BIN)/python tests/mutants/cells.py $(ARGS)

mutants-code: $(VENV)/dev.stamp
	@$(BIN)/python tests/mutants/code_changes.py $(ARGS)

interop: $(VENV)/base.stamp
	@$(BIN)/python tests/interop/run.py $(ARGS)

model: $(VENV)/dev.stamp
	PYTHONPATH=src:tests $(BIN)/python -m model 2 1

model-bugs: $(VENV)/dev.stamp
	$(BIN)/python tests/model/run_bugs.py

chaos: $(VENV)/dev.stamp
	@PYTHONPATH=src:tests $(BIN)/python -m chaos.main --seeds '$(SEEDS)' --days '$(DAYS)' $(ARGS)

# The other clients live in an environment of their own; where it cannot be made, they are left out.
bench: $(VENV)/dev.stamp
	-@$(MAKE) --no-print-directory $(PEERS)/made.stamp
	@PYTHONPATH=src:tests BENCH_PEERS=$$(test -e $(PEERS)/made.stamp && echo $(PEERS)/bin/python) \
		$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(ARGS)

scale: $(VENV)/dev.stamp
	@PYTHONPATH=src:tests $(BIN)/python tests/benchmarks/scale.py --shards $(SHARDS) --at-once $(AT_ONCE) $(ARGS)

docs: $(VENV)/dev.stamp
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet docs build/docs
	@echo "open build/docs/index.html"

clean:
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests fuzz docs -name __pycache__ -prune -exec rm -rf {} +

# The stamps: a second run installs nothing. Each larger set holds the smaller one.
$(VENV)/base.stamp: pyproject.toml constraints.txt | $(VENV)/made.stamp
	$(INSTALL) --editable .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(VENV)/made.stamp
	$(INSTALL) --editable '.[dev]'
	@touch $(VENV)/base.stamp $@

$(VENV)/fuzz.stamp: $(VENV)/dev.stamp
	$(INSTALL) --editable '.[dev,fuzz]'
	@touch $@

$(VENV)/made.stamp:
	@test -n '$(PYTHON)' || { echo 'make: no Python >= 3.11 with venv found; name one with PYTHON=…' >&2; exit 1; }
	$(PYTHON) -c '$(USABLE)' || { echo 'make: $(PYTHON) is older than 3.11, or lacks venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(PEERS)/made.stamp: tests/benchmarks/peers/requirements.txt | $(VENV)/made.stamp
	$(BIN)/python -m venv --clear $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --requirement tests/benchmarks/peers/requirements.txt
	@touch $@
