"""Passes connections on to a server and notes which commands the client sent in clear text and the server accepted."""

import re
import socket
import threading
import zlib
from collections import deque


class Recorder:
    """A port on loopback that leads to the port of a server; `commands` is added to."""

    def __init__(self, scheme, port, commands):
        self.session = Imap if scheme.startswith("imap") else Pop3
        self.server, self.commands = port, commands
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server))
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = self.session(self.commands)
            for source, sink, take in ((client, server, session.heard), (server, client, session.said)):
                threading.Thread(target=pump, args=(source, sink, Lines(session, take)), daemon=True).start()


def pump(source, sink, lines):
    """Copies until the source ends, then ends the other direction."""
    try:
        while data := source.recv(1 << 16):
            # Before the other side can answer.
            lines.note(data)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        # One side is gone: the other one shall see it.
        for one in (source, sink):
            one.close()


class Lines:
    """One direction of a session: gives its lines to `take`, without literals and without what follows them."""

    def __init__(self, session, take):
        self.session, self.take = session, take
        self.line, self.skip, self.within = b"", 0, False
        self.inflater = None

    def note(self, data):
        data = self._inflated(data)
        while data and not self.session.encrypted:
            taken = min(self.skip, len(data))
            self.skip, data = self.skip - taken, data[taken:]
            line, end, data = data.partition(b"\n")
            self.line += line + end
            if end:
                self._end(self.line)
                self.line = b""
                if not self.inflater:
                    data = self._inflated(data)

    def _inflated(self, data):
        """The bytes as they were before COMPRESS."""
        if self.session.compressed and not self.inflater:
            self.inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        return self.inflater.decompress(data) if self.inflater else data

    def _end(self, line):
        if not self.within:
            self.take(line)
        literal = self.session.LITERAL and self.session.LITERAL.search(line)
        self.skip, self.within = (int(literal[1]), True) if literal else (0, False)


class Imap:
    """Commands and answers are matched by their tags."""

    LITERAL = re.compile(rb"\{(\d+)\+?\}\r?\n$")

    def __init__(self, commands):
        self.commands, self.waiting, self.encrypted, self.compressed = commands, {}, False, False

    def heard(self, line):
        if command := re.match(rb"(\S+) ((?:UID )?[A-Z0-9]+)", line, re.IGNORECASE):
            self.waiting[command[1]] = command[2].decode().upper()

    def said(self, line):
        tag, status, *_ = line.split(b" ", 2) + [b""]
        if status == b"OK" and (name := self.waiting.pop(tag, None)):
            self.commands.add(f"IMAP {name}")
            self.encrypted = name == "STARTTLS"
            self.compressed |= name == "COMPRESS"


class Pop3:
    """Answers come in the order of the commands."""

    LITERAL = None
    compressed = False
    # Answers of many lines: to these always, and to the others without an argument.
    LONG, LONG_ALONE = {"CAPA", "RETR", "TOP"}, {"AUTH", "LANG", "LIST", "UIDL"}

    def __init__(self, commands):
        self.commands, self.waiting, self.encrypted = commands, deque(), False
        self.greeted, self.challenged, self.within = False, False, False

    def heard(self, line):
        name, *arguments = line.decode("latin-1").upper().split() or [""]
        if self.challenged:
            # The answer to a challenge of SASL.
            self.challenged = False
        else:
            is_long = name in self.LONG or name in self.LONG_ALONE and not arguments
            self.waiting.append((name, is_long))

    def said(self, line):
        if self.within or not self.greeted:
            self.within &= line != b".\r\n"
            self.greeted = True
        elif line.startswith(b"+ "):
            self.challenged = True
        elif self.waiting:
            name, is_long = self.waiting.popleft()
            if line.startswith(b"+OK"):
                self.commands.add(f"POP3 {name}")
                self.within, self.encrypted = is_long, name == "STLS"
