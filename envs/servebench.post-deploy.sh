#!/bin/sh
# Written from envs/run.lock by `make lock`; do not edit.
# Its SHA-256: e2e94e569270e0fedee3abe50c37207302fcc35eb929cb1391f6deba5ea432b9
set -eu
python -m pip install --quiet --no-deps --require-hashes -r envs/run.lock
