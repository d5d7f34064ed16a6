# make                         the default study, from a fresh clone to the report
# make STUDY=x                 the same as a study of that name
# make MODEL=a.joblib SAMPLE=a.csv STUDY=x  the same with a model of your own
# make CONFIG=config/y.yaml    the study of that preset; with STUDY=x under that name
# make ARGS="--config 'users=[1,64]'"  the same with entries of the config, or other words of snakemake; make plan takes it too
# make plan                    what it would measure, and how long that takes; takes STUDY and CONFIG
# make report STUDY=x          the report from the trials that are there
# make demo                    a first look in half a minute: the report of a study that is kept here, without measuring
# make list                    the studies that are here: how far each is, how large, how old
# make serve SYSTEM=x          start a built system and print a curl line that asks it; takes MODEL and STUDY
# make archive STUDY=x         the study as one file to cite: raw trials, tables, plots, page, locks, hashes
# make verify ARCHIVE=file     is it what it says? checks its hashes and makes all again from its raw trials
# make audit                   the locked packages against known vulnerabilities, and their licences, as .cache/audit.md
# make clean                   remove what builds and tests left; a study that has a trial stays
# make new-server NAME=x LIKE=y  begin a server as a copy of another; servers/README.md says how to go on
# make check-server NAME=x     build it and print each case of its contract; takes MODEL
# make retry STUDY=x           build again what could not be built, then measure it
# make compare A=results/x B=results/y  B against A, cell by cell, beside what differs around them; takes OUT=folder
# make ab BASE=main HEAD=HEAD SYSTEM=crow  two revisions of a server in one campaign; takes STUDY and ENTRIES="users=[1,64]"
# make gate STUDY=x RULES=rules.yaml  holds its figures against rules, for CI; takes MARKDOWN=file
# make profile SYSTEM=x        where its CPU goes at its capacity, as a flame graph; takes MODEL and STUDY
# make calibrate               the instrument: does it tell the truth on this machine?
# make bench-loadgen           the generators against a null server, as a table
# make bench-analysis          time, memory and size of plan, report and page with 10 to 10,000 forged trials; takes MOST
# make bench-servers           what health, echo and predict cost each server; takes SYSTEMS=a,b and MODEL
# make test                    lint, types and the tests
# make test-unit               what starts no process and compiles nothing: after each change, about a minute
# make test-integration        what builds, starts or serves, part by part
# make test-servers           every server held to raw sockets, crowds and generated requests, minutes each; takes SERVER
# make test-instrument         how right generator and calibration are, and when a study stops at a look: minutes, on a quiet machine
# make test-hosts              load from other hosts, made of network namespaces: a minute; needs root and Linux
# make test-slurm              studies on a real Slurm of two nodes on this machine: minutes, needs root, munge and slurm-wlm; takes ONLY (a file)
# make slurm                   adds what a study on a cluster needs to .venv; docs/scale.md says how to go on
# make test-faults             a fault of each kind in a tiny study, and what is lost: nothing; FAULTS=3 for a shorter run
# make soak TRIALS=1000        one study of so many trials: memory and descriptors of its processes; four seconds a trial
# make fuzz                    libFuzzer on the body parser of the C++ servers, 5 minutes; takes FUZZ_S, needs clang
# make format                  formats, and writes what is made from the code: verdicts, servers, keys of the config, schemas
# make help                    this list
STUDY ?=
MODEL ?=
SAMPLE ?=
CONFIG ?=
CORES ?= all
ARGS ?=
NAME ?=
SYSTEM ?=
SYSTEMS ?=
LIKE ?=
A ?=
B ?=
OUT ?=
BASE ?=
HEAD ?=
ENTRIES ?=
RULES ?=
MARKDOWN ?=
SERVER ?=
ONLY ?=
MOST ?=
ARCHIVE ?=
FUZZ_S ?= 300
FAULTS ?= 20
TRIALS ?= 1000

# What a caller gives is one word of the shell, whatever stands in it, and no make of ours; ARGS and ENTRIES are words.
unexport STUDY MODEL SAMPLE CONFIG CORES NAME SYSTEM SYSTEMS LIKE A B OUT BASE HEAD RULES MARKDOWN SERVER ONLY ARCHIVE FUZZ_S FAULTS TRIALS MOST
given = '$(subst ','\'',$(value $(1)))'
if_given = $(if $(value $(1)),$(2)$(call given,$(1)))
needed = $(if $(value $(1)),$(call given,$(1)),$(error give $(or $(2),$(1)=x)))

study = $(or $(call if_given,STUDY),default)
setting = $(strip $(call if_given,STUDY,study=) $(call if_given,MODEL,model=) $(call if_given,SAMPLE,sample=))
# Snakemake takes --config once: the study's name and the model join what ARGS gives.
arguments = $(if $(findstring --config ,$(ARGS)),$(subst --config ,--config $(setting) ,$(ARGS)),$(ARGS) $(if $(setting),--config $(setting)))
# Each process of the tests trains its own models: more of them gain nothing.
side_by_side = --numprocesses auto --maxprocesses 8
snakemake = snakemake --cores $(call given,CORES) $(call if_given,CONFIG,--configfile ) $(arguments)

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/workflow

.PHONY: audit study plan help test test-unit test-integration test-servers test-instrument test-faults test-hosts test-slurm slurm soak fuzz lint report demo list serve archive verify clean retry compare ab gate new-server check-server profile calibrate bench-loadgen bench-servers bench-analysis lock format clean-environment

