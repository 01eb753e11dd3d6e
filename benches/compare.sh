#!/usr/bin/env bash
# Compares the published figures about speed with those of another commit: builds `measure` of both, runs the two
# in turn, round by round, and takes medians. A figure is a speed beside a peer's or a limit's in the same run;
# SEARCH and ESEARCH are also given as nanoseconds an id.
#
#   benches/compare.sh COMMIT [--rounds N] [--profile release|fat] [--only PREFIX]
#
# Default: 9 rounds, both profiles, every contest. Fails if a figure falls by more than 5 %. The build of the other
# commit stays in target/compare/. CARGO names another cargo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=9
profiles=(release fat)
only=()
commit="${1-}"
shift || true
while (($# > 1)); do
  case "$1" in
    --rounds) rounds="$2" ;;
    --profile) profiles=("$2") ;;
    --only) only=(--only "$2") ;;
    *) commit="" ;;
  esac
  shift 2
done
[[ -n "$commit" && $# == 0 ]] && commit="$(git rev-parse --verify --quiet "$commit^{commit}")" || {
  echo "usage: benches/compare.sh COMMIT [--rounds N] [--profile release|fat] [--only PREFIX]" >&2
  exit 2
}

# Contest, our contender, the one beside it; `-`: nanoseconds.
figures='
ENVELOPE, 16 KiB reads|imap-proto-lite machine, walked|imap-proto 0.17
FLAGS, 16 KiB reads|imap-proto-lite machine, walked|imap-proto 0.17
FLAGS, 16 KiB reads|imap-proto-lite machine, walked|imap-rs-core 0.2.4, whole
BODYSTRUCTURE, 16 KiB reads|imap-proto-lite machine, walked|imap-proto 0.17
LIST, 16 KiB reads|imap-proto-lite machine, walked|imap-rs-core 0.2.4, whole
STATUS, 16 KiB reads|imap-proto-lite machine, walked|imap-rs-core 0.2.4, whole
CAPABILITY, 16 KiB reads|imap-proto-lite machine, walked|imap-rs-core 0.2.4, whole
SEARCH, 16 KiB reads|imap-proto-lite machine, walked|imap-proto 0.17
SEARCH, 16 KiB reads|imap-proto-lite machine, walked|-
ESEARCH, 16 KiB reads|imap-proto-lite machine, walked|-
mixed, reads of 1|imap-proto-lite machine, walked|imap-proto 0.17
few FLAGS, reads of 1|imap-proto-lite machine, walked|imap-proto 0.17
few ENVELOPE, reads of 1|imap-proto-lite machine, walked|imap-proto 0.17
small bodies, 16 KiB reads|imap-proto-lite machine, walked|limit: 16 KiB reads
large bodies, 16 KiB reads|imap-proto-lite machine, walked|limit: 16 KiB reads
POP3 mail, un-stuffing|pop3-proto decoder into Bytes, 16 KiB reads|limit: copy in 64 KiB blocks
POP3 mail, un-stuffing|pop3-proto decoder into Bytes, 64 KiB reads|limit: state machine per byte
POP3 LIST, one event an item|pop3-proto machine, 16 KiB reads|pop3-codec 0.3.0, whole buffer
POP3 UIDL, one event an item|pop3-proto machine, 16 KiB reads|pop3-codec 0.3.0, whole buffer
POP3 RETR, 8 MB over loopback|pop3-proto client, chunk by chunk|pop3-client 0.3.0
'

cargo="${CARGO:-cargo}"
folder="$PWD/target/compare"
other="$folder/$commit"
if [[ ! -e "$other/tree/Cargo.toml" ]]; then
  mkdir -p "$other/tree"
  git archive "$commit" | tar -x -C "$other/tree"
fi

failed=0
for profile in "${profiles[@]}"; do
  build=(build --locked --quiet --profile "$profile" -p benches --bin measure)
  "$cargo" "${build[@]}"
  (cd "$other/tree" && CARGO_TARGET_DIR="$other/target" "$cargo" "${build[@]}")
  results="$folder/$profile.txt"
  : >"$results"
  for ((round = 1; round <= rounds; round++)); do
    for side in old new; do
      binary="${CARGO_TARGET_DIR:-target}/$profile/measure"
      [[ "$side" == new ]] || binary="$other/target/$profile/measure"
      echo "round $round of $rounds, profile $profile, $side" >&2
      "$binary" --rounds 1 "${only[@]}" | sed "s/^/$side\t/" >>"$results"
    done
  done
  echo "## Profile $profile: $(git log -1 --format='%h' "$commit") and this tree, $rounds rounds in turn"
  echo
  echo "| contest | ours | beside | old | new | new / old |"
  echo "|---|---|---|---|---|---|"
  awk -F '\t' -v figures="$figures" '
    $2 == "contest" { contest = $3; units[contest] = $6; next }
    $2 == "row" && $5 + 0 > 0 { rows[$1, contest, $3]++; ns[$1, contest, $3, rows[$1, contest, $3]] = $5 }
    # The median of the figure over the rounds of one side.
    function median(side, contest, ours, beside,   count, place, value, other, sorted) {
      count = rows[side, contest, ours]
      if (!count || beside != "-" && rows[side, contest, beside] != count) return 0
      for (place = 1; place <= count; place++) {
        value = ns[side, contest, ours, place]
        value = beside == "-" ? value / units[contest] : ns[side, contest, beside, place] / value
        for (other = place - 1; other > 0 && sorted[other] > value; other--) sorted[other + 1] = sorted[other]
        sorted[other + 1] = value
      }
      return count % 2 ? sorted[(count + 1) / 2] : (sorted[count / 2] + sorted[count / 2 + 1]) / 2
    }
    END {
      bad = 0
      count = split(figures, lines, "\n")
      for (line = 1; line <= count; line++) {
        if (split(lines[line], part, "|") != 3 || !(part[1] in units)) continue
        before = median("old", part[1], part[2], part[3])
        now = median("new", part[1], part[2], part[3])
        if (!before || !now) {
          printf "| %s | %s | %s | - | - | **not measured** |\n", part[1], part[2], part[3]
          bad = 1
          continue
        }
        change = part[3] == "-" ? before / now : now / before
        mark = change < 0.95 ? " **falls**" : ""
        if (mark) bad = 1
        printf "| %s | %s | %s | %.2f | %.2f | %.3f%s |\n", part[1], part[2],
          part[3] == "-" ? "(ns each)" : part[3], before, now, change, mark
      }
      exit bad
    }' "$results" || failed=1
  echo
done
exit "$failed"
