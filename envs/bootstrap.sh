#!/bin/sh
# Makes .venv from a hashed lock: bootstrap.sh run|dev, or adds to it: slurm. Uses uv from the PATH, else fetches it from PyPI.
set -eu
cd "$(dirname -- "$0")/.."
# `make` puts the environment first on the PATH: what is made anew must not come from it.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$PWD/.venv/bin" | paste -s -d : -)
kind=$1
lock="envs/$kind.lock"
stamp=".venv/.servebench-$kind"
place=.venv/.servebench-place

# The scripts of an environment name its place, and its interpreter may be gone.
is_whole() {
    [ -f "$place" ] && [ "$(cat "$place")" = "$(cd .venv && pwd -P)" ] && .venv/bin/python -I -S -c '' 2>/dev/null
}

# The development environment holds all of the other one.
for made in "$stamp" $([ "$kind" = slurm ] || echo .venv/.servebench-dev); do
    if cmp -s "$made" "envs/${made##*-}.lock" && is_whole; then exit 0; fi
done

find_python() {
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.14 python3.11 python3 python; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

python=$(find_python)
if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    if [ -z "$python" ]; then
        echo "servebench: no Python 3.11 to 3.14 found; install one (Debian: apt install python3 python3-venv), or uv" >&2
        exit 1
    fi
    uv=.cache/uv/bin/uv
    if ! cmp -s .cache/uv/lock envs/uv.lock; then
        rm -rf .cache/uv
        if ! "$python" -m venv .cache/uv >/dev/null 2>&1; then
            echo "servebench: $python cannot make a virtual environment; install venv (Debian: apt install python3-venv), or uv" >&2
            exit 1
        fi
        .cache/uv/bin/pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes -r envs/uv.lock || {
            echo "servebench: uv could not be fetched from PyPI; see above, and run make again once connected" >&2
            exit 1
        }
        cp envs/uv.lock .cache/uv/lock
    fi
    # What we brought ourselves keeps its cache inside the checkout.
    UV_CACHE_DIR=${UV_CACHE_DIR:-$PWD/.cache/uv-cache}
    export UV_CACHE_DIR
fi

# The first of the phases that the study counts (Phase in workflow/servebench/words.py).
echo "[1/5] making .venv from $lock" >&2
if ! is_whole; then
    rm -rf .venv
    "$uv" venv --quiet --python "${python:->=3.11,<3.15}" .venv
    (cd .venv && pwd -P) >"$place"
fi
"$uv" pip install --quiet --python .venv/bin/python --compile-bytecode --require-hashes -r "$lock" || {
    echo "servebench: the packages of $lock could not be installed; see above, and run make again" >&2
    exit 1
}
cp "$lock" "$stamp"
