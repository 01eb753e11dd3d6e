#!/usr/bin/env bash
# Runs mail programs of other projects against the test server, and compares what they saw and did with its store
# and its event log. The programs have to be installed, as `.ci/run clients` does; the clients for Node are fetched.
#
#   clients.sh DIR [CLIENT...]   works below DIR; all clients, or these
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dir="$(mkdir -p "$1" && cd "$1" && pwd)"
shift
cargo build --locked --quiet -p mail-testserver --example observed
cargo build --locked --quiet -p mailclient-cli --bin mail
target="$(cargo metadata --locked --no-deps --format-version 1 |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
npm install --prefix "$dir" --no-audit --no-fund --no-save --ignore-scripts --loglevel error \
  imapflow@2.10.2 node-imap@0.9.6
export NODE_PATH="$dir/node_modules" PYTHONDONTWRITEBYTECODE=1
python3 .ci/clients/run.py "$target/debug" "$dir" "$@"
