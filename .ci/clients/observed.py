"""The test server as a child process, and what its store and its event log say."""

import base64
import pathlib
import re
import subprocess
from typing import NamedTuple

from recorder import Recorder

PASSWORDS = {"alice": "wonderland", "bob": "builder"}
TOKENS = {"alice": "token-of-alice", "bob": "token-of-bob"}
# A message for programs that fetch only what is new.
NEWS = b"Subject: new\r\n\r\nsince the last run\r\n"


class Message(NamedTuple):
    uid: int
    flags: frozenset
    bytes: bytes


class Entry(NamedTuple):
    """An entry of the event log; `flags` is the new name after a rename of a folder."""

    kind: str
    user: str
    folder: str
    uid: int
    flags: frozenset | str
    bytes: bytes


class Difference(Exception):
    """The client saw or did something else than the server."""


class Observed:
    """A server with users alice, who has 16 messages, and bob, who has none; ends with its `with` block."""

    def __init__(self, programs, folder):
        self.checks, self.programs = 0, programs
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.process = subprocess.Popen([f"{programs}/examples/observed"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.ports, self.recorders = {}, []
        # The commands that the client sent in clear text.
        self.commands = set()
        self.ca = self.folder / "ca.pem"
        for fields in self._answer():
            if fields[0] == "port":
                self.ports[fields[1]] = self._recorded(fields[1], int(fields[2]))
            else:
                self.ca.write_bytes(fields[-1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for recorder in self.recorders:
            recorder.close()
        self.process.stdin.close()
        self.process.wait(timeout=60)

    def _recorded(self, scheme, port):
        if scheme in ("imaps", "pop3s"):
            return port
        self.recorders.append(Recorder(scheme, port, self.commands))
        return self.recorders[-1].port

    def _answer(self):
        """The lines of an answer as fields; the last field is the bytes after the line, if it announces any."""
        rows = []
        while True:
            line = self.process.stdout.readline().decode()
            fields = line.rstrip("\n").split("\t")
            if fields == ["end"]:
                return rows
            if not line or fields[0] == "error":
                raise RuntimeError(f"the server answers {line!r}")
            if fields[0] in ("root", "message") or len(fields) == 6:
                fields[-1] = self.process.stdout.read(int(fields[-1]))
            rows.append(fields)

    def _ask(self, *fields, after=b""):
        self.process.stdin.write("\t".join(fields).encode() + b"\n" + after)
        self.process.stdin.flush()
        return self._answer()

    def messages(self, user, folder):
        """The messages in a folder, in the order of their UIDs."""
        rows = self._ask("messages", user, folder)
        return [Message(int(uid), frozenset(flags.split()), data) for _, uid, flags, data in rows]

    def texts(self, user, folder):
        return [message.bytes for message in self.messages(user, folder)]

    def flags(self, user, folder):
        """The flags of the messages by their UIDs."""
        return {message.uid: message.flags for message in self.messages(user, folder)}

    def folders(self, user):
        return [name for _, name in self._ask("folders", user)]

    def deliver(self, user, folder, data):
        ((_, uid),) = self._ask("deliver", user, folder, str(len(data)), after=data)
        return int(uid)

    def log(self):
        """What happened since the last call."""
        entries = []
        for kind, user, folder, uid, flags, data in self._ask("log"):
            flags = flags if kind == "renamed" else frozenset(flags.split())
            entries.append(Entry(kind, user, folder, int(uid), flags, data))
        self._ask("clear")
        return entries

    def told(self):
        """What happened since the last call, without the messages: tuples of kind, folder, UID and flags."""
        return [(one.kind, one.folder, one.uid, one.flags) for one in self.log()]

    def check(self, what, found, expected):
        self.checks += 1
        if found != expected:
            # Of lists only the first element that differs.
            if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
                found, expected = next(pair for pair in zip(found, expected) if pair[0] != pair[1])
            raise Difference(f"{what}\n  the client:   {short(found)}\n  it should be: {short(expected)}")


def short(value):
    text = repr(value)
    return text if len(text) <= 800 else f"{text[:500]} ... {text[-200:]} ({len(text)} characters)"


def ended(data):
    """As POP3 sends it: the last line has its end."""
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def wire_name(name):
    """The name of a folder in modified UTF-7 (RFC 3501 section 5.1.3)."""

    def shifted(match):
        encoded = base64.b64encode(match[0].encode("utf-16-be")).decode()
        return "&" + encoded.rstrip("=").replace("/", ",") + "-"

    return re.sub("[^ -~]+", shifted, name.replace("&", "&-"))
