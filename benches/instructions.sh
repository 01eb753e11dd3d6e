#!/usr/bin/env bash
# Counts, with callgrind, the instructions that our crates and a peer execute at each published load, in one
# build on one machine, and compares the ratio ours / peer with the committed one in instructions.txt. A count is
# exact and repeatable, unlike a time, and a ratio holds for other processors and compilers as well.
#
#   benches/instructions.sh                 fails where a ratio has grown by more than 5 %, or has no committed figure
#   benches/instructions.sh --update        writes the ratios into instructions.txt
#   benches/instructions.sh --ours [LOAD..] prints our counts for one response, message or item, and compares nothing
#
# The peer is imap-proto or pop3-codec. Where these cannot read a load it is the simplest code over its bytes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

allowed_percent=5
committed=benches/instructions.txt
# The C library copies with `rep movsb` on some processors, which counts as one instruction a byte.
export GLIBC_TUNABLES=glibc.cpu.hwcaps=-ERMS,-FSRM

# Instructions for one response, message or item, by one side of a load.
count() {
  local units
  units="$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='*counted_run*' \
    "$binary" "$1" "$2" 2>"$log")" || {
    cat "$log" >&2
    return 1
  }
  awk -v units="$units" '/Collected/ && $NF > 0 { printf "%.2f", $NF / units; found = 1 } END { exit !found }' "$log" || {
    echo "$1: callgrind counted nothing in counted_run" >&2
    return 1
  }
}

case "${1-}" in
  "" | --update) (($# <= 1)) ;;
  --ours) ;;
  *) false ;;
esac || {
  echo "usage: benches/instructions.sh [--update | --ours [LOAD..]]" >&2
  exit 2
}

"${CARGO:-cargo}" build --locked --quiet --release -p benches --bin instructions
binary="${CARGO_TARGET_DIR:-target}/release/instructions"
log="$(mktemp)"
new="$(mktemp)"
trap 'rm -f "$log" "$new"' EXIT
cases="$("$binary")"

if [[ "${1-}" == --ours ]]; then
  shift
  loads=("$@")
  (($# > 0)) || mapfile -t loads < <(cut -d ' ' -f 1 <<<"$cases")
  for load in "${loads[@]}"; do
    ours="$(count "$load" ours)"
    printf '%-14s %s\n' "$load" "$ours"
  done
  exit
fi

failed=0
printf '%-14s %13s %13s  %-14s %9s %9s %9s\n' load ours "peer's" peer ratio committed growth
while read -r load peer; do
  ours="$(count "$load" ours)"
  theirs="$(count "$load" peer)"
  ratio="$(awk -v ours="$ours" -v theirs="$theirs" 'BEGIN { printf "%.5f", ours / theirs }')"
  echo "$load $peer $ratio" >>"$new"
  before="$(awk -v load="$load" -v peer="$peer" '$1 == load && $2 == peer { print $3 }' "$committed")"
  if [[ -z "$before" ]]; then
    growth="no figure"
    failed=1
  else
    growth="$(awk -v now="$ratio" -v before="$before" 'BEGIN { printf "%+.1f %%", (now / before - 1) * 100 }')"
    # One that is not a number fails as well.
    awk -v now="$ratio" -v before="$before" -v allowed="$allowed_percent" \
      'BEGIN { exit !(before > 0 && now <= before * (1 + allowed / 100)) }' || {
      growth+="  more than $allowed_percent %"
      failed=1
    }
  fi
  printf '%-14s %13s %13s  %-14s %9s %9s %9s\n' "$load" "$ours" "$theirs" "$peer" "$ratio" "${before:--}" "$growth"
done <<<"$cases"
# A figure whose load has gone hides a case that is no longer counted.
while read -r load peer _; do
  grep -qF "$load $peer " "$new" || {
    echo "$committed: there is no load $load with the peer $peer" >&2
    failed=1
  }
done < <(grep -v '^#' "$committed")

if [[ "${1-}" == --update ]]; then
  {
    echo "# Load, peer, our instructions as a share of the peer's. Written by instructions.sh --update."
    cat "$new"
  } >"$committed"
  echo "written to $committed"
elif ((failed != 0)); then
  echo "A load needs more instructions than before, or has no figure. Make it quicker, or commit the output of" >&2
  echo "benches/instructions.sh --update with the reason." >&2
  exit 1
fi