study:
	@envs/bootstrap.sh run
	@$(snakemake)

plan:
	@envs/bootstrap.sh run
	@$(snakemake) --dry-run

help:
	@sed -n 's/^# \(make\)/\1/p' $(firstword $(MAKEFILE_LIST))

# What asserts a figure has the machine to itself; the others share it, tiny studies in one process of the two. A test that
# fails is run once more, and said to have been (-rR): another may have taken the machine.
again = --reruns 1 -rfEsR --durations=15
test: lint
	@pytest $(side_by_side) $(again) tests/unit tests/contract tests/build tests/harness tests/workflow tests/browser; \
		first=$$?; pytest $(again) tests/integration && exit $$first

test-unit:
	@envs/bootstrap.sh dev
	@pytest -q $(side_by_side) tests/unit

test-integration:
	@envs/bootstrap.sh dev
	@pytest tests/build tests/harness tests/integration

test-servers:
	@envs/bootstrap.sh dev
	@pytest tests/servers $(call if_given,SERVER,--server )

test-instrument:
	@envs/bootstrap.sh dev
	@pytest -s tests/instrument

test-hosts:
	@envs/bootstrap.sh dev
	@pytest -ra tests/hosts

test-slurm:
	@envs/bootstrap.sh dev
	@pytest --durations=10 $(or $(call if_given,ONLY),tests/slurm)

slurm:
	@envs/bootstrap.sh run
	@envs/bootstrap.sh slurm

test-faults:
	@envs/bootstrap.sh dev
	@FAULTS=$(call given,FAULTS) pytest --durations=10 $(side_by_side) tests/faults

fuzz:
	@envs/bootstrap.sh dev
	@FUZZ_S=$(call given,FUZZ_S) pytest -s --timeout 0 tests/fuzz

soak:
	@envs/bootstrap.sh dev
	@TRIALS=$(call given,TRIALS) pytest -s --timeout 0 tests/soak

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

demo:
	@envs/bootstrap.sh run
	@python -m servebench demo

list:
	@envs/bootstrap.sh run
	@python -m servebench list

clean:
	@envs/bootstrap.sh run
	@python -m servebench clean

serve:
	@envs/bootstrap.sh run
	@python -m servebench serve $(study) $(call needed,SYSTEM) $(call if_given,MODEL,--model )

archive:
	@envs/bootstrap.sh run
	@python -m servebench archive $(study)

verify:
	@envs/bootstrap.sh run
	@python -m servebench verify $(call needed,ARCHIVE,ARCHIVE=file)

audit:
	@envs/bootstrap.sh dev
	@python -m servebench.audit

retry:
	@envs/bootstrap.sh run
	@python -m servebench retry $(study)

compare:
	@envs/bootstrap.sh run
	@python -m servebench compare $(call needed,A,A=results/x and B=results/y) $(call needed,B,B=results/y) $(call if_given,OUT,--out )

ab:
	@envs/bootstrap.sh run
	@python -m servebench ab $(or $(call if_given,STUDY),ab) $(call needed,SYSTEM) $(call needed,BASE,BASE=revision) $(call needed,HEAD,HEAD=revision) $(ENTRIES)

gate:
	@envs/bootstrap.sh run
	@python -m servebench gate $(study) $(call needed,RULES,RULES=rules.yaml) $(call if_given,MARKDOWN,--markdown )

new-server:
	@envs/bootstrap.sh run
	@python -m servebench new-server $(call needed,NAME,NAME=x and LIKE=y) --like $(call needed,LIKE,LIKE=y)

check-server:
	@envs/bootstrap.sh run
	@python -m servebench check-server $(call needed,NAME) $(call if_given,MODEL,--model )

profile:
	@envs/bootstrap.sh dev
	@python -m servebench profile $(study) $(call needed,SYSTEM) $(call if_given,MODEL,--model )

calibrate:
	@envs/bootstrap.sh run
	@$(snakemake) -- calibrate
	@snakemake --cores $(call given,CORES) --configfile config/aa.yaml

bench-loadgen:
	@envs/bootstrap.sh run
	@python -m servebench.bench_loadgen

bench-analysis:
	@envs/bootstrap.sh run
	@python -m servebench.bench_analysis $(call if_given,MOST,--most )

bench-servers:
	@envs/bootstrap.sh run
	@python -m servebench.bench_servers $(call if_given,SYSTEMS,--systems ) $(call if_given,MODEL,--model )

# A server's packages that do not go with ours share with us only what reads the model.
lock_with = PATH="$(PATH):$(CURDIR)/.cache/uv/bin" uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header

lock:
	@envs/bootstrap.sh dev
	@$(lock_with) pyproject.toml -o envs/run.lock
	@$(lock_with) --group dev pyproject.toml -c envs/run.lock -o envs/dev.lock
	@echo uv | $(lock_with) - -o envs/uv.lock
	@echo snakemake-executor-plugin-slurm | $(lock_with) - -c envs/run.lock -o envs/slurm.lock
	@python -m servebench.environments
	@for source in servers/*/requirements.in; do \
		$(lock_with) $$source -c envs/run.lock -o "$${source%.in}.lock" 2>/dev/null || \
		$(lock_with) $$source -c envs/model.txt -o "$${source%.in}.lock" || exit; \
	done

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
