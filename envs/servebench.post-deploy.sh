#!/bin/sh
# Written from envs/run.lock by `make lock`; do not edit.
# Its SHA-256: 717105378034ca0c8fa20f43715233f15cb4c7cc2365600d239f177a00730b11
set -eu
python -m pip install --quiet --no-deps --require-hashes -r envs/run.lock
