#!/usr/bin/env python3
"""Checks the links and code blocks of every README, and every link of the built documentation. Needs git; no network.

    .ci/links.py DOC        DOC is the folder that `cargo doc` wrote, `target/doc`

A README of a crate is read in three places: on a code host, on the page of the registry, and as the crate's
documentation. One text serves all three if

- its links are absolute or lead to a heading of the same page: a relative one resolves on a code host only;
- no `[text]` is without a target: a code host shows the brackets of a link that only rustdoc resolves;
- no line of a Rust program is hidden by `# `: only rustdoc hides it;
- each code block begins with the name of its language: a code host does not colour `no_run`, but `rust,no_run`.

The README of the workspace has at most 100 lines. Other Markdown files may link to files of the repository, which
have to exist. In the documentation every relative link leads to a page that exists, and its fragment to an anchor of
that page.
"""
import functools
import html.parser
import pathlib
import re
import subprocess
import sys
import urllib.parse

LANGUAGES = {"console", "json", "python", "rust", "sh", "text", "toml", "yaml"}
# Links of `tracing` and `tokio`: rustdoc copies their documentation to the pages of our types.
COPIED = re.compile(r"dispatcher#setting-the-default-subscriber|Async(Write|WriteExt|Read|ReadExt)::\w+")
# Words after `rust,` that rustdoc knows.
RUSTDOC = re.compile(r"no_run|compile_fail|should_panic|ignore|E\d{4}|edition\d{4}")
TOP = pathlib.Path(__file__).resolve().parent.parent


def tracked(*patterns):
    command = ["git", "-C", TOP, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return [TOP / name for name in names if name and (TOP / name).exists()]


def slug(heading):
    """The anchor of a heading on a code host, which is also that of rustdoc for plain words."""
    text = re.sub(r"`|\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", text))


class Markdown:
    """A Markdown file: its prose with code taken out, its fenced blocks, and its anchors."""

    def __init__(self, path):
        self.prose, self.blocks, self.anchors = [], [], set()
        fence, info, begin, block = None, "", 0, []
        lines = path.read_text(encoding="utf-8").splitlines()
        self.lines = len(lines)
        for number, line in enumerate(lines, 1):
            mark = re.match(r" {0,3}(```+|~~~+)(.*)", line)
            if fence is None and mark:
                fence, info, begin, block = mark[1], mark[2].strip(), number, []
            elif fence is not None and mark and mark[1].startswith(fence) and not mark[2].strip():
                self.blocks.append((begin, info, block))
                fence = None
            elif fence is not None:
                block.append((number, line))
            else:
                if heading := re.match(r" {0,3}#{1,6}\s+(.*?)\s*#*$", line):
                    self.anchors.add(slug(heading[1]))
                self.prose.append((number, line))

    def text(self):
        """The prose, the same with code spans blanked (they may go on in the next line), and the line numbers."""
        whole = "\n".join(line for _, line in self.prose)
        spans = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
        return whole, spans.sub(lambda m: re.sub(r"[^\n]", "x", m[0]), whole), [number for number, _ in self.prose]


@functools.cache
def markdown(path):
    return Markdown(path)


def code_blocks(document):
    for begin, info, block in document.blocks:
        language, *words = re.split(r"[,\s]+", info)
        if language not in LANGUAGES:
            yield begin, f"the code block begins with {info!r} and not with one of {', '.join(sorted(LANGUAGES))}"
        if language != "rust":
            continue
        for word in words:
            if not RUSTDOC.fullmatch(word):
                yield begin, f"rustdoc does not know {word!r}"
        for number, line in block:
            if re.match(r"\s*#($|\s)", line):
                yield number, f"a hidden line of a program: {line.strip()}"


LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*<?([^)\s>]*)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[([^\]]+)\]:\s+<?(\S+?)>?(?:\s+\"[^\"]*\")?$", re.M)


def links(document):
    """Each target with its line; after them each `[text]` without one, as `None` and the text."""
    original, whole, numbers = document.text()
    at = lambda place: numbers[whole.count("\n", 0, place)]
    rest = whole
    names = {name.lower(): target for name, target in REFERENCE.findall(whole)}
    for pattern, group in ((LINK, 2), (REFERENCE, 2), (re.compile(r"<(https?://[^>\s]+)>"), 1)):
        for match in pattern.finditer(rest):
            yield at(match.start()), match[group], None
        rest = pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), rest)
    for match in re.finditer(r"\[([^\[\]\n]+)\](?:\[([^\[\]\n]*)\])?", rest):
        if (match[2] or match[1]).lower() not in names:
            yield at(match.start()), None, original[match.start() : match.end()]


