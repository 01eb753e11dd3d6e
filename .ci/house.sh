#!/usr/bin/env bash
# Checks the shape of the sources, which no compiler sees: the two protocol crates have the same files,
# imports have one style, comments fit into 100 columns, the grammar takes no bytes apart. Needs bash, git and awk.
#
#   .ci/house.sh        prints each fault with its place; fails if there is one
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pop3=pop3-proto
imap=imap-proto-lite
faults="$(mktemp)"
trap 'rm -f "$faults"' EXIT

fault() {
  printf '%s\n' "$*" >>"$faults"
}

# The paths of a crate's sources below `src` without unit tests, one a line; `$2` limits them to a pattern.
paths() {
  (cd "$1/src" && git ls-files --cached --others --exclude-standard -- '*.rs') |
    grep -vE '(^|/)tests(\.rs|/)' | sed 's|/mod\.rs$|.rs|' | grep -E "${2:-.}" | sort
}

# Files that only one of the crates has, in the folders of the machines.
same_machine_files() {
  local path
  while read -r path; do
    fault "$path: only one of $pop3/src and $imap/src has this file"
  done < <(comm -3 <(paths $pop3 '^(client|server)/') <(paths $imap '^(client|server)/') | tr -d '\t')
}

same_root_files() {
  local crate name
  for name in lib config error event retry patience state parse encode; do
    for crate in $pop3 $imap; do
      [[ -f "$crate/src/$name.rs" ]] || fault "$crate/src/$name.rs is missing: it belongs to both crates"
    done
  done
}

# At least 85 of 100 files of the smaller crate have a namesake in the larger one.
most_paths_are_shared() {
  local all shared
  all=$(paths $pop3 | wc -l)
  shared=$(comm -12 <(paths $pop3) <(paths $imap) | wc -l)
  echo "house: $shared of $all paths of $pop3/src exist in $imap/src"
  ((shared * 100 >= all * 85)) || {
    fault "fewer than 85 % of the paths of $pop3/src exist in $imap/src; those that do not:"
    comm -23 <(paths $pop3) <(paths $imap) | sed 's/^/  /' >>"$faults"
  }
}

# A file without the type `Status`, its docs, attributes and impls: the protocols have different words there.
without_status() {
  awk '
    skipping { if (/^}/) skipping = 0; next }
    /^(\/\/\/|#\[)/ { held = held $0 "\n"; next }
    /^(pub )?(enum|impl).*[^A-Za-z]Status([^A-Za-z]|$)/ { held = ""; skipping = !/}$/; next }
    { printf "%s%s\n", held, $0; held = "" }
  ' "$1" | cat -s
}

same_text() {
  local name difference
  for name in event retry patience; do
    [[ -f "$pop3/src/$name.rs" && -f "$imap/src/$name.rs" ]] || continue
    difference="$(diff <(without_status "$pop3/src/$name.rs") <(without_status "$imap/src/$name.rs"))" || {
      fault "$name.rs is not the same text in $pop3/src and $imap/src:"
      printf '%s\n' "$difference" | sed 's/^/  /' >>"$faults"
    }
  done
}

