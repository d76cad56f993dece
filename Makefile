# Everything here also works without make: see what each target runs.
PYTHON ?= python3
VENV := .venv/bin

.PHONY: up up-split test lint fmt proto bench chaos screenshots clean

up: ## the whole shop on this machine, until Ctrl-C (PORT=9000 for another port)
	@exec $(PYTHON) manage.py up

up-split: ## the same shop as split services behind Envoy, until Ctrl-C
	@exec $(PYTHON) manage.py up_split

test: dev ## every test, on PostgreSQL
	$(VENV)/pytest -n 2 $(ARGS)

lint: dev ## style, types and the direction of imports
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy .
	$(VENV)/lint-imports

fmt: dev ## what can be put right by itself
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

proto: dev ## the stubs, after a change of a .proto file
	$(VENV)/python -m contracts.generate

bench: dev ## the figures of one run, as a table; needs wrk
	$(VENV)/python -m bench

chaos: dev ## ten minutes of random kills under load, then the books (ARGS="--seconds 60 --mode up --seed 7")
	$(VENV)/python -m tests.chaos $(ARGS)

screenshots: dev ## the back office's pages as they look now, in docs/screenshots/; needs a Chromium
	SHOPFLOW_SCREENSHOTS=docs/screenshots $(VENV)/pytest tests/browser/test_screenshots.py

clean: ## caches, not the data: that is `rm -r .shopflow`
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.PHONY: dev
dev:
	@$(PYTHON) -m shopflow.bootstrap --dev
