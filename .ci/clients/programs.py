"""Mail programs that run to their end, and the mail that they leave in Maildir folders."""

import subprocess

from observed import Difference

# Fields that programs add.
ADDED = (b"Return-Path: ", b"X-getmail-retrieved-from-mailbox: ", b"X-OfflineIMAP: ", b"Content-Length: ", b"Lines: ",
         b"Status: ")


def run_program(*command, ends=(0,), silent=False):
    """Runs a program to its end, which is one of `ends`; `silent` forbids it to write to standard error."""
    done = subprocess.run(command, capture_output=True, timeout=100)
    if done.returncode not in ends or silent and done.stderr:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise Difference(f"{' '.join(map(str, command))} ends with {done.returncode}: {said}")
    return done.stdout


def make_maildir(path):
    """Makes a Maildir folder."""
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True, exist_ok=True)
    return path


def mail_files(path):
    """The files of a Maildir folder, sorted."""
    return sorted(file for part in ("cur", "new") for file in (path / part).iterdir())


def essence(text):
    """
    The words of the header, and the lines of the body that are not empty: for programs that parse a message and write
    it anew, as Python's `email` does. They add fields, fold long ones, end the header and the last line, and add an
    empty line after a nested message.
    """
    header, _, body = text.replace(b"\r\n", b"\n").partition(b"\n\n")
    header = b"\n".join(line for line in header.split(b"\n") if not line.startswith(ADDED))
    return b" ".join(header.split()), [line for line in body.split(b"\n") if line]
