#!/usr/bin/env bash
# Shows that the shortcuts are only shortcuts: deletes the files named `fast` and their calls in a copy of the
# protocol crates, and runs the tests of both crates there. Needs bash, git, perl and Rust.
#
#   .ci/without-fast.sh            deletes and tests
#   .ci/without-fast.sh --diff     prints what is deleted outside of these files, and tests nothing
#
# `if let Some(x) = fast::rule(..) { .. }` goes with its block, any other call `fast::rule(..)` becomes `None`.
# Whatever else names something of a `fast` file does not compile without it. The copy is made in target/without-fast, so that
# a second run does not build the dependencies again; ours are always built, because every file of the copy is new.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder="$PWD/target/without-fast"
tree="$folder/tree"
rm -rf "$tree"
mkdir -p "$tree"
git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2>/dev/null | tar -c -T - | tar -x -m -C "$tree"

fast='(^|/)fast(\.rs|/)'
cd "$tree"
mapfile -t gone < <(find pop3-proto/src imap-proto-lite/src -name '*.rs' | grep -E "$fast" | sort)
mapfile -t left < <(find pop3-proto/src imap-proto-lite/src -name '*.rs' | grep -vE "$fast" | xargs grep -lw fast | sort)
((${#gone[@]} > 0)) || {
  echo "there is no file named fast" >&2
  exit 1
}
echo "without: $(cat "${gone[@]}" | wc -l) lines in ${#gone[@]} files named fast, and their calls in ${#left[@]} files"
rm "${gone[@]}"

perl -0777 -pi -e '
  # What may stand between brackets, literals and comments included.
  my $text = qr{//[^\n]*|b?\x27(?:[^\x27\\]|\\.[^\x27]*)\x27|\x27|b?"(?:[^"\\]|\\.)*"}s;
  our ($list, $block);
  $list = qr{\((?:[^()\x27"/]++|$text|/|(??{$list}))*+\)}s;
  $block = qr{\{(?:[^{}\x27"/]++|$text|/|(??{$block}))*+\}}s;
  my $call = qr{(?<![\w:])(?:\w+::)*fast(?:::\w+)+$list}s;
  s/^[ ]*(?:pub(?:\([a-z]+\))? )?mod fast;\n//mg;
  # In imports: the module, alone or with others.
  s{^([ ]*(?:pub(?:\([a-z]+\))? )?use )([^;]+);\n}{
    my ($head, $names) = ($1, $2);
    if ($names =~ /^(?:\w+::)*fast(?:::[^;]*)?$/) { "" }
    else { $names =~ s/(?<![\w:])(?:\w+::)*fast(?:::\{[^{}]*\})?,?(?=\s|,|\})//g; "$head$names;\n" }
  }mge;
  # A branch that is taken if a shortcut gives a value.
  s{\bif let (?:Some|Ok)$list = $call\s*(?:&&[^{}]*)?$block\s*(else\b\s*)?}{}sg;
  s/$call\.is_some\(\)/false/g;
  s/$call/None/g;
  s/(?<![\w:])(?:\w+::)*fast(?:::\w+)+/|_| None/g;
' "${left[@]}"

# What is inlined into callers is in a fast file itself, and calls the general case by another name. Here the general
# case takes its place.
sed -i 's/pub(super) fn poll_slowly(/pub fn poll_event(/' imap-proto-lite/src/client/receive.rs
cat >>imap-proto-lite/src/wire/list.rs <<'RUST'
impl<'l, E: Element> Iterator for Iter<'l, E> {
    type Item = E::Item<'l>;

    fn next(&mut self) -> Option<E::Item<'l>> {
        self.left = self.left.checked_sub(1)?;
        let (rest, item) = E::read(self.rest)?;
        self.rest = rest;
        Some(item)
    }
}
RUST
cat >>imap-proto-lite/src/response/parse/fetch.rs <<'RUST'
impl<'l> Iterator for AttributeIter<'l> {
    type Item = FetchAttribute<'l>;

    fn next(&mut self) -> Option<FetchAttribute<'l>> {
        self.next_slowly()
    }
}
RUST

if [[ "${1-}" == --diff ]]; then
  for file in "${left[@]}"; do
    diff -U 1 --label "$file" --label "$file" "$OLDPWD/$file" "$file" || true
  done
  exit
fi
# What only a shortcut used is unused now, which is no fault here.
export RUSTFLAGS="${RUSTFLAGS-} -A unused" CARGO_TARGET_DIR="$folder/target"
"${CARGO:-cargo}" test --locked --quiet -p pop3-proto -p imap-proto-lite
echo "without: every test of both crates passes"
