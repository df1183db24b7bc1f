# Everything a developer does here; only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EXPLORER := gateway/explorer/static/.built

# The tests start some hundred servers: they must not compile their modules each time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install serve test check format lock generate migration bench clean explorer

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(STAMP): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Switchboard needs Python 3.11 or later; set PYTHON=/path/to/python3.11")'
	@echo 'Installing into $(VENV), which takes a minute or two.'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(EXPLORER): $(STAMP) gateway/explorer/build.py $(wildcard gateway/explorer/web/*.* gateway/explorer/web/live/*.*)
	$(BIN)/python gateway/explorer/build.py

install: $(STAMP) ## make the environment with the command .venv/bin/switchboard

explorer: $(EXPLORER) ## build GraphiQL and the live page

serve: $(STAMP) ## run the gateway on port 3000 with a demo workspace
	@$(MAKE) --no-print-directory explorer || echo 'Warning: GraphiQL and the live page could not be built, for the reason above; the API is served without them.' >&2
	@exec $(BIN)/switchboard serve --demo

test: $(STAMP) $(EXPLORER) ## run every test on SQLite, PostgreSQL and Redis
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

check: $(STAMP) ## format, lint, types, import rules, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.generated --check

format: $(STAMP) ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: $(STAMP) ## write schema.graphql and the reference tables again
	$(BIN)/python -m tests.generated

lock: $(STAMP) ## lock the dependencies again
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --group build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet -o requirements-dev.txt

migration: $(STAMP) ## write a migration from what changed in the models: NAME=what_it_does
	@test -n '$(NAME)' || { echo 'Say what the migration does: make migration NAME=lead_linkedin_url' >&2; exit 2; }
	$(BIN)/tortoise makemigrations --name '$(NAME)'

bench: $(STAMP) ## measure against the peers (about half an hour)
	$(BIN)/python -m tests.bench

clean: ## remove the environment and the embedded database
	rm -rf $(VENV) var gateway/explorer/static gateway/explorer/web/node_modules
