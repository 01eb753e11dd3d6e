#!/usr/bin/env bash
# Runs mail programs of other projects against the test server, and compares what they saw and did with its store
# and its event log. Debian's package manager has to have the programs installed: `.ci/run clients` does that.
#
#   clients.sh DIR [CLIENT...]   works below DIR; all clients, or these
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dir="$(mkdir -p "$1" && cd "$1" && pwd)"
shift
cargo build --locked --quiet -p mail-testserver --example observed
target="$(cargo metadata --locked --no-deps --format-version 1 |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
PYTHONDONTWRITEBYTECODE=1 python3 .ci/clients/run.py "$target/debug/examples/observed" "$dir" "$@"