# Imports: blocks in the order std, crates, ours, with an empty line between them, and one `use` for each
# crate in a block. `pub use`, and a `use` with an attribute, are not looked at.
imports() {
  git ls-files --cached --others --exclude-standard -- '*.rs' | xargs awk '
    function place(line) { return file ":" line }
    function complain(line, what) { print place(line) ": " what }
    # Reads a run of `use` statements of one indentation, with empty lines between them, from line `at` on.
    function run(at,   start, indent, root, kind, blockkind, lastkind, seen) {
      match(lines[at], /^ */); indent = RLENGTH; lastkind = -1; blockkind = -1
      while (at <= count) {
        if (lines[at] == "") {
          lastkind = blockkind == -1 ? lastkind : blockkind; blockkind = -1; split("", seen); at++
          continue
        }
        match(lines[at], /^ */)
        if (RLENGTH != indent || substr(lines[at], indent + 1, 4) != "use ") break
        root = substr(lines[at], indent + 5); sub(/^::/, "", root); sub(/[^A-Za-z0-9_].*/, "", root)
        kind = root ~ /^(std|core|alloc)$/ ? 0 : root ~ /^(crate|self|super)$/ || (root in mods) ? 2 : 1
        if (blockkind == -1) {
          if (kind == lastkind) complain(at, "an empty line inside of a block of imports")
          if (kind < lastkind) complain(at, "blocks of imports are not in the order std, crates, ours")
        } else if (kind != blockkind) {
          complain(at, "imports of std, crates and ours in one block")
        }
        if (root in seen) complain(at, "a second `use` of " root " in one block")
        seen[root]; blockkind = kind
        while (at <= count && lines[at] !~ /;/) at++
        at++
      }
      return at
    }
    function check(   at) {
      for (at = 1; at <= count;) {
        if (lines[at] ~ /^ *use / && lines[at - 1] !~ /^ *#\[/) at = run(at)
        else at++
      }
    }
    FNR == 1 { if (file) check(); file = FILENAME; count = 0; split("", lines); split("", mods) }
    { lines[++count] = $0 }
    match($0, /^ *(pub(\([a-z]+\))? )?mod [a-z0-9_]+/) {
      name = substr($0, RSTART, RLENGTH); sub(/.* /, "", name); mods[name]
    }
    END { check() }
  ' >>"$faults"
}

# Comments fit into 100 columns; a byte that continues a character is no column.
comment_width() {
  git ls-files --cached --others --exclude-standard -- '*.rs' | xargs awk '
    /(^|[ \t])\/\// { line = $0; gsub(/[\200-\277]/, "", line) }
    /(^|[ \t])\/\// && length(line) > 100 { print FILENAME ":" FNR ": a comment of " length(line) " columns" }
  ' >>"$faults"
}

# `cargo build --examples` puts all examples into one folder, so their names are different.
example_names() {
  local name
  for name in $pop3/examples/pop3_{parse,blocking} $imap/examples/imap_{parse,blocking}; do
    [[ -f "$name.rs" ]] || fault "$name.rs is missing"
  done
}

# The tests of the two crates: one list of transcripts, and each invariant is a test of one name.
same_tests() {
  local name crate
  for name in transcripts; do
    cmp -s "$pop3/tests/it/$name.rs" "$imap/tests/it/$name.rs" ||
      fault "tests/it/$name.rs is not the same text in $pop3 and $imap"
  done
  for name in progress_every_event_consumes_bytes_or_something_queued none_means_more_bytes_are_needed \
    split_independence_events_do_not_depend_on_the_cuts memory_is_bounded_whatever_the_server_sends \
    work_is_linear_also_byte_by_byte an_error_is_returned_for_ever no_panic_whatever_the_bytes_and_calls \
    each_accepted_command_is_done_once silence_before_the_greeting silence_during_the_tls_upgrade \
    no_injection_in_arguments no_injection_after_starttls a_send_error_means_nothing_happened \
    secrets_are_not_in_debug_display_events_or_errors no_credentials_in_clear_text drop_sends_nothing \
    an_answer_before_its_command_is_an_error a_second_answer_is_an_error \
    an_answer_before_its_command_is_complete_is_no_success; do
    for crate in $pop3 $imap; do
      grep -qE "fn $name\(" $crate/tests/it/{properties,memory,early}.rs || fault "$crate/tests/it: no test $name"
    done
  done
}

# Sources of a crate, without tests and without the files named `fast`.
common_form() {
  git ls-files --cached --others --exclude-standard -- "$@" | grep -vE '(^|/)(fast|tests)(\.rs$|/)'
}

# Functions of the grammar that may take bytes apart, with the reason: file, function, reason. At most five.
byte_exceptions="
$imap/src/response/parse/mailbox.rs delimiter: the delimiter is the first byte of a string's value
$imap/src/types/capability/mod.rs values: splits a name that was read already
"

# The grammar is composed of nom's combinators and of the tokens in `wire/`: outside of these and of the files
# named `fast` nothing takes bytes apart by their place or loops over them.
grammar() {
  local found
  (($(grep -c . <<<"$byte_exceptions") <= 5)) || fault "more than five functions may take bytes apart"
  found="$(common_form {$pop3,$imap}/src/{response,command}/parse/'*.rs' "$imap/src/types/*read.rs" \
    "$imap/src/types/body_structure/fields.rs" "$imap"/src/types/{date,capability,flag,mailbox_name,name_attribute}'*.rs' |
    xargs awk -v exceptions="$byte_exceptions" '
    BEGIN {
      split(exceptions, lines, "\n")
      for (at in lines) if (split(lines[at], word, "[ :]")) allowed[word[1] " " word[2]]
    }
    FNR == 1 { name = ""; tests = 0 }
    # Unit tests at the end of a file; `mod tests;` ends with its line.
    /^(pub )?mod tests \{/ { tests = 1 }
    tests || /^ *\/\// { next }
    match($0, /fn [a-z0-9_]+/) { name = substr($0, RSTART + 3, RLENGTH - 3) }
    # By place: `[at]`, `.get(3)`, `.get(from..)`, patterns of slices; loops: `position`, memchr, `for octet in`.
    /[a-z_)]\[[a-z0-9_.]+\]/ && !/#\[/ || /\.get\(([0-9]|[^()]*\.\.)|\.first\(\)|split_at|split_first|split_last|@ \.\.|\[b\x27/ ||
    /\.position\(|memchr|memrchr|\.bytes\(\)|while let Some\(&?(octet|byte)/ ||
    /for &?(octet|byte|[a-z]+) in [a-z_.&]*(octets|bytes|input|rest|raw|line)( |\.iter)/ {
      if (!(FILENAME " " name in allowed)) print FILENAME ":" FNR ": " name " takes bytes apart outside of wire/ and the fast files"
    }
  ')"
  [[ -z "$found" ]] || printf '%s\n' "$found" >>"$faults"
}

# `inline` belongs to the scanners and the shortcuts; elsewhere the compiler decides.
inline_attributes() {
  local found
  found="$(common_form "$pop3/src/*.rs" "$imap/src/*.rs" | grep -v '/wire/swar\.rs$' | xargs grep -nE '#!?\[(cfg_attr\(.*, )?inline' /dev/null || true)"
  [[ -z "$found" ]] || printf '%s\n' "$found" | sed 's/$/ is outside of wire\/swar.rs and the fast files/' >>"$faults"
}

same_machine_files
same_root_files
same_tests
most_paths_are_shared
same_text
imports
comment_width
example_names
grammar
inline_attributes

if [[ -s "$faults" ]]; then
  cat "$faults" >&2
  echo "house: $(grep -c '^[^ ]' "$faults") faults" >&2
  exit 1
fi
echo "house: no fault"
