#!/usr/bin/env python3
"""Reads `cargo metadata` and prints the cargo commands of step `alone`, a line each.

Each default member is tested by itself, with its default features, with all, with none, and with each of its
features: in a run over the whole workspace every crate has the features that any other member asks for. The library is
also checked without the dependencies of its tests, which ask for features too.

With all features the unit tests are run, and of the integration tests the modules that name a feature; all others are
the same code as in the runs with the default and without features. With a single feature the unit tests are run. A
single feature that the tests of a crate turn on by themselves is not tested once more.

Left out are a feature that means the same as the default, and one that turns on nothing: its tests need something from
outside (real servers, recorded data), and the steps that have it run them.
"""

import json
import pathlib
import re
import sys

metadata = json.load(sys.stdin)
members = metadata["workspace_default_members"]


def modules(folder, features):
    """The top modules of tests/it that name one of these features."""
    named = re.compile("|".join(f'feature = "{feature}"' for feature in features))
    files = sorted((folder / "tests/it").rglob("*.rs"))
    # A feature that is named in main.rs is one that adds a module.
    named = [file.relative_to(folder / "tests/it") for file in files if named.search(file.read_text())]
    return sorted({f"{file.parts[0].removesuffix('.rs')}::" for file in named} - {"main::"})


for package in metadata["packages"]:
    if package["id"] not in members:
        continue
    name = package["name"]
    folder = pathlib.Path(package["manifest_path"]).parent
    library = any("lib" in target["kind"] for target in package["targets"])
    print(f"test --locked --quiet -p {name}")
    features = package["features"]
    useful = [feature for feature, turns_on in features.items() if turns_on and feature != "default"]
    # What its tests turn on by themselves is on in each of these runs.
    always = [feature for one in package["dependencies"] if one["name"] == name for feature in one["features"]]
    if set(useful) - {*features.get("default", []), *always}:
        every = f"--features {','.join(useful)}"
        print(f"test --locked --quiet -p {name} --lib {every}")
        print(f"test --locked --quiet -p {name} --test it {every} -- {' '.join(modules(folder, useful))}")
    # The default is a single feature: by itself it would be the default again.
    by_itself = [feature for feature in useful if features.get("default") != [feature]]
    for feature in [None, *by_itself] if useful else []:
        only = "--no-default-features" + (f" --features {feature}" if feature else "")
        if library:
            print(f"clippy --locked --quiet -p {name} --lib {only} -- -D warnings")
        if feature is None:
            print(f"test --locked --quiet -p {name} {only}")
        elif feature not in always:
            print(f"test --locked --quiet -p {name} --lib {only}")
