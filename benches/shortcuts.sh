#!/usr/bin/env bash
# Measures the gain of each shortcut: in a copy of the tree the function returns `None` at once, and the
# instructions at every published load are counted again. A shortcut is a function of a file named `fast` that
# other files call. Needs valgrind, perl and Rust.
#
#   benches/shortcuts.sh [NAME..]      all shortcuts, or those with these names
#
# Prints, for each, the loads on which it saves or costs at least 1 % of the instructions, and marks those that save
# less than 5 % everywhere. The copy is made in target/shortcuts. CARGO names another cargo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder="$PWD/target/shortcuts"
tree="$folder/tree"
export CARGO_TARGET_DIR="$folder/target"
rm -rf "$tree"
mkdir -p "$tree"
git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2>/dev/null | tar -c -T - | tar -x -C "$tree"
cd "$tree"
# Cargo builds what is newer than its last build: the copy may be older, and what was changed below.
find . -name '*.rs' -exec touch {} +
fast='(^|/)fast(\.rs|/)'

# File and name of each shortcut of a crate.
shortcuts() {
  local crate="$1" called file
  called="$(find "$crate/src" -name '*.rs' | grep -vE "$fast" | xargs grep -hoE '\bfast(::[a-z0-9_]+)+' | sed 's/.*:://' | sort -u)"
  while read -r file; do
    sed -nE 's/^ *pub(\([a-z]+\))? (const )?fn ([a-z0-9_]+).*/\3/p' "$file" | { grep -xF "$called" || true; } | sed "s|^|$file |"
  done < <(find "$crate/src" -name '*.rs' | grep -E "$fast" | grep -v 'tests\.rs$' | sort)
}

# Counts into a file: load and our instructions.
count() {
  benches/instructions.sh --ours >"$1"
}

count "$folder/with.txt"
printf '| shortcut | file | saves |\n|---|---|---|\n'
for crate in imap-proto-lite pop3-proto; do
  while read -r file name; do
    (($# == 0)) || [[ " $* " == *" $name "* ]] || continue
    cp "$file" "$folder/saved.rs"
    NAME="$name" perl -0777 -pi -e 's/(\bfn \Q$ENV{NAME}\E\b[^{]*\{)/$1 if true { return None; }/' "$file"
    if count "$folder/without.txt" 2>"$folder/errors.txt" </dev/null; then
      awk -v name="$name" -v file="$file" '
        NR == FNR { with[$1] = $2; next }
        {
          gain = (1 - with[$1] / $2) * 100
          if (gain > most) most = gain
          if (gain >= 1 || gain <= -1) found = found (found ? ", " : "") sprintf("%.1f %% on %s", gain, $1)
        }
        END { printf "| %s | %s | %s%s |\n", name, file, found ? found : "nothing", most < 5 ? " **below 5 %**" : "" }
      ' "$folder/with.txt" "$folder/without.txt"
    else
      printf '| %s | %s | **not measured**: %s |\n' "$name" "$file" "$(grep -m 1 -E '^error|instructions:' "$folder/errors.txt" || echo '?')"
    fi
    mv "$folder/saved.rs" "$file"
    touch "$file"
  done < <(shortcuts "$crate")
done
