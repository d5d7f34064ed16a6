# make                         the default study, from a fresh clone to the report
# make STUDY=x                 the same as a study of that name
# make MODEL=a.joblib SAMPLE=a.csv STUDY=x  the same with a model of your own
# make CONFIG=config/y.yaml    the study of that preset; with STUDY=x under that name
# make plan                    what it would measure, and how long that takes; takes STUDY and CONFIG
# make report STUDY=x          the report from the trials that are there
# make new-server NAME=x LIKE=y  begin a server as a copy of another; servers/README.md says how to go on
# make check-server NAME=x     build it and print each case of its contract; takes MODEL
# make retry STUDY=x           build again what could not be built, then measure it
# make profile SYSTEM=x        where its CPU goes at its capacity, as a flame graph; takes MODEL and STUDY
# make calibrate               the instrument: does it tell the truth on this machine?
# make bench-loadgen           the generators against a null server, as a table
# make test                    lint, types and all tests
# make test-unit               what starts no process and compiles nothing: after each change, about a minute
# make test-integration        what builds, starts or serves, part by part
# make format                  formats, and writes what is made from the code: README's verdicts, the table of servers, schemas
# make help                    this list
STUDY ?=
MODEL ?=
SAMPLE ?=
CONFIG ?=
CORES ?= all
ARGS ?=
NAME ?=
SYSTEM ?=
LIKE ?=

study = $(or $(STUDY),default)
setting = $(strip $(if $(STUDY),study=$(STUDY)) $(if $(MODEL),model=$(MODEL)) $(if $(SAMPLE),sample=$(SAMPLE)))
# Snakemake takes --config once: the study's name and the model join what ARGS gives.
arguments = $(if $(findstring --config ,$(ARGS)),$(subst --config ,--config $(setting) ,$(ARGS)),$(ARGS) $(if $(setting),--config $(setting)))
# Each process of the tests trains its own models: more of them gain nothing.
side_by_side = --numprocesses auto --maxprocesses 8
snakemake = snakemake --cores $(CORES) $(if $(CONFIG),--configfile $(CONFIG)) $(arguments)

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/workflow

.PHONY: study plan help test test-unit test-integration lint report retry new-server check-server profile calibrate bench-loadgen lock format clean-environment

study:
	@envs/bootstrap.sh run
	@$(snakemake)

plan:
	@envs/bootstrap.sh run
	@$(snakemake) --dry-run

help:
	@sed -n 's/^# \(make\)/\1/p' $(firstword $(MAKEFILE_LIST))

# What measures has the machine to itself; the others share it. The second part runs even where the first one failed.
test: lint
	@pytest $(side_by_side) --durations=15 tests/unit tests/contract; first=$$?; \
		pytest --durations=15 tests/integration tests/workflow tests/browser && exit $$first

test-unit:
	@envs/bootstrap.sh dev
	@pytest -q $(side_by_side) tests/unit

test-integration:
	@envs/bootstrap.sh dev
	@pytest tests/integration

lint:
	@envs/bootstrap.sh dev
	@ruff check .
	@ruff format --check .
	@mypy
	@snakefmt --check Snakefile workflow/rules
	@snakemake --lint
	@clang-format --dry-run --Werror $$(git ls-files '*.cpp' '*.hpp')

report:
	@envs/bootstrap.sh run
	@python -m servebench report $(study)

retry:
	@envs/bootstrap.sh run
	@python -m servebench retry $(study)

new-server:
	@envs/bootstrap.sh run
	@python -m servebench new-server $(or $(NAME),$(error give NAME=x and LIKE=y)) --like $(or $(LIKE),$(error give LIKE=y))

check-server:
	@envs/bootstrap.sh run
	@python -m servebench check-server $(or $(NAME),$(error give NAME=x)) $(if $(MODEL),--model $(MODEL))

profile:
	@envs/bootstrap.sh dev
	@python -m servebench profile $(study) $(or $(SYSTEM),$(error give SYSTEM=x)) $(if $(MODEL),--model $(MODEL))

calibrate:
	@envs/bootstrap.sh run
	@$(snakemake) -- calibrate
	@snakemake --cores $(CORES) --configfile config/aa.yaml

bench-loadgen:
	@envs/bootstrap.sh run
	@python -m servebench.bench_loadgen

lock:
	@envs/bootstrap.sh dev
	@uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header pyproject.toml -o envs/run.lock
	@uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --group dev pyproject.toml -c envs/run.lock -o envs/dev.lock
	@for source in servers/*/requirements.in; do \
		uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header $$source -c envs/run.lock -o "$${source%.in}.lock" || exit; \
	done
	@echo uv | uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header - -o envs/uv.lock
	@python -m servebench.environments

format:
	@envs/bootstrap.sh dev
	@python -m servebench.schemas
	@python -m servebench.report.readme
	@ruff check --fix-only .
	@ruff format .
	@snakefmt Snakefile workflow/rules
	@clang-format -i $$(git ls-files '*.cpp' '*.hpp')

clean-environment:
	rm -rf .venv .cache/uv
