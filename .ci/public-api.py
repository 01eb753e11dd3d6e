#!/usr/bin/env python3
"""Lists what a crate makes public, as its sources declare it, and compares the list with the one that is checked in.

    .ci/public-api.py CRATE_FOLDER            compares with CRATE_FOLDER/public-api.txt
    .ci/public-api.py CRATE_FOLDER --write    writes that file

A change of the list is a change of the API: check it in on purpose, and name it in CHANGELOG.md.
"""
import difflib
import pathlib
import re
import sys


def sources(folder):
    for path in sorted((folder / "src").rglob("*.rs")):
        lines = path.read_text().split("\n")
        tests = next((n for n, line in enumerate(lines) if line == "#[cfg(test)]"), len(lines))
        yield path.relative_to(folder / "src"), lines[:tests]


def declaration(lines, number):
    """The declaration that begins in this line, up to its body, and the number of the line after it."""
    text = ""
    while number < len(lines):
        line = lines[number].split(" // ")[0].strip()
        text += (" " if text else "") + line
        number += 1
        depth = sum(text.count(c) for c in "([") - sum(text.count(c) for c in ")]")
        if text.startswith("pub use"):
            depth += text.count("{") - text.count("}")
        if depth == 0 and re.search(r"[{;,]$|^pub use .*;$|}$", text):
            break
    text = re.sub(r"\s*[{;,]$", "", text)
    return re.sub(r"^(pub const .*?) = .*", r"\1", text), number


def body(lines, number):
    """The lines of a block whose opening brace is before this line, without comments and attributes."""
    depth = 1
    while number < len(lines):
        line = lines[number]
        text = line.strip()
        if text and not text.startswith(("//", "#")):
            yield depth, number, text
            depth += line.count("{") - line.count("}")
        if depth <= 0:
            return
        number += 1


def base(owner):
    """`impl<T> Rows<'_, T>` and `impl Stream for Rows<'_, T>`: Rows."""
    name = owner.split(" for ")[-1] if " for " in owner else re.sub(r"^impl(<[^>]*>)?\s+", "", owner)
    return re.split(r"[<:( ]", name.strip())[0]


def members(lines, number, wanted):
    """The members of an enum, a trait or a struct; those of a variant after its name."""
    variant, taken = "", number
    for depth, at, text in body(lines, number):
        if at < taken or not re.match(wanted, text):
            continue
        member, taken = declaration(lines, at)
        if depth == 1:
            variant = member if lines[taken - 1].endswith("{") else ""
            yield member
        elif variant:
            yield f"{variant}::{member}"


def items(folder):
    for _, lines in sources(folder):
        owner, number = "", 0
        while number < len(lines):
            line, text = lines[number], lines[number].strip()
            if re.match(r"impl\b", line):
                owner, _ = declaration(lines, number)
                if " for " in owner:
                    yield base(owner), owner.split(" {")[0]
                    owner = ""
            elif line == "}":
                owner = ""
            if not re.match(r"pub (?!\()", text) or text.startswith("pub use self"):
                number += 1
                continue
            name, after = declaration(lines, number)
            kind = re.match(r"pub (enum|trait|struct) (\w+)", name)
            yield (kind[2] if kind else base(owner)), name
            if kind and lines[after - 1].endswith("{"):
                wanted = {"enum": r"\w", "trait": r"(async |const )?fn |type |const ", "struct": r"pub (?!\()"}[kind[1]]
                yield from ((kind[2], member) for member in members(lines, after, wanted))
                after = max((at for _, at, _ in body(lines, after)), default=after)
            number = max(after, number + 1)


def listing(folder):
    found = list(items(folder))
    public = {owner for owner, item in found if re.match(r"pub (enum|trait|struct) ", item)}
    kept = {f"{owner + ': ' if owner else ''}{item}\n" for owner, item in found if not owner or owner in public}
    return "".join(sorted(kept))


def main():
    folder = pathlib.Path(sys.argv[1])
    file, found = folder / "public-api.txt", listing(folder)
    if "--write" in sys.argv:
        file.write_text(found)
        return
    known = file.read_text() if file.exists() else ""
    if known != found:
        changes = difflib.unified_diff(known.splitlines(), found.splitlines(), str(file), "the sources", lineterm="", n=0)
        sys.exit("\n".join(changes) + f"\nthe public API of {folder} changed: python3 .ci/public-api.py {folder} --write")


if __name__ == "__main__":
    main()
