#!/usr/bin/env bash
# Packs every crate that can be published, and builds a program from the packages outside of this repository.
# Needs Rust, git, and a network for `cargo vendor`.
#
#   .ci/packages.sh DIR     DIR is an empty folder for the copies
#
# A crate can be published when its manifest takes `publish` from the workspace. There the switch may be off; in
# the copy it is on, because cargo then resolves the dependencies of our packages among themselves.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ $# == 1 && -d $1 ]] || {
  echo "usage: packages.sh DIR" >&2
  exit 2
}
dir="$(cd "$1" && pwd)"
program="$PWD/.ci/outside.rs"
modules="$PWD/mailclient/tests/it/outside"
# A folder of its own for each run: cargo unpacks our packages below its home, by this folder's name and their
# version, and takes what an earlier run unpacked there for the same package.
export CARGO_TARGET_DIR="$dir/target"

# The files of the repository as they are now, committed: `cargo package` and a git dependency take commits.
source="$dir/source"
mkdir "$source"
git ls-files -z --cached --others --exclude-standard |
  while IFS= read -r -d '' file; do [[ ! -e "$file" && ! -L "$file" ]] || printf '%s\0' "$file"; done |
  tar -c --null -T - | tar -x -C "$source"
sed -i 's/^publish = false$/publish = true/' "$source/Cargo.toml"
git -C "$source" init --quiet
git -C "$source" add --all
git -C "$source" -c user.name=ci -c user.email=ci@localhost commit --quiet --message "packages"

mapfile -t manifests < <(cd "$source" && git grep -l '^publish\.workspace = true$')
((${#manifests[@]} > 0)) || {
  echo "no crate can be published" >&2
  exit 1
}
names=()
selected=()
for manifest in "${manifests[@]}"; do
  name="$(sed -n 's/^name = "\(.*\)"$/\1/p' "$source/$manifest" | head -n 1)"
  names+=("$name")
  selected+=(-p "$name")
done

# Builds each package from its own files.
echo "+ cargo package ${selected[*]}"
(cd "$source" && cargo package --quiet --locked "${selected[@]}")
# Checks the metadata as the registry does; the packages were built above.
echo "+ cargo publish --dry-run ${selected[*]}"
(cd "$source" && cargo publish --dry-run --no-verify --quiet --locked "${selected[@]}")

packages="$dir/packages"
mkdir "$packages"
for name in "${names[@]}"; do
  archive=("$CARGO_TARGET_DIR/package/$name"-[0-9]*.crate)
  tar -x -z -f "${archive[0]}" -C "$packages"
  folder="$(basename "${archive[0]}" .crate)"
  mv "$packages/$folder" "$packages/$name"
  for file in README.md LICENSE-MIT LICENSE-APACHE; do
    [[ -s "$packages/$name/$file" ]] || {
      echo "the package of $name lacks $file" >&2
      exit 1
    }
  done
  echo "packages: $name, $(find "$packages/$name" -type f | wc -l) files, $(stat -c %s "${archive[0]}") bytes"
done

# Makes a crate with the program; the dependencies follow from standard input.
crate() {
  mkdir -p "$1/src"
  cp "$program" "$1/src/main.rs"
  cp "$modules"/*.rs "$1/src/"
  cp "$source/Cargo.lock" "$1/Cargo.lock"
  {
    printf '[package]\nname = "outside"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\n'
    printf 'tokio = { version = "1", features = ["io-util", "macros", "rt"] }\n'
    cat
  } >"$1/Cargo.toml"
}

# By path: the unpacked packages in place of those of the registry.
{
  for name in "${names[@]}"; do
    echo "$name = \"*\""
  done
  printf '\n[patch.crates-io]\n'
  for name in "${names[@]}"; do
    echo "$name = { path = \"$packages/$name\" }"
  done
} | crate "$dir/by-path"
echo "+ cargo run (by path)"
(cd "$dir/by-path" && cargo run --quiet)

# Vendored: from git, as the repository is, and then without it and without a network.
for name in "${names[@]}"; do
  echo "$name = { git = \"file://$source\" }"
done | crate "$dir/vendored"
echo "+ cargo vendor"
mkdir "$dir/vendored/.cargo"
(cd "$dir/vendored" && cargo vendor --quiet vendor >"$dir/vendored.toml" && mv "$dir/vendored.toml" .cargo/config.toml)
rm -rf "$source"
echo "+ cargo run --offline (vendored)"
(cd "$dir/vendored" && cargo run --quiet --offline --locked)
