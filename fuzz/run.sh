#!/usr/bin/env bash
# Runs fuzz targets under libFuzzer for some minutes each, from the seeds and from the corpus of earlier runs.
# Needs a nightly compiler, a C++ compiler and cargo-fuzz (`cargo install cargo-fuzz`). Write the hours and the
# findings into HOURS.md.
#
#   fuzz/run.sh MINUTES [TARGET..]     default: every target
#
# Ends at the first finding, which is left in fuzz/artifacts/TARGET; `cargo run -p fuzz --bin TARGET -- FILE`
# replays it with a stable compiler.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

minutes="${1-}"
[[ "$minutes" =~ ^[0-9]+$ ]] || {
  echo "usage: fuzz/run.sh MINUTES [TARGET..]" >&2
  exit 2
}
shift
targets=("$@")
(($# > 0)) || mapfile -t targets < <(basename -s .rs -a fuzz/fuzz_targets/*.rs)
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
  words=imap
  [[ "$target" != pop3_* && "$target" != body_decode ]] || words=pop3
  [[ "$target" != mail_* ]] || words=mail
  mkdir -p "fuzz/corpus/$target"
  code=0
  cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
    -max_total_time=$((minutes * 60)) -max_len=4096 -dict="fuzz/dict/$words.dict" -print_final_stats=1 >"$log" 2>&1 || code=$?
  printf '%s, %s, %s min, %s: ' "$target" "$(git rev-parse --short HEAD)" "$minutes" \
    "$(sed -n 's/^stat::number_of_executed_units: */executions /p' "$log")"
  if ((code != 0)); then
    echo "FINDING or failure (status $code)"
    tail -n 40 "$log"
    exit "$code"
  fi
  echo "no finding"
done
