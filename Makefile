# run, test, faults, simulate, mutants, check and bench install what they need first. lock pins the dependencies again.

SHELL := /bin/bash
.DEFAULT_GOAL := run
.PHONY: run test faults simulate mutants check bench lock
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet --require-hashes

LOCK := uv pip compile pyproject.toml --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header

# The environment of docker-compose.yml, for checks alone: nothing is served with these values.
DEPLOYED := DEBUG=0 STOPBATH_HTTPS=1 ALLOWED_HOSTS=photos.example STOPBATH_DATA=$(VENV)/check \
    SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz

run: $(VENV)/installed
	@exec $(PY) manage.py up $(ARGS)

test: $(VENV)/installed-dev
	$(PY) -m pytest -n auto --maxprocesses 4 --dist loadgroup $(ARGS)

faults: $(VENV)/installed-dev
	$(PY) -m pytest tests/faults -m "long or not long" -rP $(ARGS)

simulate: $(VENV)/installed-dev
	$(PY) -m tests.simulation $(if $(SEED),--seeds $(SEED)) $(ARGS)

mutants: $(VENV)/installed-dev
	$(PY) -m tests.mutants $(ARGS)

check: $(VENV)/installed-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(VENV)/bin/oxlint --deny-warnings project/static/stopbath/js
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-cache
	$(DEPLOYED) $(PY) manage.py makemigrations --check --dry-run
	$(DEPLOYED) $(PY) manage.py compile_templates
	$(DEPLOYED) $(PY) manage.py check --deploy --fail-level WARNING

bench: $(VENV)/installed-bench
	$(PY) -m benchmarks $(ARGS)

lock:
	$(LOCK) --extra tags --extra ocr -o requirements.txt
	$(LOCK) --all-extras --group dev -o requirements-dev.txt
	$(LOCK) --all-extras --group dev --group bench -o requirements-bench.txt

# The first Python that runs (a shim may exist and not run) and is new enough.
$(PY):
	@for name in python3.13 python3.14 python3.12 python3; do \
	    if $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then \
	        echo "Making $(VENV) with $$name"; exec $$name -m venv $(VENV); \
	    fi; \
	done; \
	echo "stopbath: No Python 3.12 or newer with its venv module runs here: install python3.13 and python3.13-venv." >&2; \
	exit 1

$(VENV)/installed: requirements.txt | $(PY)
	$(PIP) -r requirements.txt
	@touch $@

# Each includes the packages of the one before.
$(VENV)/installed-dev: requirements-dev.txt | $(PY)
	$(PIP) -r requirements-dev.txt
	@touch $@

$(VENV)/installed-bench: requirements-bench.txt | $(PY)
	$(PIP) -r requirements-bench.txt
	@touch $@
