#!/usr/bin/env bash
# The Python with which the tests run the documentation's examples (notebook, DuckDB): pinned packages in the cache
# folder, made once. Prints where it is; where it cannot be made, says why on standard error and prints nothing.
set -uo pipefail
cd "$(dirname "$0")"
[ -n "${VARIORUM_PYTHON:-}" ] && { echo "$VARIORUM_PYTHON"; exit 0; }
skip() { echo "== No Python for the documentation's examples ($1); their texts are checked, but not run" >&2; exit 0; }
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  ./packages.sh 'python3-venv:/usr/lib/python3*/ensurepip/__init__.py' >&2 || skip "python3-venv is missing"
fi
key=$({ python3 --version; uname -m; cat python/requirements.txt; } | sha256sum | cut -c1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/variorum
folder=$cache/python-$key
if [ ! -e "$folder/made" ]; then
  echo "== Getting pandas, pyarrow, requests and DuckDB for the documentation's examples, once (425 MB)" >&2
  rm -rf "$cache"/python-*
  python3 -m venv "$folder" >&2 || skip "python3 cannot make a virtual environment"
  timeout 300 "$folder/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: \
    --requirement python/requirements.txt >&2 || skip "the packages cannot be fetched from PyPI"
  touch "$folder/made"
fi
echo "$folder/bin/python"
