#!/usr/bin/env bash
# Counts the instructions that our crates execute for one response, message or item, with callgrind: exact and
# repeatable, unlike a time. Compares with the committed figures in instructions.txt.
#
#   benches/instructions.sh            fails where a figure has grown by more than 3 %
#   benches/instructions.sh --update   writes the figures of this machine and compiler into instructions.txt
#
# The figures hold for one compiler and one set of processor features: the standard library picks other routines
# on other processors. For an unknown combination the figures are printed, and nothing fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cases=(envelope flags bodystructure bodies search pop3-retr pop3-list)
runs=3
allowed_per_mille=30
committed=benches/instructions.txt

features() {
  local feature found=""
  for feature in sse4_2 avx2 bmi2 avx512f avx512bw avx512vl erms fsrm; do
    if grep -m 1 '^flags' /proc/cpuinfo | grep -qw "$feature"; then
      found+="${found:+,}$feature"
    fi
  done
  echo "${found:-none}"
}

# Instructions of a whole process, and what it prints.
count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" "$1" "$2" 2>"$log" >"$units_file" || {
    cat "$log" >&2
    return 1
  }
  awk '/Collected/ { print $NF }' "$log"
}

case "${1-}" in
  "" | --update) ;;
  *)
    echo "usage: benches/instructions.sh [--update]" >&2
    exit 2
    ;;
esac

cargo build --locked --quiet --release -p benches --bin instructions
binary="${CARGO_TARGET_DIR:-target}/release/instructions"
log="$(mktemp)"
units_file="$(mktemp)"
new="$(mktemp)"
trap 'rm -f "$log" "$units_file" "$new"' EXIT

key="$(rustc -V | tr ' ' '_')|$(features)"
known=0
failed=0
grep -qF "$key " "$committed" 2>/dev/null && known=1

printf '%-14s %14s %14s %9s\n' case "per unit" committed growth
for case in "${cases[@]}"; do
  without="$(count "$case" 0)"
  with="$(count "$case" "$runs")"
  units="$(cat "$units_file")"
  # In tenths, so that whole numbers are exact enough.
  tenths=$(((with - without) * 10 / (runs * units)))
  figure="$((tenths / 10)).$((tenths % 10))"
  echo "$key $case $figure" >>"$new"
  before="$(awk -v key="$key" -v name="$case" '$1 == key && $2 == name { print $3 }' "$committed" 2>/dev/null || true)"
  if [[ -z "$before" ]]; then
    printf '%-14s %14s %14s %9s\n' "$case" "$figure" - -
    # A known machine needs a figure for every case, or growth would pass unseen.
    ((known == 0)) || failed=1
    continue
  fi
  before_tenths=$((10#${before/./}))
  mark=""
  if ((tenths * 1000 > before_tenths * (1000 + allowed_per_mille))); then
    mark="  more than 3 %"
    failed=1
  fi
  growth=$(((tenths - before_tenths) * 10000 / before_tenths))
  sign=""
  ((growth >= 0)) || sign="-"
  growth=${growth#-}
  printf '%-14s %14s %14s %7s %%%s\n' "$case" "$figure" "$before" "$sign$((growth / 100)).$(printf %02d $((growth % 100)))" "$mark"
done

if [[ "${1-}" == --update ]]; then
  {
    echo "# Instructions per response, message or item: compiler|processor features, case, figure. Written by instructions.sh --update."
    { grep -v '^#' "$committed" 2>/dev/null || true; } | { grep -vF "$key " || true; }
    cat "$new"
  } >"$committed.new"
  mv "$committed.new" "$committed"
  echo "written to $committed"
elif ((known == 0)); then
  echo "no figures for $key: nothing compared"
elif ((failed != 0)); then
  echo "instructions have grown, or a case has no figure: make it quicker, or commit the output of benches/instructions.sh --update with the reason" >&2
  exit 1
fi