def package_of(path):
    """The folder of the package whose README this is, and whether that is its crate documentation."""
    folder = path.parent
    if path.name != "README.md" or not (folder / "Cargo.toml").exists() or folder == TOP:
        return None, False
    root = folder / "src" / "lib.rs"
    return folder, root.exists() and '#![doc = include_str!("../README.md")]' in root.read_text(encoding="utf-8")


def link_faults(path, document, files):
    folder, is_crate_doc = package_of(path)
    for number, target, bare in links(document):
        if target is None:
            yield number, f"{bare} has no target: a code host shows the brackets"
            continue
        address, _, fragment = target.partition("#")
        if re.match(r"[a-z][a-z0-9+.-]*:", address):
            if not address.startswith("https://"):
                yield number, f"{target} is not https"
        elif not address:
            if fragment not in document.anchors:
                yield number, f"#{fragment} is no heading of this file"
        elif is_crate_doc:
            yield number, f"{target} resolves neither in rustdoc nor on the registry's page"
        else:
            file = (path.parent / urllib.parse.unquote(address)).resolve()
            if file not in files and not any(file in known.parents for known in files):
                yield number, f"{target} is not in the repository"
            elif folder is not None and folder not in file.parents:
                yield number, f"{target} is outside of the package"
            elif fragment and file.suffix == ".md" and fragment not in markdown(file).anchors:
                yield number, f"{file.name} has no heading #{fragment}"


def check_markdown():
    files = set(tracked())
    for path in tracked("*.md"):
        # Pages of the documentation: rustdoc resolves their links, which only it knows.
        if "src" in path.relative_to(TOP).parts:
            continue
        document = markdown(path)
        faults = list(link_faults(path, document, files))
        if path.name == "README.md":
            faults += code_blocks(document)
        if path == TOP / "README.md" and document.lines > 100:
            faults.append((document.lines, "the first page has at most 100 lines"))
        for number, fault in sorted(faults):
            yield f"{path.relative_to(TOP)}:{number}: {fault}"


class Page(html.parser.HTMLParser):
    """Links and anchors of a page; those of another one if this only leads there, with the fragment kept."""

    def __init__(self, path):
        super().__init__()
        self.targets, self.anchors, self.redirect = set(), set(), None
        self.feed(path.read_text(encoding="utf-8"))
        if self.redirect and (there := (path.parent / self.redirect).resolve()).is_file():
            self.anchors |= page(there).anchors

    def handle_starttag(self, tag, attributes):
        if ("http-equiv", "refresh") in attributes:
            self.redirect = dict(attributes).get("content", "").partition("URL=")[2]
            self.targets.add(self.redirect)
        for name, value in attributes:
            if value and (name == "href" or (tag, name) == ("img", "src")):
                self.targets.add(value)
            elif name in ("id", "name") and value and tag != "meta":
                self.anchors.add(value)


@functools.cache
def page(path):
    return Page(path)


def crates():
    """The names of our libraries, as folders of the documentation."""
    for manifest in tracked("*Cargo.toml"):
        name = re.search(r'^name = "(.*)"$', manifest.read_text(encoding="utf-8"), re.M)
        if name and (manifest.parent / "src" / "lib.rs").exists():
            yield name[1].replace("-", "_")


def check_pages(doc):
    found = [path for crate in crates() for path in sorted((doc / crate).rglob("*.html"))]
    if not found:
        yield f"{doc}: no page of a crate of this workspace: run cargo doc first"
    for path in found:
        for target in sorted(page(path).targets):
            if COPIED.fullmatch(target):
                continue
            address, _, fragment = target.partition("#")
            if re.match(r"[a-z][a-z0-9+.-]*:|//", address):
                continue
            file = (path.parent / urllib.parse.unquote(address.partition("?")[0])).resolve() if address else path
            if not file.is_file():
                yield f"{path.relative_to(doc)}: {target} leads nowhere"
            # The lines of a source file are anchors made by a script.
            elif fragment and file.suffix == ".html" and doc / "src" not in file.parents:
                # An anchor is written percent-encoded, as the link has it, or not.
                if not {fragment, urllib.parse.unquote(fragment)} & page(file).anchors:
                    yield f"{path.relative_to(doc)}: {target} leads to a page without this anchor"
    print(f"links: {len(found)} pages of documentation, {len(tracked('*.md'))} Markdown files")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: links.py DOC")
    faults = [*check_markdown(), *check_pages(pathlib.Path(sys.argv[1]).resolve())]
    print(*faults, sep="\n", file=sys.stderr, end="\n" if faults else "")
    if faults:
        sys.exit(f"links: {len(faults)} faults")
    print("links: no fault")


if __name__ == "__main__":
    main()
