#!/usr/bin/env python3
"""Reads `cargo metadata` and prints the cargo commands of step `alone`, a line each.

Each default member is tested by itself, with its default features, with all, with none, and with each of its
features: in a run over the whole workspace every crate has the features that any other member asks for. The library is
also checked without the dependencies of its tests, which ask for features too.

Left out are a feature that means the same as the default, and one that turns on nothing: its tests need something from
outside (real servers, recorded data), and the steps that have it run them.
"""

import json
import sys

metadata = json.load(sys.stdin)
members = metadata["workspace_default_members"]

for package in metadata["packages"]:
    if package["id"] not in members:
        continue
    name = package["name"]
    library = any("lib" in target["kind"] for target in package["targets"])
    print(f"test --locked --quiet -p {name}")
    features = package["features"]
    useful = [feature for feature, turns_on in features.items() if turns_on and feature != "default"]
    if useful and features.get("default") != useful:
        print(f"test --locked --quiet -p {name} --features {','.join(useful)}")
    # The default is a single feature: by itself it would be the default again.
    by_itself = [feature for feature in useful if features.get("default") != [feature]]
    for feature in [None, *by_itself] if useful else []:
        only = "--no-default-features" + (f" --features {feature}" if feature else "")
        if library:
            print(f"clippy --locked --quiet -p {name} --lib {only} -- -D warnings")
        print(f"test --locked --quiet -p {name} {only}")
